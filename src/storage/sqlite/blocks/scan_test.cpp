#include "storage/sqlite/blocks/scan.h"

#include "base/text.h"
#include "storage/sqlite/batch_for_test.h"
#include "storage/sqlite/blocks/aggregate.h"
#include "storage/sqlite/blocks/encode.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::int64_t kNoon = 1'790'000'000'000'000'000;
constexpr std::int64_t kMinute = 60'000'000'000;

/// One chunk of mixed rows with the plain facts beside it.
struct Facts {
  TelemetryBatch batch;
  std::string blob;
  HotChunk hot;

  explicit Facts(std::uint64_t seed, std::size_t rows = 300) {
    std::mt19937_64 random(seed);
    BatchBuilder builder(BatchBuilder::id_of(7), seed);
    for (std::uint64_t i = 0; i < rows; ++i) {
      const auto start = kNoon + static_cast<std::int64_t>(random() % 20) * kMinute;
      const std::string name = "GET /Route" + std::to_string(random() % 7);
      Span& span = builder.endpoint(i + 1, name, start, static_cast<std::int64_t>(random() % 10));
      span.http_status = random() % 5 == 0 ? 500 : 200;
      span.service_version = builder.text("v" + std::to_string(random() % 3));
      if (random() % 2 == 0) span.parent = BatchBuilder::span_id_of(1);
      if (random() % 3 == 0) span.entity = EntityKind::kTask;
      if (random() % 4 == 0) span.entity = EntityKind::kNone;
    }
    batch = builder.take();
    const EncodedChunk chunk = thread_encoder().encode(batch.spans, batch.attributes);
    const EncodedChunk* const one[] = {&chunk};
    blob = join_chunks(one, Part::kHot);
    REQUIRE(hot.read(BlockView::open(blob, Part::kHot)->chunk(0), BlockFamily::kSpans));
  }

  /// Rows of the endpoints that `matches` likes, by plain loop.
  template <class F>
  [[nodiscard]] std::vector<std::uint32_t> endpoints(F&& matches) const {
    std::vector<std::uint32_t> out;
    for (std::uint32_t row = 0; row < batch.spans.size(); ++row) {
      const Span& span = batch.spans[row];
      if (span.entity == EntityKind::kEndpoint && matches(span)) out.push_back(row);
    }
    return out;
  }

  [[nodiscard]] std::vector<std::uint32_t> selected(const Filter& filter) const {
    auto selector = Selector::compile(Family::kEndpoints, filter);
    REQUIRE(selector.has_value());
    ChunkRows rows(Family::kEndpoints);
    rows.load(hot);
    std::vector<std::uint32_t> out;
    for (const std::uint32_t position : selector->select(rows)) out.push_back(rows.row(position));
    return out;
  }
};

Filter where(std::string column, Op op, std::vector<Value> values) {
  Filter filter;
  filter.predicates.push_back({std::move(column), op, std::move(values)});
  return filter;
}

}  // namespace

TEST_CASE("scan: every operator selects what a plain loop selects") {
  const Facts facts(1);
  const auto number = [](auto compare) {
    return [=](const Span& span) { return compare(span.duration_ns, std::int64_t{4}); };
  };
  const Value four = std::int64_t{4};
  CHECK(facts.selected(where("duration", Op::kEqual, {four})) ==
        facts.endpoints(number(std::equal_to<>())));
  CHECK(facts.selected(where("duration", Op::kNotEqual, {four})) ==
        facts.endpoints(number(std::not_equal_to<>())));
  CHECK(facts.selected(where("duration", Op::kLess, {four})) ==
        facts.endpoints(number(std::less<>())));
  CHECK(facts.selected(where("duration", Op::kLessEqual, {four})) ==
        facts.endpoints(number(std::less_equal<>())));
  CHECK(facts.selected(where("duration", Op::kGreater, {four})) ==
        facts.endpoints(number(std::greater<>())));
  CHECK(facts.selected(where("duration", Op::kGreaterEqual, {four})) ==
        facts.endpoints(number(std::greater_equal<>())));
  CHECK(facts.selected(where("duration", Op::kIn, {std::int64_t{1}, std::int64_t{9}})) ==
        facts.endpoints([](const Span& s) { return s.duration_ns == 1 || s.duration_ns == 9; }));
  CHECK(facts.selected(where("duration", Op::kIn, {})).empty());
  CHECK(facts.selected(where("endpoint", Op::kEqual, {std::string("GET /Route3")})) ==
        facts.endpoints([](const Span& s) { return s.entity_name == "GET /Route3"; }));
  CHECK(facts.selected(where("endpoint", Op::kContains, {std::string("gEt /rOUTE3")})) ==
        facts.endpoints([](const Span& s) { return s.entity_name == "GET /Route3"; }));
  CHECK(facts.selected(where("endpoint", Op::kPrefix, {std::string("get")})).empty());
  CHECK(facts.selected(where("endpoint", Op::kPrefix, {std::string("GET ")})).size() ==
        facts.endpoints([](const Span&) { return true; }).size());
  CHECK(facts.selected(where("app_version", Op::kIn, {std::string("v0"), std::string("v2")})) ==
        facts.endpoints([](const Span& s) { return s.service_version != "v1"; }));
  CHECK(facts.selected(where("is_root", Op::kEqual, {std::int64_t{0}})) ==
        facts.endpoints([](const Span& s) { return !s.parent.is_empty(); }));
}

TEST_CASE("scan: entities are found by their ids") {
  const Facts facts(9);
  const auto wanted = facts.endpoints([](const Span& s) { return s.duration_ns < 3; });
  REQUIRE(wanted.size() > 3);
  std::vector<Value> ids;
  for (const std::uint32_t row : wanted) ids.push_back(to_value(facts.batch.spans[row].entity_id));
  std::ranges::reverse(ids);
  CHECK(facts.selected(where("id", Op::kIn, ids)) == wanted);
  CHECK(facts.selected(where("id", Op::kIn, {})).empty());
  CHECK(facts.selected(where("id", Op::kEqual, {ids.back()})) ==
        std::vector<std::uint32_t>{wanted.front()});
  CHECK(facts.selected(where("id", Op::kEqual, {to_value(BatchBuilder::id_of(999'999))})).empty());
  const std::vector<Predicate> less = {{"id", Op::kLess, {ids.back()}}};
  CHECK_FALSE(Matcher::compile(Family::kEndpoints, less).has_value());
  const std::vector<Predicate> of_spans = {{"id", Op::kEqual, {ids.back()}}};
  CHECK_FALSE(Matcher::compile(Family::kSpans, of_spans).has_value());
}

TEST_CASE("scan: bounds that are no whole numbers compare as numbers do") {
  const Facts facts(2);
  const auto count = [&](Op op, double bound) {
    return facts.selected(where("duration", op, {bound}));
  };
  CHECK(count(Op::kLess, 3.5) == facts.endpoints([](const Span& s) { return s.duration_ns <= 3; }));
  CHECK(count(Op::kLessEqual, 3.5) == count(Op::kLess, 3.5));
  CHECK(count(Op::kGreater, 3.5) ==
        facts.endpoints([](const Span& s) { return s.duration_ns > 3; }));
  CHECK(count(Op::kGreaterEqual, 3.5) == count(Op::kGreater, 3.5));
  CHECK(count(Op::kEqual, 3.5).empty());
  CHECK(count(Op::kLess, 1e300) == facts.endpoints([](const Span&) { return true; }));
}

TEST_CASE("scan: both bounds of a time range are inside it, predicates are joined by and") {
  const Facts facts(3);
  Filter filter = where("status_code", Op::kGreaterEqual, {std::int64_t{500}});
  filter.range = {kNoon + 3 * kMinute, kNoon + 9 * kMinute};
  CHECK(facts.selected(filter) == facts.endpoints([&](const Span& s) {
    return s.http_status >= 500 && s.start_ns >= filter.range.from_ns &&
           s.start_ns <= filter.range.to_ns;
  }));
  filter.range = {kNoon + kMinute, kNoon};
  CHECK(facts.selected(filter).empty());
}

TEST_CASE(
    "scan: what a family has not, or what does not fit a column, is refused with a sentence") {
  CHECK_FALSE(Selector::compile(Family::kTasks, where("body_size", Op::kEqual, {std::int64_t{1}})));
  CHECK_FALSE(Selector::compile(Family::kSpans, where("endpoint", Op::kEqual, {std::string("x")})));
  CHECK_FALSE(
      Selector::compile(Family::kEndpoints, where("duration", Op::kPrefix, {std::int64_t{1}})));
  CHECK_FALSE(
      Selector::compile(Family::kEndpoints, where("duration", Op::kEqual, {std::string("x")})));
  CHECK_FALSE(
      Selector::compile(Family::kEndpoints, where("endpoint", Op::kEqual, {std::int64_t{1}})));
  CHECK_FALSE(Selector::compile(Family::kEndpoints, where("endpoint", Op::kEqual, {})));
  const auto refused =
      Selector::compile(Family::kEndpoints, where("nonsense", Op::kEqual, {std::string("x")}));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kInvalid);
}

TEST_CASE(
    "aggregate: two columns and a bucket group as a plain map does, ties by the group columns") {
  AggregateQuery query{.family = Family::kEndpoints};
  query.group_by = {"app_version", "status_code"};
  query.bucket_minutes = 5;
  query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"},
                    {MeasureKind::kMean, "duration", 0, {}, "mean"},
                    {MeasureKind::kMin, "duration", 0, {}, "min"},
                    {MeasureKind::kFirstSeen, {}, 0, {}, "first"}};
  query.order = Order{"count", true};
  auto aggregator = Aggregator::compile(query);
  REQUIRE(aggregator.has_value());
  std::map<std::tuple<std::string, std::int64_t, std::int64_t>, std::vector<const Span*>> expected;
  const Facts all[] = {Facts(4), Facts(5), Facts(6)};
  for (const Facts& facts : all) {
    REQUIRE((*aggregator)->add(facts.hot).has_value());
    for (const Span& span : facts.batch.spans) {
      if (span.entity != EntityKind::kEndpoint) continue;
      const std::int64_t bucket = span.start_ns / (5 * kMinute) * (5 * kMinute);
      expected[{std::string(span.service_version), span.http_status, bucket}].push_back(&span);
    }
  }
  const auto table = (*aggregator)->finish();
  REQUIRE(table.has_value());
  REQUIRE(table->total == static_cast<std::int64_t>(expected.size()));
  std::tuple<std::int64_t, std::string, std::int64_t, std::int64_t> previous{INT64_MIN, "", 0, 0};
  for (const Row& row : table->rows) {
    const auto& group =
        expected.at({row.text("app_version"), row.integer("status_code"), row.integer("bucket")});
    double sum = 0;
    std::int64_t least = INT64_MAX;
    std::int64_t first = INT64_MAX;
    for (const Span* span : group) {
      sum += static_cast<double>(span->duration_ns);
      least = std::min(least, span->duration_ns);
      first = std::min(first, span->start_ns);
    }
    CHECK(row.integer("count") == static_cast<std::int64_t>(group.size()));
    CHECK(row.real("mean") == doctest::Approx(sum / static_cast<double>(group.size())));
    CHECK(row.integer("min") == least);
    CHECK(row.integer("first") == first);
    const std::tuple now{-row.integer("count"), row.text("app_version"), row.integer("status_code"),
                         row.integer("bucket")};
    CHECK(previous < now);
    previous = now;
  }
}

TEST_CASE("aggregate: past the exact limit quantiles come from histograms, counts stay exact") {
  AggregateQuery query{.family = Family::kSpans};
  query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"},
                    {MeasureKind::kQuantile, "duration", 0.5, {}, "p50"}};
  auto aggregator = Aggregator::compile(query);
  REQUIRE(aggregator.has_value());
  BatchBuilder builder(BatchBuilder::id_of(7), 1);
  for (std::uint64_t i = 0; i < kMaxChunkRows; ++i)
    builder.span(i + 1, kNoon, 1'000'000 + static_cast<std::int64_t>(i) * 1000);
  const TelemetryBatch batch = builder.take();
  const EncodedChunk chunk = thread_encoder().encode(batch.spans, batch.attributes);
  const EncodedChunk* const one[] = {&chunk};
  const std::string blob = join_chunks(one, Part::kHot);
  HotChunk hot;
  REQUIRE(hot.read(BlockView::open(blob, Part::kHot)->chunk(0), BlockFamily::kSpans));
  const std::size_t times = Aggregator::kMaxExactSamples / kMaxChunkRows + 2;
  for (std::size_t i = 0; i < times; ++i) REQUIRE((*aggregator)->add(hot).has_value());
  const auto table = (*aggregator)->finish();
  REQUIRE(table.has_value());
  CHECK(table->rows.front().integer("count") == static_cast<std::int64_t>(times * kMaxChunkRows));
  const double p50 = 1'000'000 + 1000 * (static_cast<double>(kMaxChunkRows) - 1) / 2;
  CHECK(table->rows.front().real("p50") == doctest::Approx(p50).epsilon(0.016));
}

TEST_CASE("aggregate: an endpoint that is really called Other stays apart from the others") {
  AggregateQuery query{.family = Family::kEndpoints};
  query.group_by = {"endpoint"};
  query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"}};
  query.top = 1;
  query.top_by = "count";
  auto aggregator = Aggregator::compile(query);
  REQUIRE(aggregator.has_value());
  BatchBuilder builder(BatchBuilder::id_of(7), 1);
  for (std::uint64_t i = 0; i < 5; ++i) builder.endpoint(i + 1, "Other", kNoon, 1);
  for (std::uint64_t i = 5; i < 8; ++i)
    builder.endpoint(i + 1, "GET /" + std::to_string(i), kNoon, 1);
  const TelemetryBatch batch = builder.take();
  const EncodedChunk chunk = thread_encoder().encode(batch.spans, batch.attributes);
  const EncodedChunk* const one[] = {&chunk};
  const std::string blob = join_chunks(one, Part::kHot);
  HotChunk hot;
  REQUIRE(hot.read(BlockView::open(blob, Part::kHot)->chunk(0), BlockFamily::kSpans));
  REQUIRE((*aggregator)->add(hot).has_value());
  const auto table = (*aggregator)->finish();
  REQUIRE(table.has_value());
  REQUIRE(table->rows.size() == 2);
  std::vector<std::int64_t> counts;
  for (const Row& row : table->rows) {
    CHECK(row.text("endpoint") == "Other");
    counts.push_back(row.integer("count"));
  }
  std::ranges::sort(counts);
  CHECK(counts == std::vector<std::int64_t>{3, 5});
}

}  // namespace traceway::sqlite::blocks
