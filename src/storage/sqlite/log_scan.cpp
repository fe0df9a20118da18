#include "storage/sqlite/log_scan.h"

#include "base/text.h"

#include <algorithm>
#include <unordered_set>

namespace traceway::sqlite {

namespace {

using blocks::LogMap;
using blocks::Part;

struct Prefix {
  std::string_view text;
  LogMap map;
};

constexpr Prefix kMaps[] = {{"log_attributes.", LogMap::kLog},
                            {"resource_attributes.", LogMap::kResource},
                            {"scope_attributes.", LogMap::kScope}};

/// `value` has no data where the row has no such attribute.
bool matches(Op op, const std::vector<std::string>& wanted, std::string_view value) {
  const bool is_there = value.data() != nullptr;
  switch (op) {
    case Op::kNotEqual:
      return !is_there || value != wanted[0];
    case Op::kIn:
      return is_there && std::ranges::find(wanted, value) != wanted.end();
    case Op::kPrefix:
      return is_there && value.starts_with(wanted[0]);
    case Op::kContains:
      return is_there && text::contains_ignore_case(value, wanted[0]);
    default:
      return is_there && value == wanted[0];
  }
}

}  // namespace

Result<std::unique_ptr<LogScan>> LogScan::compile(BlockReader& reader, Filter& filter) {
  std::unique_ptr<LogScan> out(new LogScan(reader));
  out->project_ = filter.project;
  out->range_ = filter.range;
  std::vector<Predicate> hot;
  for (Predicate& predicate : filter.predicates) {
    const auto is_taken = out->take(predicate);
    if (!is_taken) return fail(is_taken);
    if (!*is_taken) hot.push_back(std::move(predicate));
  }
  filter.predicates = std::move(hot);
  return out;
}

Result<bool> LogScan::take(const Predicate& predicate) {
  const auto taken = [&](bool does_fit) -> Result<bool> {
    if (does_fit) return true;
    return fail(ErrorCode::kInvalid, "The filter on " + predicate.column + " does not fit it");
  };
  if (predicate.column == "trace_id" || predicate.column == "span_id")
    return taken(take_id(predicate));
  if (predicate.column == "body") return taken(take_search(predicate));
  for (const Prefix& prefix : kMaps) {
    const std::string_view column = predicate.column;
    if (column.starts_with(prefix.text))
      return taken(take_attribute(predicate, prefix.map, column.substr(prefix.text.size())));
  }
  return false;
}

bool LogScan::take_id(const Predicate& predicate) {
  const bool is_equal = predicate.op == Op::kEqual;
  if ((!is_equal && predicate.op != Op::kNotEqual) || predicate.values.size() != 1) return false;
  const auto* id = std::get_if<Blob>(&predicate.values[0]);
  if (id == nullptr) return false;
  ids_.push_back({predicate.column == "trace_id", is_equal, id->bytes});
  return true;
}

bool LogScan::take_search(const Predicate& predicate) {
  if (predicate.values.size() != 1) return false;
  const auto* needle = std::get_if<std::string>(&predicate.values[0]);
  if (needle == nullptr) return false;
  if (predicate.op == Op::kWords) {
    searches_.push_back(blocks::TextSearch::words(*needle));
  } else if (predicate.op == Op::kContains) {
    searches_.push_back(blocks::TextSearch::substring(*needle));
  } else {
    return false;
  }
  return true;
}

bool LogScan::take_attribute(const Predicate& predicate, LogMap map, std::string_view key) {
  const Op op = predicate.op;
  const bool is_known = op == Op::kEqual || op == Op::kNotEqual || op == Op::kIn ||
                        op == Op::kPrefix || op == Op::kContains;
  if (!is_known || (predicate.values.empty() && op != Op::kIn)) return false;
  AttributeTest test{map, std::string(key), op, {}};
  for (const Value& value : predicate.values) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return false;
    test.values.push_back(*text);
  }
  attributes_.push_back(std::move(test));
  return true;
}

Result<std::vector<BlockHeader>> LogScan::headers() {
  if (range_.from_ns > range_.to_ns) return std::vector<BlockHeader>{};
  auto all = reader_.headers(project_, range_);
  if (!all) return all;
  for (const IdTest& test : ids_) {
    if (!test.is_trace || !test.is_equal) continue;
    const auto blocks = reader_.blocks_with(project_, range_, uuid_from_bytes(test.id));
    if (!blocks) return fail(blocks);
    const std::unordered_set<std::int64_t> wanted(blocks->begin(), blocks->end());
    std::erase_if(*all, [&](const BlockHeader& header) { return !wanted.contains(header.block); });
  }
  return all;
}

Result<std::optional<std::string_view>> LogScan::chunk_of(Part part) {
  OpenPart& open = parts_[static_cast<std::size_t>(part)];
  if (open.block != at_.block) {
    auto view = reader_.part(at_.block, part, open.buffer);
    if (!view) return fail(view);
    open.view = *view;
    open.block = at_.block;
  }
  if (!open.view || at_.index >= open.view->chunks()) return std::optional<std::string_view>();
  return open.view->chunk(at_.index);
}

Result<bool> LogScan::may_match_tokens() {
  if (searches_.empty()) return true;
  const auto filter = chunk_of(Part::kTokens);
  if (!filter) return fail(filter);
  // A filter that cannot be read rules nothing out.
  return !*filter || std::ranges::all_of(searches_, [&](const blocks::TextSearch& search) {
    return search.may_match(**filter);
  });
}

Result<bool> LogScan::apply_ids() {
  const auto chunk = chunk_of(Part::kIds);
  if (!chunk) return fail(chunk);
  if (!*chunk) return false;
  if (!chunk_ids_.read(**chunk, hot_.rows)) {
    reader_.note_damage(at_.block, Part::kIds);
    return false;
  }
  for (const IdTest& test : ids_) {
    if (test.is_trace && test.is_equal && !chunk_ids_.has_trace(test.id)) return false;
    for (std::uint32_t row = 0; row < hot_.rows; ++row) {
      if (mask_[row] == 0) continue;
      const std::string_view id = test.is_trace ? chunk_ids_.trace(row) : chunk_ids_.span(row);
      mask_[row] = (id == test.id) == test.is_equal ? 1 : 0;
    }
  }
  return true;
}

Result<bool> LogScan::apply_attributes() {
  const auto chunk = chunk_of(Part::kAttributes);
  if (!chunk) return fail(chunk);
  if (!*chunk) return false;
  const auto raw = blocks::decompress(**chunk, raw_);
  if (!raw || !chunk_attributes_.read(*raw, hot_.rows)) {
    reader_.note_damage(at_.block, Part::kAttributes);
    return false;
  }
  for (const AttributeTest& test : attributes_) {
    chunk_attributes_.values(test.map, test.key, values_);
    for (std::uint32_t row = 0; row < hot_.rows; ++row) {
      if (mask_[row] != 0) mask_[row] = matches(test.op, test.values, values_[row]) ? 1 : 0;
    }
  }
  return true;
}

Result<bool> LogScan::apply_searches() {
  const auto chunk = chunk_of(Part::kBodies);
  if (!chunk) return fail(chunk);
  if (!*chunk) return false;
  const auto raw = blocks::decompress(**chunk, raw_);
  if (!raw || !bodies_.read(*raw, hot_.rows)) {
    reader_.note_damage(at_.block, Part::kBodies);
    return false;
  }
  for (blocks::TextSearch& search : searches_) search.apply(bodies_, mask_);
  return true;
}

Result<std::span<const std::uint32_t>> LogScan::keep(std::span<const std::uint32_t> positions) {
  if (is_empty() || positions.empty()) return positions;
  mask_.assign(hot_.rows, 0);
  for (const std::uint32_t position : positions) mask_[position] = 1;
  kept_.clear();
  Result<bool> is_readable = true;
  if (!ids_.empty()) is_readable = apply_ids();
  if (is_readable && *is_readable && !attributes_.empty()) is_readable = apply_attributes();
  if (is_readable && *is_readable && !searches_.empty()) is_readable = apply_searches();
  if (!is_readable) return fail(is_readable);
  if (*is_readable) {
    for (const std::uint32_t position : positions) {
      if (mask_[position] != 0) kept_.push_back(position);
    }
  }
  return std::span<const std::uint32_t>(kept_);
}

}  // namespace traceway::sqlite
