// Questions about metric points against brute force over the same rows, through the real database.
#include "storage/sqlite/blocks/metric_aggregate.h"

#include "storage/sqlite/metrics_for_test.h"
#include "storage/sqlite/telemetry_db.h"
#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

namespace traceway::sqlite {

namespace {

constexpr std::int64_t kMinute = 60'000'000'000;
constexpr std::int64_t kStart = 1'790'000'000'000'000'000 / (60 * kMinute) * (60 * kMinute);

struct Point {
  std::string name;
  std::map<std::string, std::string> tags;
  std::int64_t time = 0;
  double value = 0;
};

/// A telemetry database with points, and the same points in memory.
struct Store {
  SystemClock clock;
  TemporaryDirectory directory;
  std::unique_ptr<TelemetryDb> db;
  std::vector<Point> points;
  std::uint64_t digest = 0;

  Store() {
    TelemetryDbOptions options;
    options.path = directory.file("telemetry.db");
    options.backup_dir = directory.path();
    auto opened = open_telemetry_db(options, clock);
    REQUIRE(opened);
    db = std::move(*opened);
  }

  void append(const std::vector<Point>& sent) {
    MetricBatch batch(++digest);
    for (const Point& point : sent) {
      batch.point(point.name, {point.tags.begin(), point.tags.end()}, point.time, point.value);
      points.push_back(point);
    }
    auto job = db->prepare(batch.take());
    REQUIRE(job);
    std::vector<Prepared> jobs;
    jobs.push_back(std::move(*job));
    const auto written = db->append(jobs);
    REQUIRE(written);
    CHECK(written->committed_records == sent.size());
  }

  [[nodiscard]] Table ask(const AggregateQuery& query) const {
    auto table = db->aggregate(query);
    if (!table) FAIL(table.error().message << ' ' << table.error().detail);
    return std::move(*table);
  }
};

AggregateQuery query_of(std::string name, TimeRange range, MeasureKind kind) {
  AggregateQuery query{
      .family = Family::kMetricPoints,
      .filter = {BatchBuilder::id_of(9), range, {{"name", Op::kEqual, {Value(std::move(name))}}}}};
  query.measures = {{kind, "value", 0, {}, "value"}, {MeasureKind::kCount, {}, 0, {}, "points"}};
  return query;
}

/// Half an hour of five metrics on some hosts, in requests that come late and out of order.
void fill(Store& store, std::mt19937_64& random) {
  std::map<std::string, double> counters;
  std::vector<std::vector<Point>> requests;
  for (int step = 0; step < 60; ++step) {
    std::vector<Point> request;
    for (int series = 0; series < 12; ++series) {
      Point point;
      point.name = "m" + std::to_string(series % 3);
      if (series % 4 != 0) point.tags["host"] = "h" + std::to_string(series % 5);
      if (series % 2 == 0) point.tags["env"] = series % 6 == 0 ? "" : "prod";
      point.tags["series"] = std::to_string(series);
      // No two alike, so that the newest is one point.
      point.time = kStart + step * 30'000'000'000 +
                   static_cast<std::int64_t>(random() % 20) * 1'000'000 + series;
      double& counter = counters[point.tags["series"]];
      counter = random() % 15 == 0 ? 0 : counter + static_cast<double>(random() % 100) / 4;
      point.value = counter;
      request.push_back(std::move(point));
    }
    requests.push_back(std::move(request));
  }
  std::shuffle(requests.begin(), requests.end(), random);
  for (const auto& request : requests) store.append(request);
}

using Answer = std::map<std::pair<std::string, std::int64_t>, std::pair<double, std::int64_t>>;

/// By hand: every point that matches, grouped by the tag (missing: "<none>") and bucket.
Answer by_hand(const Store& store, const std::string& name, TimeRange range, MeasureKind kind,
               const std::string& tag, int minutes) {
  std::map<std::pair<std::string, std::int64_t>, std::vector<Point>> groups;
  for (const Point& point : store.points) {
    if (point.name != name || point.time < range.from_ns || point.time > range.to_ns) continue;
    const auto found = point.tags.find(tag);
    const std::string group = found == point.tags.end() ? "<none>" : found->second;
    groups[{group, point.time / (minutes * kMinute) * (minutes * kMinute)}].push_back(point);
  }
  Answer answer;
  for (auto& [key, points] : groups) {
    double value = 0;
    double sum = 0;
    for (const Point& point : points) sum += point.value;
    const auto less = [](const Point& a, const Point& b) { return a.value < b.value; };
    const auto earlier = [](const Point& a, const Point& b) { return a.time < b.time; };
    if (kind == MeasureKind::kSum) value = sum;
    if (kind == MeasureKind::kMean) value = sum / static_cast<double>(points.size());
    if (kind == MeasureKind::kMin) value = std::ranges::min_element(points, less)->value;
    if (kind == MeasureKind::kMax) value = std::ranges::max_element(points, less)->value;
    if (kind == MeasureKind::kLast) value = std::ranges::max_element(points, earlier)->value;
    if (kind == MeasureKind::kCount) value = static_cast<double>(points.size());
    answer[key] = {value, static_cast<std::int64_t>(points.size())};
  }
  return answer;
}

/// By hand, as dashboard-api 8.1 words it.
Answer rate_by_hand(const Store& store, const std::string& name, TimeRange range,
                    const std::string& tag, int minutes) {
  std::map<std::map<std::string, std::string>, std::vector<Point>> series;
  for (const Point& point : store.points) {
    if (point.name == name && point.time >= range.from_ns - 10 * kMinute &&
        point.time <= range.to_ns) {
      series[point.tags].push_back(point);
    }
  }
  Answer answer;
  for (auto& [tags, points] : series) {
    std::stable_sort(points.begin(), points.end(),
                     [](const Point& a, const Point& b) { return a.time < b.time; });
    const auto found = tags.find(tag);
    const std::string group = found == tags.end() ? "<none>" : found->second;
    for (std::size_t i = 1; i < points.size(); ++i) {
      if (points[i].time < range.from_ns) continue;
      auto& [value, count] =
          answer[{group, points[i].time / (minutes * kMinute) * (minutes * kMinute)}];
      value += std::max(0.0, points[i].value - points[i - 1].value) / (minutes * 60.0);
      ++count;
    }
  }
  return answer;
}

Answer answer_of(const Table& table, const std::string& column) {
  Answer answer;
  for (const Row& row : table.rows) {
    const std::string group = column.empty() || row.is_null(column) ? "<none>" : row.text(column);
    answer[{group, row.integer("bucket")}] = {row.real("value"), row.integer("points")};
  }
  CHECK(answer.size() == table.rows.size());
  return answer;
}

void check_equal(const Answer& found, const Answer& expected) {
  REQUIRE(found.size() == expected.size());
  for (const auto& [key, value] : expected) {
    const auto at = found.find(key);
    REQUIRE(at != found.end());
    CHECK(at->second.first == doctest::Approx(value.first).epsilon(1e-12));
    CHECK(at->second.second == value.second);
  }
}

}  // namespace

TEST_CASE("metric questions: every measure is what brute force finds") {
  std::mt19937_64 random(11);
  Store store;
  fill(store, random);
  const std::int64_t end = kStart + 30 * kMinute;
  for (const TimeRange range : {TimeRange{INT64_MIN, INT64_MAX}, TimeRange{kStart, end},
                                TimeRange{kStart + 7 * kMinute + 13, kStart + 21 * kMinute},
                                TimeRange{end + kMinute, end + 2 * kMinute}}) {
    for (const auto kind : {MeasureKind::kSum, MeasureKind::kMean, MeasureKind::kMin,
                            MeasureKind::kMax, MeasureKind::kLast, MeasureKind::kCount}) {
      for (const int minutes : {1, 5, 60}) {
        for (const std::string tag : {"", "host", "env", "nowhere"}) {
          AggregateQuery query = query_of("m1", range, kind);
          query.bucket_minutes = minutes;
          const std::string column = tag.empty() ? "" : "tags." + tag;
          if (!tag.empty()) query.group_by = {column};
          const Table table = store.ask(query);
          check_equal(answer_of(table, column), by_hand(store, "m1", range, kind, tag, minutes));
        }
      }
    }
  }
}

TEST_CASE("metric questions: a rate takes every point's predecessor, resets count as none") {
  std::mt19937_64 random(12);
  Store store;
  fill(store, random);
  for (const TimeRange range : {TimeRange{kStart, kStart + 30 * kMinute},
                                TimeRange{kStart + 12 * kMinute + 5, kStart + 20 * kMinute},
                                TimeRange{kStart - 60 * kMinute, kStart - kMinute}}) {
    for (const std::string tag : {"", "host"}) {
      AggregateQuery query = query_of("m2", range, MeasureKind::kRate);
      query.bucket_minutes = 1;
      const std::string column = tag.empty() ? "" : "tags." + tag;
      if (!tag.empty()) query.group_by = {column};
      check_equal(answer_of(store.ask(query), column), rate_by_hand(store, "m2", range, tag, 1));
    }
  }
}

TEST_CASE("metric questions: the rate of the acceptance list") {
  Store store;
  double minute = 0;
  for (const double value : {10.0, 20.0, 5.0, 15.0}) {
    store.append({{"c", {}, kStart + static_cast<std::int64_t>(minute++) * kMinute, value}});
  }
  AggregateQuery query = query_of("c", {kStart, kStart + 10 * kMinute}, MeasureKind::kRate);
  query.bucket_minutes = 1;
  const Table table = store.ask(query);
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[0].integer("bucket") == kStart + kMinute);
  CHECK(table.rows[0].real("value") == doctest::Approx(10.0 / 60));
  CHECK(table.rows[1].real("value") == 0);
  CHECK(table.rows[2].real("value") == doctest::Approx(10.0 / 60));
}

TEST_CASE("metric questions: the largest groups stay, the rest is one group or none") {
  Store store;
  std::vector<Point> points;
  for (int group = 0; group < 8; ++group) {
    for (int i = 0; i <= group; ++i) {
      points.push_back({"m",
                        {{"g", group == 3 ? "Other" : "g" + std::to_string(group)}},
                        kStart + i * kMinute,
                        group * 10.0 + i});
    }
  }
  store.append(points);
  AggregateQuery query = query_of("m", {kStart, kStart + 60 * kMinute}, MeasureKind::kSum);
  query.group_by = {"tags.g"};
  query.top = 5;
  query.top_by = "points";
  std::map<std::string, std::pair<double, std::int64_t>> found;
  const Table kept = store.ask(query);
  REQUIRE(kept.rows.size() == 6);  // a kept group may be called like the others
  double sum = 0;
  std::int64_t count = 0;
  for (const Row& row : kept.rows) {
    sum += row.real("value");
    count += row.integer("points");
  }
  double all = 0;
  for (const Point& point : points) all += point.value;
  CHECK(sum == doctest::Approx(all));
  CHECK(count == 36);
  query.other_name = {};
  const Table top = store.ask(query);
  REQUIRE(top.rows.size() == 5);
  CHECK(top.rows[0].text("tags.g") == "Other");
  CHECK(top.rows[1].text("tags.g") == "g4");
}

TEST_CASE("metric questions: names and keys of tags can be grouped by, headers count everything") {
  Store store;
  store.append({{"b", {{"x", "1"}, {"y", "1"}}, kStart, 1}, {"a", {}, kStart + 1, 1}});
  store.append({{"b", {{"z", ""}}, kStart + 2, 1}});
  AggregateQuery query{.family = Family::kMetricPoints,
                       .filter = {BatchBuilder::id_of(9), {}, {}},
                       .group_by = {"name", "tag_key"}};
  std::string found;
  for (const Row& row : store.ask(query).rows)
    found += row.text("name") + ':' + (row.is_null("tag_key") ? "-" : row.text("tag_key")) + ' ';
  CHECK(found == "a:- b:x b:y b:z ");

  AggregateQuery all{.family = Family::kMetricPoints, .filter = {BatchBuilder::id_of(9), {}, {}}};
  all.measures = {{MeasureKind::kCount, {}, 0, {}, "n"},
                  {MeasureKind::kFirstSeen, {}, 0, {}, "first"},
                  {MeasureKind::kLastSeen, {}, 0, {}, "last"}};
  const Table counted = store.ask(all);
  REQUIRE(counted.rows.size() == 1);
  CHECK(counted.rows[0].integer("n") == 3);
  CHECK(counted.rows[0].integer("first") == kStart);
  CHECK(counted.rows[0].integer("last") == kStart + 2);
  all.filter.project = BatchBuilder::id_of(10);
  CHECK(store.ask(all).rows.at(0).integer("n") == 0);
}

TEST_CASE("metric questions: a repeated request stores nothing, equal points in one both stay") {
  Store store;
  const std::vector<Point> points = {{"m", {}, kStart, 1}, {"m", {}, kStart, 2}};
  for (int i = 0; i < 2; ++i) {
    MetricBatch batch(77);
    for (const Point& point : points) batch.point(point.name, {}, point.time, point.value);
    auto job = store.db->prepare(batch.take());
    REQUIRE(job);
    std::vector<Prepared> jobs;
    jobs.push_back(std::move(*job));
    REQUIRE(store.db->append(jobs));
  }
  const AggregateQuery query = query_of("m", {kStart, kStart + 1}, MeasureKind::kLast);
  const Table table = store.ask(query);
  CHECK(table.rows.at(0).integer("points") == 2);
  CHECK(table.rows.at(0).real("value") == 2);
}

TEST_CASE("metric questions: what makes no sense is refused") {
  const Store store;
  const auto is_refused = [&](const AggregateQuery& query) {
    const auto table = store.db->aggregate(query);
    return !table && table.error().code == ErrorCode::kInvalid;
  };
  const AggregateQuery good = query_of("m", {}, MeasureKind::kMean);
  CHECK_FALSE(is_refused(good));
  AggregateQuery query = good;
  query.group_by = {"duration"};
  CHECK(is_refused(query));
  query = good;
  query.filter.predicates.push_back({"tags.a", Op::kLess, {std::string("1")}});
  CHECK(is_refused(query));
  query = good;
  query.measures[0].kind = MeasureKind::kQuantile;
  CHECK(is_refused(query));
  query = good;
  query.measures.push_back({MeasureKind::kRate, "value", 0, {}, "rate"});
  CHECK(is_refused(query));
  query = good;
  query.group_by = {"name"};
  query.top = 3;
  query.top_by = "nothing";
  CHECK(is_refused(query));
}

}  // namespace traceway::sqlite
