#include "faults/strike.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string_view>

namespace traceway::faults {

namespace {

/// Sanitizers cost a factor of five; the program stays under a minute.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kSample = 8;
#else
constexpr std::size_t kSample = 20;
#endif

constexpr Fault kFaults[] = {
    {"open fails", Call::kOpen, SQLITE_CANTOPEN},
    {"read fails", Call::kRead, SQLITE_IOERR_READ},
    {"disk full", Call::kWrite, SQLITE_FULL},
    {"disk full amid a write", Call::kWrite, SQLITE_FULL, true},
    {"write fails", Call::kWrite, SQLITE_IOERR_WRITE},
    {"sync fails", Call::kSync, SQLITE_IOERR_FSYNC},
    {"truncate fails", Call::kTruncate, SQLITE_IOERR_TRUNCATE},
    {"delete fails", Call::kDelete, SQLITE_IOERR_DELETE},
    {"shared memory fails", Call::kMap, SQLITE_IOERR_SHMMAP},
    {"out of memory", Call::kAllocate, SQLITE_NOMEM},
};

}  // namespace

std::span<const Fault> all_faults() {
  return kFaults;
}

std::string Strike::text() const {
  return std::string(fault.name) + " at call " + std::to_string(at) +
         (is_lasting ? " and from then on" : "");
}

Verdict FaultPlan::before(const CallInfo& call) {
  const std::uint64_t now = ++counts_[static_cast<std::size_t>(call.call)];
  const bool is_hit = strike_.at > 0 && call.call == strike_.fault.call &&
                      (now == strike_.at || (strike_.is_lasting && now > strike_.at));
  if (!is_hit) return {};
  has_struck_ = true;
  return {strike_.fault.result, strike_.fault.is_short ? call.data.size() / 2 : 0};
}

std::vector<std::uint64_t> positions(std::uint64_t count, std::mt19937_64& random) {
  const char* wanted = std::getenv("TRACEWAY_FAULTS");
  const bool wants_all = wanted != nullptr && std::string_view(wanted) == "all";
  std::vector<std::uint64_t> all(count);
  std::iota(all.begin(), all.end(), std::uint64_t{1});
  if (wants_all || all.size() <= kSample) return all;
  std::vector<std::uint64_t> out{all.front(), all.back()};
  std::sample(all.begin() + 1, all.end() - 1, std::back_inserter(out), kSample - 2, random);
  std::ranges::sort(out);
  return out;
}

}  // namespace traceway::faults
