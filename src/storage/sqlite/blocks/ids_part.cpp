#include "storage/sqlite/blocks/ids_part.h"

#include "storage/sqlite/blocks/filter.h"
#include "storage/sqlite/blocks/packed_column.h"

#include <algorithm>
#include <bit>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::size_t kMinSlots = 16;

std::size_t slot_of(std::string_view id, std::size_t mask) {
  // Clients choose these bytes, so an id alone must not choose its slot.
  constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15ULL;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::memcpy(&first, id.data(), std::min(id.size(), sizeof first));
  if (id.size() > sizeof last) std::memcpy(&last, id.data() + id.size() - sizeof last, sizeof last);
  const std::uint64_t mixed = (first ^ std::rotl(last, 29)) * kMix;
  return (mixed ^ (mixed >> 32U)) & mask;
}

}  // namespace

void IdsEncoder::write(std::span<const Span> spans, std::string& out,
                       std::vector<std::uint64_t>& id_hashes) {
  slots_.assign(std::bit_ceil(std::max(spans.size() * 2, kMinSlots)), 0);
  write_traces(spans, out, id_hashes);
  write_span_ids(spans, out);
  index_rows(spans);
  write_parents(spans, out);
  std::uint64_t linked = 0;
  for (const Span& span : spans) linked += span.linked_trace.is_zero() ? 0 : 1;
  put_varint(out, linked);
  for (std::size_t row = 0; linked > 0 && row < spans.size(); ++row) {
    if (spans[row].linked_trace.is_zero()) continue;
    put_varint(out, row);
    out.append(spans[row].linked_trace.view());
  }
}

void IdsEncoder::write_traces(std::span<const Span> spans, std::string& out,
                              std::vector<std::uint64_t>& id_hashes) {
  numbers_.clear();
  traces_.clear();
  const std::size_t mask = slots_.size() - 1;
  for (const Span& span : spans) {
    if (!traces_.empty() && traces_[static_cast<std::size_t>(numbers_.back())] == span.trace) {
      numbers_.push_back(numbers_.back());
      continue;
    }
    std::size_t slot = slot_of(span.trace.view(), mask);
    while (slots_[slot] != 0 && traces_[slots_[slot] - 1] != span.trace) slot = (slot + 1) & mask;
    if (slots_[slot] == 0) {
      traces_.push_back(span.trace);
      slots_[slot] = static_cast<std::uint32_t>(traces_.size());
    }
    numbers_.push_back(slots_[slot] - 1);
  }
  put_varint(out, traces_.size());
  for (const Uuid& trace : traces_) out.append(trace.view());
  put_packed(out, numbers_);
  id_hashes.reserve(id_hashes.size() + traces_.size());
  for (const Uuid& trace : traces_) {
    if (!trace.is_zero()) id_hashes.push_back(id_hash(trace));
  }
}

void IdsEncoder::write_span_ids(std::span<const Span> spans, std::string& out) {
  numbers_.clear();
  for (const Span& span : spans) numbers_.push_back(span.id.size);
  put_packed(out, numbers_);
  for (const Span& span : spans) out.append(span.id.view());
}

void IdsEncoder::index_rows(std::span<const Span> spans) {
  std::ranges::fill(slots_, 0U);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t row = 0; row < spans.size(); ++row) {
    if (spans[row].id.is_empty()) continue;
    std::size_t slot = slot_of(spans[row].id.view(), mask);
    // The first of several equal ids stands for them: their bytes are the same.
    while (slots_[slot] != 0 && spans[slots_[slot] - 1].id != spans[row].id)
      slot = (slot + 1) & mask;
    if (slots_[slot] == 0) slots_[slot] = static_cast<std::uint32_t>(row + 1);
  }
}

void IdsEncoder::write_parents(std::span<const Span> spans, std::string& out) {
  numbers_.clear();
  std::string elsewhere;
  std::uint64_t count = 0;
  const std::size_t mask = slots_.size() - 1;
  for (const Span& span : spans) {
    if (span.parent.is_empty()) {
      numbers_.push_back(0);
      continue;
    }
    std::size_t slot = slot_of(span.parent.view(), mask);
    while (slots_[slot] != 0 && spans[slots_[slot] - 1].id != span.parent) slot = (slot + 1) & mask;
    if (slots_[slot] != 0) {
      numbers_.push_back(slots_[slot]);
      continue;
    }
    numbers_.push_back(static_cast<std::int64_t>(spans.size()) + 1);
    elsewhere.push_back(static_cast<char>(span.parent.size));
    elsewhere.append(span.parent.view());
    ++count;
  }
  put_packed(out, numbers_);
  put_varint(out, count);
  out.append(elsewhere);
}

bool ChunkIds::read(std::string_view part, std::uint32_t rows) {
  Reader from(part);
  const std::uint32_t distinct = from.count(from.left() / 16);
  traces.clear();
  for (std::uint32_t i = 0; i < distinct; ++i) traces.push_back(uuid_from_bytes(from.bytes(16)));
  const PackedColumn which(from, rows);
  const PackedColumn sizes(from, rows);
  if (!from.ok() || distinct == 0) return false;
  trace.clear();
  span.clear();
  for (std::uint32_t row = 0; row < rows; ++row) {
    trace.push_back(std::min(static_cast<std::uint32_t>(which[row]), distinct - 1));
    span.push_back(from.bytes(static_cast<std::size_t>(sizes[row])));
  }
  const PackedColumn parents(from, rows);
  const std::uint32_t explicit_parents = from.count(rows);
  parent.clear();
  std::uint32_t taken = 0;
  for (std::uint32_t row = 0; from.ok() && row < rows; ++row) {
    const auto code = static_cast<std::uint64_t>(parents[row]);
    if (code == 0) {
      parent.emplace_back();
    } else if (code <= rows) {
      parent.push_back(span[code - 1]);
    } else {
      parent.push_back(from.bytes(from.fixed<std::uint8_t>()));
      ++taken;
    }
  }
  linked.clear();
  const std::uint32_t links = from.count(rows);
  for (std::uint32_t i = 0; from.ok() && i < links; ++i) {
    const std::uint32_t row = from.count(rows);
    linked.emplace_back(row, uuid_from_bytes(from.bytes(16)));
  }
  return from.ok() && taken == explicit_parents;
}

Uuid ChunkIds::linked_trace(std::uint32_t row) const {
  const auto found =
      std::ranges::lower_bound(linked, row, {}, &std::pair<std::uint32_t, Uuid>::first);
  return found != linked.end() && found->first == row ? found->second : Uuid{};
}

}  // namespace traceway::sqlite::blocks
