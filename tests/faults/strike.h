// Which call fails, and how: a fault, its position, and the watcher that makes it happen.
#pragma once

#include "faults/fault_vfs.h"

#include <array>
#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace traceway::faults {

/// One way for a call to fail.
struct Fault {
  const char* name = "";
  Call call = Call::kWrite;
  int result = 0;
  bool is_short = false;  ///< half of the write reaches the file
};

/// Every way this proof knows.
[[nodiscard]] std::span<const Fault> all_faults();

/// A fault at the `at`-th call of its kind, from 1; lasting: at every later one, too, as a full
/// disk does.
struct Strike {
  Fault fault;
  std::uint64_t at = 0;
  bool is_lasting = false;

  [[nodiscard]] std::string text() const;
};

/// Counts calls of each kind and lets one strike happen.
class FaultPlan final : public Watcher {
 public:
  /// Counts only.
  FaultPlan() = default;

  explicit FaultPlan(const Strike& strike) : strike_(strike) {}

  Verdict before(const CallInfo& call) override;

  [[nodiscard]] std::uint64_t count(Call call) const {
    return counts_[static_cast<std::size_t>(call)];
  }

  [[nodiscard]] bool has_struck() const { return has_struck_; }

 private:
  Strike strike_;
  std::array<std::uint64_t, kCalls> counts_{};
  bool has_struck_ = false;
};

/// Positions 1..count to strike at, ascending: all while they are few, else a sample drawn from
/// `random` with the first and the last in it. TRACEWAY_FAULTS=all: always all.
[[nodiscard]] std::vector<std::uint64_t> positions(std::uint64_t count, std::mt19937_64& random);

}  // namespace traceway::faults
