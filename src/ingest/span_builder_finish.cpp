// The rules that need the whole request: entry points, duplicates' exceptions, health checks.
#include "ingest/exceptions.h"
#include "ingest/grouping.h"
#include "ingest/healthchecks.h"
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
  if (context_.drops_healthy_healthchecks) drop_healthchecks(batch_, index_, context_);
  if (batch_.rejected > 0) {
    batch_.rejected_reason =
        std::to_string(batch_.rejected) + " spans need valid non-zero trace and span IDs";
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

}  // namespace traceway::ingest
