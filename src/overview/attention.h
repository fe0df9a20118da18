// The overview's first lines: what is unusual now, judged against the project's own past.
#pragma once

#include "api/endpoint_groups.h"
#include "api/exception_groups.h"
#include "api/task_groups.h"
#include "base/json.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::overview {

/// What a sentence is about, and where it leads.
struct Entity {
  std::string type;  ///< issue, endpoint, task, project
  std::string id;    ///< hash, name or UUID
};

enum class AttentionKind : std::uint8_t {
  kSilent,
  kErrorRate,
  kRegressedIssue,
  kNewIssue,
  kTaskFailures,
  kSlowerEndpoint
};

struct Attention {
  AttentionKind kind = AttentionKind::kSilent;
  std::string severity;  ///< danger, warn
  std::string title = {};
  std::string detail = {};
  Timestamp since = {};  ///< endpoints and tasks: filled in by whoever can ask the store
  Entity entity = {};
  std::int64_t weight = 0;  ///< how many it concerns: orders equals
  double limit = 0;         ///< endpoints: the upper edge of the band, ns or share
};

/// As the API names it.
[[nodiscard]] std::string_view name_of(AttentionKind kind);

/// Fewer calls than this in the range before say too little to tell usual from unusual.
inline constexpr std::int64_t kLeastCalls = 20;

/// The p95 (ns) up to which an endpoint is as fast as it was: half as much again or what only one
/// in a hundred needed before, at most three times the p95 of then and at least 50 ms above it.
[[nodiscard]] double slowness_limit(const api::EndpointStats& before);

/// The share of failures up to which an endpoint is as it was: three standard deviations above its
/// share before, at least the double of it and 1 %.
[[nodiscard]] double error_limit(const api::EndpointStats& now, const api::EndpointStats& before);

/// At most one sentence an endpoint: its error rate, else its p95, when it left the band of the
/// equal range before. Endpoints without kLeastCalls before are not judged.
[[nodiscard]] std::vector<Attention> endpoint_attention(std::span<const api::EndpointStats> now,
                                                        std::span<const api::EndpointStats> before);

/// Tasks that fail more often than in the equal range before.
[[nodiscard]] std::vector<Attention> task_attention(std::span<const api::TaskStats> now,
                                                    std::span<const api::TaskStats> before);

/// Issues that are new in the range, and those that came back after somebody archived them.
[[nodiscard]] std::vector<Attention> issue_attention(std::span<const api::GroupFigures> issues);

/// Has the project been quiet for three times its longest pause? active: starts of the buckets with
/// data of the day up to the last event, ascending; fewer than twelve tell nothing.
[[nodiscard]] std::optional<Attention> silence(std::span<const std::int64_t> active,
                                               std::int64_t bucket_ns, std::int64_t last_event_ns,
                                               std::int64_t now_ns);

/// The five most severe, most severe first.
[[nodiscard]] std::vector<Attention> most_severe(std::vector<Attention> all);

}  // namespace traceway::overview
