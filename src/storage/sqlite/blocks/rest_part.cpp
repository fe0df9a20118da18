#include "storage/sqlite/blocks/rest_part.h"

#include <algorithm>

namespace traceway::sqlite::blocks {

namespace {

/// What the source times are unless a client sent something odd.
SourceTimes usual_times(std::int64_t start_ns, std::int64_t duration_ns) {
  const auto start = static_cast<std::uint64_t>(start_ns);
  return {start, start + static_cast<std::uint64_t>(duration_ns)};
}

bool is_usual(const Span& span) {
  const SourceTimes usual = usual_times(span.start_ns, span.duration_ns);
  return span.source_start_ns == usual.start_ns && span.source_end_ns == usual.end_ns;
}

}  // namespace

void RestEncoder::write(std::span<const Span> spans, std::string& out) {
  table_.clear();
  for (TextColumn& column : texts_) column.clear();
  for (auto& column : numbers_) column.clear();
  std::uint64_t unusual = 0;
  for (const Span& span : spans) {
    const std::array<std::string_view, kRestTexts> texts = {
        span.status_message,      span.trace_state,      span.scope_name,    span.scope_version,
        span.resource_schema_url, span.scope_schema_url, span.resource_json, span.scope_json,
        span.events_json,         span.links_json};
    for (std::size_t i = 0; i < kRestTexts; ++i) texts_[i].add(texts[i], table_);
    const std::array<std::uint32_t, kRestNumbers> numbers = {
        span.flags, span.dropped_attributes, span.dropped_events, span.dropped_links};
    for (std::size_t i = 0; i < kRestNumbers; ++i) numbers_[i].push_back(numbers[i]);
    unusual += is_usual(span) ? 0 : 1;
  }
  for (const TextColumn& column : texts_) put_packed(out, column.ids());
  for (const auto& column : numbers_) put_packed(out, column);
  put_varint(out, unusual);
  for (std::size_t row = 0; unusual > 0 && row < spans.size(); ++row) {
    if (is_usual(spans[row])) continue;
    put_varint(out, row);
    put_fixed(out, spans[row].source_start_ns);
    put_fixed(out, spans[row].source_end_ns);
  }
  table_.write(out);
}

bool ChunkRest::read(std::string_view raw, std::uint32_t rows) {
  Reader from(raw);
  for (PackedColumn& column : texts_) column = PackedColumn(from, rows);
  for (PackedColumn& column : numbers_) column = PackedColumn(from, rows);
  exact_.clear();
  const std::uint32_t unusual = from.count(rows);
  for (std::uint32_t i = 0; from.ok() && i < unusual; ++i) {
    const std::uint32_t row = from.count(rows);
    const auto start = from.fixed<std::uint64_t>();
    exact_.emplace_back(row, SourceTimes{start, from.fixed<std::uint64_t>()});
  }
  return from.ok() && dictionary_.read(from);
}

std::string_view ChunkRest::text(RestText column, std::uint32_t row) const {
  return dictionary_.text(texts_[static_cast<std::size_t>(column)][row]);
}

std::int64_t ChunkRest::number(RestNumber column, std::uint32_t row) const {
  return numbers_[static_cast<std::size_t>(column)][row];
}

SourceTimes ChunkRest::source_times(std::uint32_t row, std::int64_t start_ns,
                                    std::int64_t duration_ns) const {
  const auto found =
      std::ranges::lower_bound(exact_, row, {}, &std::pair<std::uint32_t, SourceTimes>::first);
  if (found != exact_.end() && found->first == row) return found->second;
  return usual_times(start_ns, duration_ns);
}

}  // namespace traceway::sqlite::blocks
