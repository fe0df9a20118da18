#include "storage/sqlite/blocks/scan.h"

#include "base/text.h"
#include "storage/sqlite/blocks/chunk.h"
#include "storage/sqlite/blocks/columns.h"

#include <algorithm>

namespace traceway::sqlite::blocks {

namespace {

Error broken() {
  return {ErrorCode::kInternal, "a stored block cannot be read", "hot part"};
}

bool is_text_column(std::size_t column) {
  return column == static_cast<std::size_t>(Column::kName) ||
         column == static_cast<std::size_t>(Column::kService) ||
         column == static_cast<std::size_t>(Column::kEntityName);
}

bool compare(Op op, int order) {
  switch (op) {
    case Op::kEqual:
    case Op::kIn:
      return order == 0;
    case Op::kNotEqual:
      return order != 0;
    case Op::kLess:
      return order < 0;
    case Op::kLessEqual:
      return order <= 0;
    case Op::kGreater:
      return order > 0;
    case Op::kGreaterEqual:
      return order >= 0;
    default:
      return false;
  }
}

template <class T>
int order_of(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

}  // namespace

std::optional<ColumnRef> find_column(Family family, std::string_view name) {
  if (name == "recorded_at") return ColumnRef{Column::kRecordedAt};
  if (name == "duration") return ColumnRef{Column::kDuration};
  if (name == "is_root") return ColumnRef{Column::kTraits, false, 7, 1};
  if (name == "service_name" || name == "server_name") return ColumnRef{Column::kService, true};
  if (family == Family::kEndpoints) {
    if (name == "endpoint") return ColumnRef{Column::kEntityName, true};
    if (name == "status_code") return ColumnRef{Column::kHttpStatus};
    if (name == "body_size") return ColumnRef{Column::kBodySize};
    if (name == "is_stream") return ColumnRef{Column::kTraits, false, 8, 1};
  }
  if (family == Family::kTasks && name == "task_name") return ColumnRef{Column::kEntityName, true};
  if (family == Family::kSpans) {
    if (name == "name") return ColumnRef{Column::kName, true};
    if (name == "span_kind") return ColumnRef{Column::kTraits, false, 0, 7};
    if (name == "status_code") return ColumnRef{Column::kTraits, false, 3, 3};
  }
  return std::nullopt;
}

Result<void> HotChunk::parse(std::string_view hot) {
  ByteReader reader(hot);
  const std::uint64_t rows = reader.varint();
  const std::uint64_t count = reader.varint();
  // Every text has at least its hash; a column of one value takes no byte a row, so rows are
  // bounded by what one request may hold.
  if (!reader.ok() || count > reader.left() / sizeof(std::uint64_t) || rows > 10'000'000)
    return tl::unexpected(broken());
  rows_ = rows;
  texts_.resize(count);
  for (Text& text : texts_) {
    text.hash = reader.scalar<std::uint64_t>();
    text.text = reader.text();
  }
  for (std::string_view& raw : raw_) {
    const std::string_view from_here = reader.rest();
    reader.skip_column(rows_);
    raw = from_here.substr(0, from_here.size() - reader.left());
  }
  is_decoded_ = {};
  if (!reader.ok()) return tl::unexpected(broken());
  for (std::size_t i = 0; i < kColumns; ++i) {
    if (!is_text_column(i)) continue;
    for (const std::int64_t position : column(static_cast<Column>(i))) {
      if (position < 0 || static_cast<std::uint64_t>(position) >= count)
        return tl::unexpected(broken());
    }
  }
  return {};
}

const std::vector<std::int64_t>& HotChunk::column(Column which) {
  const auto i = static_cast<std::size_t>(which);
  if (!is_decoded_[i]) {
    ByteReader reader(raw_[i]);
    reader.column(rows_, decoded_[i]);
    decoded_[i].resize(rows_);
    is_decoded_[i] = true;
  }
  return decoded_[i];
}

Result<Matcher> Matcher::compile(Family family, const std::vector<Predicate>& predicates) {
  Matcher out;
  for (const Predicate& predicate : predicates) {
    const auto ref = find_column(family, predicate.column);
    if (!ref || predicate.values.empty()) {
      return fail(ErrorCode::kInternal, "this filter is not known here",
                  "column " + predicate.column);
    }
    out.terms_.push_back({*ref, predicate});
  }
  return out;
}

bool Matcher::accepts_text(const Predicate& predicate, std::string_view text) {
  for (const Value& value : predicate.values) {
    const auto* wanted = std::get_if<std::string>(&value);
    if (wanted == nullptr) continue;
    bool is_match = false;
    if (predicate.op == Op::kPrefix) {
      is_match = text.starts_with(*wanted);
    } else if (predicate.op == Op::kContains) {
      is_match = text::contains_ignore_case(text, *wanted);
    } else {
      is_match = compare(predicate.op, order_of(text, std::string_view(*wanted)));
    }
    if (is_match) return true;
    if (predicate.op != Op::kIn) return false;
  }
  return false;
}

bool Matcher::accepts_integer(const Predicate& predicate, std::int64_t value) {
  for (const Value& one : predicate.values) {
    const auto* wanted = std::get_if<std::int64_t>(&one);
    if (wanted != nullptr && compare(predicate.op, order_of(value, *wanted))) return true;
    if (predicate.op != Op::kIn) return false;
  }
  return false;
}

void Matcher::filter(HotChunk& chunk, std::vector<std::uint32_t>& rows) const {
  std::vector<char> accepted;
  for (const Term& term : terms_) {
    if (rows.empty()) return;
    if (term.ref.is_text) {
      accepted.assign(chunk.texts().size(), 0);
      for (std::size_t i = 0; i < accepted.size(); ++i) {
        accepted[i] = accepts_text(term.predicate, chunk.texts()[i].text) ? 1 : 0;
      }
      const auto& positions = chunk.column(term.ref.column);
      std::erase_if(rows, [&](std::uint32_t row) {
        return accepted[static_cast<std::size_t>(positions[row])] == 0;
      });
    } else {
      std::erase_if(rows, [&](std::uint32_t row) {
        return !accepts_integer(term.predicate, chunk.value(term.ref, row));
      });
    }
  }
}

void select_rows(HotChunk& chunk, Family family, const TimeRange& range, const Matcher& matcher,
                 std::vector<std::uint32_t>& rows) {
  rows.resize(chunk.rows());
  const auto& recorded = chunk.column(Column::kRecordedAt);
  const auto& traits_of = chunk.column(Column::kTraits);
  const bool is_any = family == Family::kSpans;
  const EntityKind wanted = family == Family::kTasks ? EntityKind::kTask : EntityKind::kEndpoint;
  std::size_t kept = 0;
  for (std::size_t row = 0; row < chunk.rows(); ++row) {
    rows[kept] =
        static_cast<std::uint32_t>(row);  // without a branch: written always, kept when it counts
    const bool is_in = recorded[row] >= range.from_ns && recorded[row] <= range.to_ns;
    kept += static_cast<std::size_t>(is_in && (is_any || traits::entity(traits_of[row]) == wanted));
  }
  rows.resize(kept);
  matcher.filter(chunk, rows);
}

}  // namespace traceway::sqlite::blocks
