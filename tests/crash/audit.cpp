#include "crash/audit.h"

#include "crash/load.h"

#include <algorithm>

namespace traceway::crash {

namespace {

constexpr std::size_t kExamples = 5;
constexpr unsigned kLostAnswers = 4;  // one in so many

void note(Findings& to, const Sent& sent, const char* what) {
  if (to.examples.size() >= kExamples) return;
  to.examples.push_back(signals()[sent.signal].name + " " + sent.ids.front() + " is " + what);
}

}  // namespace

Findings& Findings::operator+=(const Findings& other) {
  whole += other.whole;
  absent += other.absent;
  lost += other.lost;
  half += other.half;
  twice += other.twice;
  examples.insert(examples.end(), other.examples.begin(), other.examples.end());
  return *this;
}

Findings audit(const Scene& scene, test::HttpClient& client, const std::vector<Sent>& sent) {
  Findings found;
  for (const Sent& one : sent) {
    const Presence presence = signals()[one.signal].look(scene, client, one);
    found.whole += presence == Presence::kWhole ? 1 : 0;
    found.absent += presence == Presence::kAbsent ? 1 : 0;
    if (presence == Presence::kHalf) {
      ++found.half;
      note(found, one, "half there");
    } else if (presence == Presence::kTwice) {
      ++found.twice;
      note(found, one, "there twice");
    }
    const bool is_there = presence == Presence::kWhole || presence == Presence::kTwice;
    if (one.is_acknowledged && !is_there) {
      ++found.lost;
      note(found, one, "lost");
    }
  }
  return found;
}

int retry(test::HttpClient& client, std::vector<Sent>& sent, std::mt19937_64& random) {
  int refused = 0;
  client.set_bearer({});
  for (Sent& one : sent) {
    if (one.is_acknowledged && random() % kLostAnswers != 0) continue;
    one.is_acknowledged = is_acknowledgement(client.send(one.request));
    refused += one.is_acknowledged ? 0 : 1;
  }
  return refused;
}

Findings compare_counts(const Scene& scene, test::HttpClient& client,
                        const std::vector<Sent>& sent) {
  Findings found;
  for (std::size_t i = 0; i < signals().size(); ++i) {
    const Signal& signal = signals()[i];
    if (signal.stored == nullptr) continue;
    const std::int64_t wanted = std::ranges::count(sent, i, &Sent::signal);
    const std::int64_t stored = signal.stored(scene, client);
    if (stored == wanted) continue;
    ++(stored > wanted ? found.twice : found.lost);
    found.examples.push_back(signal.name + ": " + std::to_string(stored) + " are counted, " +
                             std::to_string(wanted) + " were sent");
  }
  return found;
}

}  // namespace traceway::crash
