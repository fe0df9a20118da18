// The rules that need the whole request: entry points, duplicates' exceptions, health checks.
#include "ingest/exceptions.h"
#include "ingest/grouping.h"
#include "ingest/span_builder.h"

namespace traceway::ingest {

void SpanBuilder::end_resource() {
  for (const std::uint32_t index : undecided_) {
    Facts& facts = facts_[index];
    if (!facts.needs_entry_point) continue;  // decided, or a duplicate took its place
    if (!is_entry_point(index)) demote(batch_.spans[index], facts.otherwise);
    facts.needs_entry_point = false;
  }
  undecided_.clear();
}

bool SpanBuilder::is_entry_point(std::uint32_t index) const {
  constexpr int kMaxSteps = 64;             // a parent cycle ends here
  constexpr std::uint32_t kRemote = 0x300;  // locality known, parent remote
  std::uint32_t at = index;
  for (int step = 0; step < kMaxSteps; ++step) {
    const Span& span = batch_.spans[at];
    if (span.parent.is_empty() || (span.flags & kRemote) == kRemote) return true;
    const auto above = index_.find(batch_.spans, span.trace, span.parent);
    if (!above || facts_[*above].resource != facts_[index].resource) return true;
    const SpanKind kind = batch_.spans[*above].kind;
    if (kind == SpanKind::kClient || kind == SpanKind::kProducer) return true;
    if (kind == SpanKind::kServer && facts_[*above].has_http) return false;
    at = *above;
  }
  return true;
}

Result<void> SpanBuilder::finish() {
  if (is_too_large_ || batch_.attributes.size() > kMaxStoredAttributes) {
    return fail(ErrorCode::kTooLarge, "too many elements in one request");
  }
  finish_exceptions();
  if (context_.drops_healthy_healthchecks) drop_healthchecks();
  if (batch_.rejected_spans > 0) {
    batch_.rejected_reason =
        std::to_string(batch_.rejected_spans) + " spans need valid non-zero trace and span IDs";
  }
  return {};
}

void SpanBuilder::finish_exceptions() {
  ExceptionIds ids;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < batch_.exceptions.size(); ++i) {
    const Owner owner = owners_[i];
    if (owner.generation != facts_[owner.span].generation) continue;
    Exception row = batch_.exceptions[i];
    row.trace_type = batch_.spans[owner.span].entity;
    row.hash = batch_.arena.copy(exception_hash(row.stack_trace, row.is_message));
    row.grouping_version = kGroupingVersion;
    row.id = ids.next(batch_.project, row);
    batch_.exceptions[kept++] = row;
  }
  batch_.exceptions.resize(kept);
}

void SpanBuilder::drop_healthchecks() {
  const std::vector<bool> is_dropped = dropped_by_healthcheck();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < batch_.spans.size(); ++i) {
    if (!is_dropped[i]) batch_.spans[kept++] = batch_.spans[i];
  }
  batch_.spans.resize(kept);
}

std::vector<bool> SpanBuilder::dropped_by_healthcheck() const {
  const std::vector<Span>& spans = batch_.spans;
  std::unordered_set<Uuid> failed;
  for (const Exception& exception : batch_.exceptions) failed.insert(exception.trace);

  enum class Fate : std::uint8_t { kUnknown, kKept, kDropped };
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
      if (is_healthy_healthcheck(span, context_) && !failed.contains(span.trace)) {
        fate = Fate::kDropped;
        break;
      }
      const auto above = index_.find(spans, span.trace, span.parent);
      if (span.parent.is_empty() || !above) break;
      at = *above;
    }
    for (const std::uint32_t index : path) fates[index] = fate;
  }
  std::vector<bool> dropped(spans.size());
  for (std::size_t i = 0; i < spans.size(); ++i) dropped[i] = fates[i] == Fate::kDropped;
  return dropped;
}

}  // namespace traceway::ingest
