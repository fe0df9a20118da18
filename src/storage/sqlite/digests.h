// Which requests were stored lately: their digests in memory, so that a repeat costs no query.
#pragma once

#include "base/id.h"

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace traceway::sqlite {

/// A set of 64-bit numbers; grows, never shrinks, forgets nothing.
class FingerprintSet {
 public:
  /// False when it was there already.
  bool insert(std::uint64_t fingerprint);
  [[nodiscard]] bool contains(std::uint64_t fingerprint) const;

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  void place(std::uint64_t fingerprint);

  std::vector<std::uint64_t> slots_;  // open addressing, 0 = free
  std::size_t size_ = 0;
};

/// Digests by the minute in which they were committed, so that forgetting drops whole minutes.
/// Eight bytes of each are kept: among two million requests in 15 minutes, the chance that a new
/// one is taken for a repeat is 1 in 10^13. One thread.
class DigestMemory {
 public:
  static constexpr std::int64_t kRememberedNs = 15LL * 60 * 1'000'000'000;

  void remember(const Uuid& digest, std::int64_t committed_ns);
  [[nodiscard]] bool is_known(const Uuid& digest, std::int64_t now_ns) const;
  /// Drops what is older than kRememberedNs.
  void forget(std::int64_t now_ns);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Minute {
    std::int64_t number = 0;  // committed_ns / one minute
    FingerprintSet fingerprints;
  };

  std::deque<Minute> minutes_;
};

}  // namespace traceway::sqlite
