#include "demo/progress.h"

#include "base/clock.h"

#include <cmath>
#include <iostream>
#include <map>
#include <sstream>
#include <string_view>
#include <unistd.h>

namespace traceway::demo {

namespace {

using namespace std::chrono_literals;

constexpr auto kTerminalStep = 200ms;
constexpr auto kPlainStep = 3s;

std::uint64_t events_in(const DeliveryStatus& status) {
  std::uint64_t events = 0;
  for (const Tally& tally : status.stored)
    events += tally.spans + tally.exceptions + tally.messages;
  return events;
}

/// "2026-11-25 07:20" of a time, UTC.
std::string minute_text(std::int64_t at_ns) {
  std::string text = to_rfc3339(at_ns).substr(0, 16);
  text[10] = ' ';
  return text;
}

double seconds_of(std::chrono::steady_clock::duration length) {
  return std::chrono::duration<double>(length).count();
}

}  // namespace

Progress::Progress() : is_terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::show(const DeliveryStatus& status, std::int64_t at_ns) {
  const auto now = Clock::now();
  const auto step = is_terminal_ ? Clock::duration(kTerminalStep) : Clock::duration(kPlainStep);
  if (now - drawn_ < step) return;
  const std::uint64_t records = events_in(status);
  const double per_second =
      static_cast<double>(records - drawn_records_) / seconds_of(now - drawn_);
  std::ostringstream line;
  line << "reporting " << minute_text(at_ns) << "  " << records << " events stored, "
       << std::llround(per_second) << "/s, " << status.refused << " refused, " << status.retried
       << " retried";
  if (is_terminal_) {
    std::cerr << "\r\x1b[K" << line.str() << std::flush;
  } else {
    std::cerr << line.str() << "\n";
  }
  drawn_ = now;
  drawn_records_ = records;
  has_drawn_ = true;
}

void Progress::end() {
  if (is_terminal_ && has_drawn_) std::cerr << "\n";
  has_drawn_ = false;
}

double Progress::seconds() const {
  return seconds_of(Clock::now() - start_);
}

std::string summary_of(const DeliveryStatus& status, const std::vector<std::string>& projects,
                       double seconds) {
  std::ostringstream out;
  out.precision(1);
  out << std::fixed << "Stored in " << seconds << " s (" << status.refused << " refused, "
      << status.retried << " retried, " << status.rejected << " rejected, " << status.unsent
      << " not sent):\n";
  // One token may stand for several of the company's projects.
  std::map<std::string_view, Tally> by_name;
  for (std::size_t i = 0; i < status.stored.size(); ++i) by_name[projects[i]] += status.stored[i];
  for (const auto& [name, tally] : by_name) {
    out << "  " << name << ": " << tally.requests << " requests, " << tally.tasks << " tasks, "
        << tally.exceptions << " exceptions, " << tally.messages << " messages, " << tally.spans
        << " spans\n";
  }
  return out.str();
}

}  // namespace traceway::demo
