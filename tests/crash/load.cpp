#include "crash/load.h"

#include <chrono>

namespace traceway::crash {

namespace {

constexpr unsigned kImpatient = 6;  // one in so many does not wait for the commit

}  // namespace

bool is_acknowledgement(const test::RawAnswer& answer) {
  return answer.status >= 200 && answer.status < 300 && answer.field("Preference-Applied").empty();
}

Load::Load(const test::TestServer& server, Scene& scene, std::mt19937_64& random)
    : sent_(signals().size()) {
  for (std::size_t i = 0; i < sent_.size(); ++i) {
    threads_.emplace_back([this, i, client = server.client(), &scene, seed = random()]() mutable {
      send(i, std::move(client), scene, seed);
    });
  }
}

void Load::send(std::size_t signal, test::HttpClient client, Scene& scene, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  while (true) {
    Sent next = signals()[signal].make(scene, random);
    if (next.request.target.empty() || next.request.target == "/") return;
    next.signal = signal;
    test::Request request = next.request;
    if (random() % kImpatient == 0) request.fields.emplace_back("Prefer", "respond-async");
    const test::RawAnswer answer = client.send(std::move(request));
    next.is_acknowledged = is_acknowledgement(answer);
    if (next.is_acknowledged) ++acknowledged_;
    sent_[signal].push_back(std::move(next));
    if (answer.status == 0 || answer.status == 503) return;
  }
}

void Load::wait_for_acknowledged(int count) const {
  for (int i = 0; i < 20'000 && acknowledged_ < count; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

std::vector<Sent> Load::finish() {
  threads_.clear();
  std::vector<Sent> all;
  for (std::vector<Sent>& own : sent_)
    all.insert(all.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  return all;
}

}  // namespace traceway::crash
