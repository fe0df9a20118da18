#include "ingest/healthchecks.h"

#include "base/text.h"

#include <algorithm>
#include <unordered_set>

namespace traceway::ingest {

namespace {

bool matches_pattern(std::string_view path, std::string_view pattern) {
  if (pattern.empty() || pattern == "*") return false;
  const bool is_open_front = pattern.starts_with('*');
  const bool is_open_back = pattern.ends_with('*');
  if (is_open_front) pattern.remove_prefix(1);
  if (is_open_back && !pattern.empty()) pattern.remove_suffix(1);
  if (pattern.empty()) return false;
  if (is_open_front && is_open_back) return path.find(pattern) != std::string_view::npos;
  if (is_open_front) return path.ends_with(pattern);
  if (is_open_back) return path.starts_with(pattern);
  return path == pattern;
}

/// Traces and native runs that have an exception in the batch.
std::unordered_set<Uuid> failed_traces(const TelemetryBatch& batch) {
  std::unordered_set<Uuid> failed;
  for (const Exception& exception : batch.exceptions) {
    failed.insert(exception.trace);
    failed.insert(uuid_from_bytes(exception.span.view()));
  }
  return failed;
}

/// One walk up from each span, to the first one whose fate is known.
std::vector<bool> dropped_spans(const TelemetryBatch& batch, const SpanIndex& index,
                                const DecodeContext& context) {
  enum class Fate : std::uint8_t { kUnknown, kKept, kDropped };
  const std::vector<Span>& spans = batch.spans;
  const std::unordered_set<Uuid> failed = failed_traces(batch);
  std::vector<Fate> fates(spans.size(), Fate::kUnknown);
  std::vector<std::uint32_t> path;
  for (std::uint32_t start = 0; start < spans.size(); ++start) {
    path.clear();
    Fate fate = Fate::kKept;  // of a walk that ends at a root, a stranger or a cycle
    for (std::uint32_t at = start;;) {
      if (fates[at] != Fate::kUnknown) {
        fate = fates[at];
        break;
      }
      fates[at] = Fate::kKept;  // what a cycle through here finds
      path.push_back(at);
      const Span& span = spans[at];
      if (span.entity == EntityKind::kTask || span.entity == EntityKind::kAiTrace) break;
      if (is_healthy_healthcheck(span, context) && !failed.contains(span.trace) &&
          !failed.contains(span.entity_id)) {
        fate = Fate::kDropped;
        break;
      }
      const auto above = index.find(spans, span.trace, span.parent);
      if (span.parent.is_empty() || !above) break;
      at = *above;
    }
    for (const std::uint32_t one : path) fates[one] = fate;
  }
  std::vector<bool> dropped(spans.size());
  for (std::size_t i = 0; i < spans.size(); ++i) dropped[i] = fates[i] == Fate::kDropped;
  return dropped;
}

}  // namespace

bool is_healthy_healthcheck(const Span& span, const DecodeContext& context) {
  constexpr std::string_view kPaths[] = {
      "/health",    "/healthz", "/healthcheck", "/health-check",   "/health_check", "/ping",
      "/livez",     "/readyz",  "/live",        "/ready",          "/alive",        "/up",
      "/heartbeat", "/status",  "/ht",          "/actuator/health"};
  if (span.entity != EntityKind::kEndpoint || span.http_status >= 400) return false;
  const auto blank = span.entity_name.find(' ');
  if (blank == std::string_view::npos) return false;
  const std::string_view method = span.entity_name.substr(0, blank);
  if (method != "GET" && method != "HEAD") return false;
  std::string path = text::to_lower(span.entity_name.substr(blank + 1));
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (std::ranges::find(kPaths, path) != std::end(kPaths)) return true;
  if (path.starts_with("/actuator/health/") || path.ends_with("/health")) return true;
  return std::ranges::any_of(context.healthcheck_paths, [&](const std::string& pattern) {
    return matches_pattern(path, text::to_lower(pattern));
  });
}

void drop_healthchecks(TelemetryBatch& batch, const SpanIndex& index,
                       const DecodeContext& context) {
  const std::vector<bool> is_dropped = dropped_spans(batch, index, context);
  auto next = is_dropped.begin();
  for (BatchPart& part : batch.parts) {
    const auto end = next + part.spans;
    part.spans -= static_cast<std::uint32_t>(std::count(next, end, true));
    next = end;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < batch.spans.size(); ++i) {
    if (!is_dropped[i]) batch.spans[kept++] = batch.spans[i];
  }
  batch.spans.resize(kept);
}

}  // namespace traceway::ingest
