#include "storage/sqlite/blocks/scan.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::size_t kMaxVerdicts = 100'000;
constexpr double kInt64Limit = 9.2233720368547748e18;

struct NamedColumn {
  std::string_view name;
  HotColumn column;
};

constexpr NamedColumn kCommon[] = {
    {"recorded_at", HotColumn::kStart},   {"duration", HotColumn::kDuration},
    {"is_root", HotColumn::kIsRoot},      {"app_version", HotColumn::kVersion},
    {"server_name", HotColumn::kService}, {"service_name", HotColumn::kService}};
constexpr NamedColumn kEndpoint[] = {{"endpoint", HotColumn::kEntityName},
                                     {"status_code", HotColumn::kHttpStatus},
                                     {"body_size", HotColumn::kBodySize},
                                     {"is_stream", HotColumn::kIsStream}};
constexpr NamedColumn kTask[] = {{"task_name", HotColumn::kEntityName}};
constexpr NamedColumn kSpan[] = {{"name", HotColumn::kName},
                                 {"span_kind", HotColumn::kKind},
                                 {"status_code", HotColumn::kSpanStatus}};

constexpr NamedColumn kLog[] = {{"timestamp", HotColumn::kStart},
                                {"recorded_at", HotColumn::kStart},
                                {"severity_number", HotColumn::kSeverity},
                                {"severity_class", HotColumn::kSeverityClass},
                                {"severity_text", HotColumn::kSeverityText},
                                {"service_name", HotColumn::kService},
                                {"scope_name", HotColumn::kScope},
                                {"trace_flags", HotColumn::kTraceFlags},
                                {"has_trace", HotColumn::kHasTrace}};

/// What a family is called, its own columns, and those it shares with others.
struct FamilyColumns {
  std::string_view family;
  std::span<const NamedColumn> own;
  std::span<const NamedColumn> shared;
};

FamilyColumns columns_of(Family family) {
  switch (family) {
    case Family::kEndpoints:
      return {"endpoints", kEndpoint, kCommon};
    case Family::kTasks:
      return {"tasks", kTask, kCommon};
    case Family::kSpans:
      return {"spans", kSpan, kCommon};
    case Family::kLogs:
      return {"logs", kLog, {}};
    case Family::kMetricPoints:
      return {"metric points", {}, {}};
    case Family::kExceptions:
      break;
  }
  return {"exceptions", {}, {}};
}

bool is_entity_family(Family family) {
  return family == Family::kEndpoints || family == Family::kTasks;
}

bool is_ordered(Op op) {
  return op == Op::kLess || op == Op::kLessEqual || op == Op::kGreater || op == Op::kGreaterEqual;
}

/// The whole number that selects the same rows in `column op number`. Empty when none can: 1.5
/// equals no whole number.
std::optional<std::int64_t> whole_number(double value, Op op) {
  if (std::isnan(value)) return std::nullopt;
  const bool rounds_up = op == Op::kLess || op == Op::kGreaterEqual;
  const double rounded = rounds_up ? std::ceil(value) : std::floor(value);
  if (rounded != value && !is_ordered(op)) return std::nullopt;
  if (rounded >= kInt64Limit) return std::numeric_limits<std::int64_t>::max();
  if (rounded <= -kInt64Limit) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(rounded);
}

/// Adds what a column that is no text is compared with. False when the value does not fit it.
bool add_number(const Value& value, HotColumn column, Op op, std::vector<std::int64_t>& to) {
  if (column == HotColumn::kEntityKey) {
    const auto* id = std::get_if<Blob>(&value);
    if (id != nullptr) to.push_back(entity_key(id->bytes));
    return id != nullptr;
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    to.push_back(*number);
    return true;
  }
  const auto* real = std::get_if<double>(&value);
  if (real == nullptr) return false;
  if (const auto whole = whole_number(*real, op)) to.push_back(*whole);
  return true;
}

template <class Compare>
void compare_all(std::span<const std::int64_t> values, std::int64_t with,
                 std::span<std::uint8_t> mask, Compare compare) {
  const std::int64_t* const from = values.data();
  std::uint8_t* const to = mask.data();
  for (std::size_t i = 0; i < mask.size(); ++i) {
    to[i] = static_cast<std::uint8_t>(to[i] & static_cast<std::uint8_t>(compare(from[i], with)));
  }
}

}  // namespace

BlockFamily block_family(Family family) {
  if (family == Family::kMetricPoints) return BlockFamily::kMetrics;
  return family == Family::kLogs ? BlockFamily::kLogs : BlockFamily::kSpans;
}

Result<HotColumn> hot_column(Family family, std::string_view name) {
  const FamilyColumns columns = columns_of(family);
  for (const std::span<const NamedColumn> list : {columns.own, columns.shared}) {
    const auto known = std::ranges::find(list, name, &NamedColumn::name);
    if (known != list.end()) return known->column;
  }
  return fail(ErrorCode::kInvalid, "Cannot filter, group or order " + std::string(columns.family) +
                                       " by " + std::string(name));
}

std::int64_t entity_key(std::string_view id_bytes) {
  std::int64_t key = 0;
  if (id_bytes.size() == sizeof(Uuid::bytes))
    std::memcpy(&key, id_bytes.data() + sizeof key, sizeof key);
  return key;
}

// --- ChunkRows ---

void ChunkRows::load(const HotChunk& chunk) {
  chunk_ = &chunk;
  std::ranges::fill(is_decoded_, false);
  entities_.clear();
  entity_rows_.clear();
  if (!is_entity_family(family_)) {
    size_ = chunk.rows;
    return;
  }
  const EntityKind wanted =
      family_ == Family::kEndpoints ? EntityKind::kEndpoint : EntityKind::kTask;
  for (std::uint32_t i = 0; i < chunk.entities; ++i) {
    if (chunk.kind_of(i) != wanted) continue;
    entities_.push_back(i);
    entity_rows_.push_back(
        std::min(static_cast<std::uint32_t>(chunk.at(HotColumn::kEntityRow, i)), chunk.rows - 1));
  }
  size_ = entities_.size();
}

void ChunkRows::decode(HotColumn column, std::vector<std::int64_t>& to) const {
  to.resize(size_);
  if (column == HotColumn::kEntityKey) {
    for (std::size_t i = 0; i < size_; ++i)
      to[i] = entity_key(chunk_->entity_id(entities_[i]).view());
    return;
  }
  if (column == HotColumn::kSeverityClass) {
    (*chunk_)[HotColumn::kSeverity].unpack(to.data());
    for (std::int64_t& value : to) value = severity_class(value);
    return;
  }
  const PackedColumn& from = (*chunk_)[column];
  if (!is_entity_family(family_)) {
    from.unpack(to.data());
    return;
  }
  const auto per_entity = hot_layout(BlockFamily::kSpans).per_entity;
  const bool is_per_entity = std::ranges::find(per_entity, column) != per_entity.end();
  const std::vector<std::uint32_t>& indices = is_per_entity ? entities_ : entity_rows_;
  for (std::size_t i = 0; i < size_; ++i) to[i] = from[indices[i]];
}

std::span<const std::int64_t> ChunkRows::values(HotColumn column) {
  const auto index = static_cast<std::size_t>(column);
  if (!is_decoded_[index]) {
    decode(column, columns_[index]);
    is_decoded_[index] = true;
  }
  return columns_[index];
}

// --- Matcher ---

Result<Matcher> Matcher::compile(Family family, const std::vector<Predicate>& predicates) {
  Matcher matcher;
  for (const Predicate& predicate : predicates) {
    auto test = compile_one(family, predicate);
    if (!test) return fail(test);
    matcher.tests_.push_back(std::move(*test));
  }
  return matcher;
}

Result<Matcher::Test> Matcher::compile_one(Family family, const Predicate& predicate) {
  const bool is_id = predicate.column == "id" && is_entity_family(family);
  const auto column =
      is_id ? Result<HotColumn>(HotColumn::kEntityKey) : hot_column(family, predicate.column);
  if (!column) return fail(column);
  const auto misfit = [&] {
    return fail(ErrorCode::kInvalid, "The filter on " + predicate.column + " does not fit it");
  };
  if (predicate.values.empty() && predicate.op != Op::kIn) return misfit();
  if (predicate.op == Op::kWords) return misfit();
  Test test;
  test.column = *column;
  test.op = predicate.op;
  if (is_text(*column)) {
    for (const Value& value : predicate.values) {
      const auto* text = std::get_if<std::string>(&value);
      if (text == nullptr) return misfit();
      test.texts.push_back(*text);
    }
    return test;
  }
  if (predicate.op == Op::kPrefix || predicate.op == Op::kContains) return misfit();
  if (is_id && is_ordered(predicate.op)) return misfit();
  for (const Value& value : predicate.values) {
    if (!add_number(value, *column, predicate.op, test.numbers)) return misfit();
  }
  if (test.numbers.empty() && test.op != Op::kNotEqual) test.op = Op::kIn;  // matches nothing
  if (test.op == Op::kIn) std::ranges::sort(test.numbers);
  return test;
}

void Matcher::apply_numbers(const Test& test, std::span<const std::int64_t> values,
                            std::span<std::uint8_t> mask) {
  const std::int64_t with = test.numbers.empty() ? 0 : test.numbers[0];
  switch (test.op) {
    case Op::kEqual:
      return compare_all(values, with, mask, std::equal_to<>{});
    case Op::kNotEqual:
      if (test.numbers.empty()) return;
      return compare_all(values, with, mask, std::not_equal_to<>{});
    case Op::kLess:
      return compare_all(values, with, mask, std::less<>{});
    case Op::kLessEqual:
      return compare_all(values, with, mask, std::less_equal<>{});
    case Op::kGreater:
      return compare_all(values, with, mask, std::greater<>{});
    case Op::kGreaterEqual:
      return compare_all(values, with, mask, std::greater_equal<>{});
    case Op::kIn:
    case Op::kPrefix:
    case Op::kContains:
    case Op::kWords:
      return compare_all(values, 0, mask, [&](std::int64_t value, std::int64_t) {
        return std::ranges::binary_search(test.numbers, value);
      });
  }
}

bool Matcher::matches_text(const Test& test, std::string_view text) {
  switch (test.op) {
    case Op::kEqual:
      return text == test.texts[0];
    case Op::kNotEqual:
      return text != test.texts[0];
    case Op::kLess:
      return text < test.texts[0];
    case Op::kLessEqual:
      return text <= test.texts[0];
    case Op::kGreater:
      return text > test.texts[0];
    case Op::kGreaterEqual:
      return text >= test.texts[0];
    case Op::kIn:
      return std::ranges::find(test.texts, text) != test.texts.end();
    case Op::kPrefix:
      return text.starts_with(test.texts[0]);
    case Op::kContains:
      return text::contains_ignore_case(text, test.texts[0]);
    case Op::kWords:  // refused by compile_one()
      break;
  }
  return false;
}

void Matcher::apply_texts(Test& test, ChunkRows& rows, std::span<std::uint8_t> mask) {
  const Dictionary& texts = rows.chunk().texts;
  constexpr std::uint8_t kUnknown = 2;
  by_id_.assign(texts.size() + 1, kUnknown);
  const std::span<const std::int64_t> ids = rows.values(test.column);
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] == 0) continue;
    const std::size_t id = std::min(static_cast<std::size_t>(ids[i]), texts.size());
    if (by_id_[id] == kUnknown) {
      const auto number = static_cast<std::int64_t>(id);
      if (test.verdicts.size() >= kMaxVerdicts) test.verdicts.clear();
      const auto [found, is_new] = test.verdicts.try_emplace(texts.hash(number), false);
      if (is_new) found->second = matches_text(test, texts.text(number));
      by_id_[id] = found->second ? 1 : 0;
    }
    mask[i] = by_id_[id];
  }
}

void Matcher::apply(ChunkRows& rows, std::span<std::uint8_t> mask) {
  for (Test& test : tests_) {
    if (is_text(test.column)) {
      apply_texts(test, rows, mask);
    } else {
      apply_numbers(test, rows.values(test.column), mask);
    }
  }
}

// --- Selector ---

Result<Selector> Selector::compile(Family family, const Filter& filter) {
  auto matcher = Matcher::compile(family, filter.predicates);
  if (!matcher) return fail(matcher);
  return Selector(filter.range, std::move(*matcher));
}

bool Matcher::may_match(HotColumn column, std::span<const std::int64_t> values) const {
  std::vector<std::uint8_t> mask(values.size(), 1);
  for (const Test& test : tests_) {
    if (test.column == column) apply_numbers(test, values, mask);
  }
  return std::ranges::find(mask, std::uint8_t{1}) != mask.end();
}

std::span<const std::uint32_t> Selector::select(ChunkRows& rows) {
  const HotChunk& chunk = rows.chunk();
  const bool is_inside = range_.from_ns <= chunk.min_time && chunk.max_time <= range_.to_ns;
  const bool is_outside = range_.to_ns < chunk.min_time || chunk.max_time < range_.from_ns;
  if (is_outside) return {};
  if (is_inside && matcher_.is_empty()) {
    const std::size_t known = positions_.size();
    positions_.resize(std::max(known, rows.size()));
    std::iota(positions_.begin(), positions_.end(), 0U);
    return std::span(positions_).first(rows.size());
  }
  mask_.assign(rows.size(), 1);
  if (!is_inside) {
    const auto start = rows.values(HotColumn::kStart);
    compare_all(start, range_.from_ns, mask_, std::greater_equal<>{});
    compare_all(start, range_.to_ns, mask_, std::less_equal<>{});
  }
  matcher_.apply(rows, mask_);
  // Every position is written and only matching ones advance: no branch to mispredict.
  positions_.resize(std::max(positions_.size(), rows.size()));
  std::size_t count = 0;
  for (std::size_t i = 0; i < mask_.size(); ++i) {
    positions_[count] = static_cast<std::uint32_t>(i);
    count += mask_[i];
  }
  return std::span(positions_).first(count);
}

}  // namespace traceway::sqlite::blocks
