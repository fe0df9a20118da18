// What every decoder is told beside the bytes, what it allows of one request, and how requests are
// told from their repeats.
#pragma once

#include "base/hash.h"
#include "base/id.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::ingest {

/// What the conversion needs to know besides the bytes.
struct DecodeContext {
  Uuid project;
  std::int64_t received_ns = 0;
  bool is_browser_project =
      false;  ///< framework react, svelte, vuejs, jquery, react-native (ingest 4.7 rule 0)
  bool drops_healthy_healthchecks = false;
  std::vector<std::string> healthcheck_paths;
};

inline constexpr std::size_t kMaxElements = 100'000;  ///< of one request; more is kTooLarge
/// Rows of one request's attribute table. Exceptions repeat their span's map, so a small request
/// could otherwise ask for gigabytes.
inline constexpr std::size_t kMaxStoredAttributes = 2'000'000;

/// The time itself, or the receive time when it lies more than 24 h after it. Source: ingest 2.2.
[[nodiscard]] constexpr std::int64_t not_from_future(std::int64_t time_ns,
                                                     std::int64_t received_ns) {
  constexpr std::int64_t kFutureNs = 24LL * 3600 * 1'000'000'000LL;
  return time_ns > received_ns + kFutureNs ? received_ns : time_ns;
}

/// A time on the wire as it is stored: the receive time for 0, what lies past 2106-02-07 or too far
/// ahead. Source: ingest 2.2.
[[nodiscard]] constexpr std::int64_t repaired_time(std::uint64_t source_ns,
                                                   std::int64_t received_ns) {
  constexpr std::uint64_t kLastSourceTimeNs = 4'294'967'295ULL * 1'000'000'000ULL;
  if (source_ns == 0 || source_ns > kLastSourceTimeNs) return received_ns;
  return not_from_future(static_cast<std::int64_t>(source_ns), received_ns);
}

/// What a digest is made of: the same bytes on another route are another request.
enum class DigestOf : std::uint8_t {
  kOtlpTraces = 1,
  kFrameId,
  kFrame,
  kReport,
  kOtlpLogs,
  kOtlpMetrics
};

/// Tells data of a project from what it sent before. Source: write-pipeline 4.1.
[[nodiscard]] inline Uuid digest_of(const Uuid& project, DigestOf what, std::string_view bytes) {
  return hash128(bytes, hash64(project.view()) + static_cast<std::uint64_t>(what));
}

}  // namespace traceway::ingest
