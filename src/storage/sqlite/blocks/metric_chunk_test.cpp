#include "storage/sqlite/blocks/metric_chunk.h"

#include "storage/sqlite/blocks/metric_encode.h"
#include "storage/sqlite/metrics_for_test.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <random>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::int64_t kNoon = 1'790'000'000'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

/// A chunk framed and opened again, as it would be read from a file.
struct Read {
  std::string points_blob, series_blob, series_raw;
  MetricChunkParts parts;
  MetricSeries series;
  MetricPoints points;

  explicit Read(const EncodedChunk& chunk) {
    const EncodedChunk* const one[] = {&chunk};
    points_blob = join_chunks(one, Part::kHot);
    series_blob = join_chunks(one, Part::kAttributes);
    parts = {BlockView::open(points_blob, Part::kHot)->chunk(0),
             BlockView::open(series_blob, Part::kAttributes)->chunk(0)};
    const auto raw = decompress(parts.series, series_raw);
    REQUIRE(raw.has_value());
    REQUIRE(series.read(*raw));
    REQUIRE(points.read(parts.points));
    REQUIRE(series.size() == points.series());
  }
};

/// "name{key=value,...}" to its (time, bits) in order.
using Rows = std::map<std::string, std::vector<std::pair<std::int64_t, std::uint64_t>>>;

void add_rows(Read& read, Rows& rows) {
  for (std::size_t i = 0; i < read.series.size(); ++i) {
    std::string name = std::string(read.series.name(i)) + '{';
    for (const TagNumbers& tag : read.series.tags(i)) {
      name.append(read.series.text(tag.key)).append("=");
      name.append(read.series.text(tag.value)).append(",");
    }
    auto& to = rows[name + '}'];
    const auto times = read.points.times(i);
    const auto values = read.points.values(i);
    REQUIRE(times.size() == values.size());
    REQUIRE(times.size() == read.points.count(i));
    for (std::size_t p = 0; p < times.size(); ++p)
      to.emplace_back(times[p], std::bit_cast<std::uint64_t>(values[p]));
  }
}

Rows rows_of(const TelemetryBatch& batch) {
  Rows rows;
  for (const MetricPoint& point : batch.metric_points) {
    std::map<std::string, std::string> tags;
    for (std::uint32_t i = 0; i < point.attributes.count; ++i) {
      const Attribute& tag = batch.attributes[point.attributes.first + i];
      tags[std::string(tag.key)] = tag.value;
    }
    std::string name = std::string(point.name) + '{';
    for (const auto& [key, value] : tags) name += key + '=' + value + ',';
    rows[name + '}'].emplace_back(point.recorded_ns, std::bit_cast<std::uint64_t>(point.value));
  }
  for (auto& [name, points] : rows)
    std::ranges::stable_sort(points, {}, [](const auto& point) { return point.first; });
  return rows;
}

double odd_value(std::mt19937_64& random) {
  switch (random() % 8) {
    case 0:
      return static_cast<double>(random() % 100);
    case 1:
      return static_cast<double>(random() % 10'000) / 100;
    case 2:
      return std::bit_cast<double>(random() % 0x7FE0000000000000ULL);
    case 3:
      return -static_cast<double>(random()) / 3;
    case 4:
      return random() % 2 == 0 ? 0.0 : -0.0;
    case 5:
      return std::numeric_limits<double>::max();
    case 6:
      return std::numeric_limits<double>::denorm_min();
    default:
      return 0.1 * static_cast<double>(random() % 50);
  }
}

std::int64_t odd_time(std::mt19937_64& random) {
  switch (random() % 6) {
    case 0:
      return std::numeric_limits<std::int64_t>::min();
    case 1:
      return std::numeric_limits<std::int64_t>::max();
    case 2:
      return static_cast<std::int64_t>(random());
    default:
      return kNoon + static_cast<std::int64_t>(random() % 1000) * kSecond;
  }
}

}  // namespace

TEST_CASE("metric chunks: every point comes back bit for bit, by series and time") {
  std::mt19937_64 random(5);
  for (int round = 0; round < 60; ++round) {
    MetricBatch batch(random());
    const std::size_t points = 1 + random() % 400;
    const bool is_odd = round % 2 == 0;
    for (std::size_t i = 0; i < points; ++i) {
      std::vector<std::pair<std::string, std::string>> tags;
      for (std::uint64_t tag = random() % 4; tag > 0; --tag)
        tags.emplace_back("k" + std::to_string(random() % 3), std::to_string(random() % 4));
      const std::int64_t time =
          is_odd ? odd_time(random) : kNoon + static_cast<std::int64_t>(random() % 100) * kSecond;
      batch.point("m" + std::to_string(random() % 5), tags, time,
                  is_odd ? odd_value(random) : static_cast<double>(random() % 1000) / 8);
    }
    const TelemetryBatch made = batch.take();
    const EncodedChunk chunk = thread_metric_encoder().encode(made.metric_points, made.attributes);
    CHECK(chunk.stats.rows == points);
    Read read(chunk);
    CHECK(read.points.rows() == points);
    CHECK(read.points.min_time() == chunk.stats.min_time);
    CHECK(read.points.max_time() == chunk.stats.max_time);
    Rows rows;
    add_rows(read, rows);
    CHECK(rows == rows_of(made));
  }
}

TEST_CASE("metric chunks: a series is its name and its tags, in whatever order these came") {
  MetricBatch batch(1);
  batch.point("m", {{"a", "1"}, {"b", "2"}}, kNoon, 1);
  batch.point("m", {{"b", "2"}, {"a", "1"}}, kNoon + 1, 2);
  batch.point("m", {{"a", "0"}, {"b", "2"}, {"a", "1"}}, kNoon + 2, 3);
  batch.point("m", {{"a", "1"}}, kNoon, 4);
  batch.point("n", {{"a", "1"}, {"b", "2"}}, kNoon, 5);
  const TelemetryBatch made = batch.take();
  Read read(thread_metric_encoder().encode(made.metric_points, made.attributes));
  REQUIRE(read.series.size() == 3);
  CHECK(read.points.count(0) == 3);
  CHECK(read.series.identity(0) != read.series.identity(1));
  CHECK(read.series.identity(0) != read.series.identity(2));
  MetricBatch other(2);
  other.point("n", {}, kNoon, 1);
  other.point("m", {{"b", "2"}, {"a", "1"}}, kNoon, 1);
  const TelemetryBatch again = other.take();
  Read second(thread_metric_encoder().encode(again.metric_points, again.attributes));
  CHECK(second.series.identity(1) == read.series.identity(0));
}

TEST_CASE("metric chunks: sealing merges series, orders them and keeps every point") {
  std::mt19937_64 random(6);
  std::vector<EncodedChunk> chunks;
  Rows expected;
  std::size_t rows = 0;
  for (int i = 0; i < 200; ++i) {
    MetricBatch batch(random());
    const std::int64_t time = kNoon + static_cast<std::int64_t>(random() % 500) * kSecond;
    for (int series = 0; series < 150; ++series) {
      batch.point("m" + std::to_string(series % 7), {{"host", std::to_string(series)}}, time,
                  odd_value(random));
    }
    const TelemetryBatch made = batch.take();
    for (auto& [name, points] : rows_of(made)) {
      auto& to = expected[name];
      to.insert(to.end(), points.begin(), points.end());
    }
    rows += made.metric_points.size();
    chunks.push_back(thread_metric_encoder().encode(made.metric_points, made.attributes));
  }
  for (auto& [name, points] : expected)
    std::ranges::stable_sort(points, {}, [](const auto& point) { return point.first; });
  std::vector<MetricChunkParts> parts;
  for (const EncodedChunk& chunk : chunks) {
    parts.push_back({chunk.parts[static_cast<std::size_t>(Part::kHot)],
                     chunk.parts[static_cast<std::size_t>(Part::kAttributes)]});
  }
  // Packed columns are read a word at a time, so their bytes must be followed by spare ones.
  std::vector<std::string> padded;
  for (MetricChunkParts& one : parts)
    padded.push_back(std::string(one.points) + std::string(8, '\0'));
  for (std::size_t i = 0; i < parts.size(); ++i)
    parts[i].points = std::string_view(padded[i]).substr(0, parts[i].points.size());
  parts.push_back({"damage", "damage"});

  const SealedMetrics sealed = seal_metric_chunks(parts);
  CHECK(sealed.damaged == 1);
  CHECK(sealed.chunks.size() == (rows + kMaxSealedPoints - 1) / kMaxSealedPoints);
  Rows found;
  std::size_t found_rows = 0;
  std::string last;
  for (const EncodedChunk& chunk : sealed.chunks) {
    CHECK(chunk.stats.rows <= kMaxSealedPoints);
    Read read(chunk);
    found_rows += read.points.rows();
    add_rows(read, found);
    for (std::size_t i = 0; i < read.series.size(); ++i) {
      CHECK(last <= read.series.name(i));
      last = read.series.name(i);
    }
  }
  CHECK(found_rows == rows);
  CHECK(found == expected);
}

TEST_CASE("metric chunks: sealed points of a usual application take few bytes") {
  // 100 series of a service on 2 hosts, exported every 10 s with a jitter of milliseconds:
  // counters, levels with two decimals, whole levels, constants, and means of full precision.
  std::mt19937_64 random(7);
  std::vector<std::string> padded;
  std::vector<EncodedChunk> chunks;
  std::vector<double> counters(200);
  for (int export_number = 0; export_number < 400; ++export_number) {
    for (int host = 0; host < 2; ++host) {
      MetricBatch batch(random());
      const std::int64_t time = kNoon + export_number * 10 * kSecond +
                                static_cast<std::int64_t>(random() % 8) * 1'000'000;
      for (std::size_t series = 0; series < 100; ++series) {
        double value = 16'384;
        if (series < 40) value = counters[series] += static_cast<double>(random() % 50);
        if (series >= 40 && series < 65) value = static_cast<double>(random() % 10'000) / 100;
        if (series >= 65 && series < 85) value = static_cast<double>(500 + random() % 200);
        if (series >= 85 && series < 90)
          value = 1.0 / static_cast<double>(1 + random() % 1'000'000);
        batch.point("app.metric." + std::to_string(series / 4),
                    {{"server_name", "shop"},
                     {"host.name", "host-" + std::to_string(host)},
                     {"route", "/api/v1/things/" + std::to_string(series % 4)}},
                    time, value);
      }
      const TelemetryBatch made = batch.take();
      chunks.push_back(thread_metric_encoder().encode(made.metric_points, made.attributes));
    }
  }
  for (const EncodedChunk& chunk : chunks)
    padded.push_back(chunk.parts[static_cast<std::size_t>(Part::kHot)] + std::string(8, '\0'));
  std::vector<MetricChunkParts> parts;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    parts.push_back({std::string_view(padded[i]).substr(0, padded[i].size() - 8),
                     chunks[i].parts[static_cast<std::size_t>(Part::kAttributes)]});
  }
  std::size_t bytes = 0;
  for (const EncodedChunk& chunk : seal_metric_chunks(parts).chunks) {
    for (const std::string& part : chunk.parts) bytes += part.size();
  }
  const double per_point = static_cast<double>(bytes) / 80'000;
  MESSAGE("bytes per sealed point: " << per_point);
  CHECK(per_point <= 2.5);
}

TEST_CASE("metric chunks: damaged bytes are refused or read as other points, never past the end") {
  std::mt19937_64 random(8);
  MetricBatch batch(3);
  for (int i = 0; i < 300; ++i) {
    batch.point("m" + std::to_string(i % 3), {{"k", std::to_string(i % 2)}}, kNoon + i * kSecond,
                odd_value(random));
  }
  const TelemetryBatch made = batch.take();
  const EncodedChunk chunk = thread_metric_encoder().encode(made.metric_points, made.attributes);
  const std::string points = chunk.parts[static_cast<std::size_t>(Part::kHot)];
  std::string buffer;
  const auto raw = decompress(chunk.parts[static_cast<std::size_t>(Part::kAttributes)], buffer);
  REQUIRE(raw);
  for (int round = 0; round < 3000; ++round) {
    for (const std::string& whole : {points, std::string(*raw)}) {
      std::string bytes = whole;
      bytes[random() % bytes.size()] = static_cast<char>(random());
      if (round % 3 == 0) bytes.resize(random() % bytes.size());
      bytes.append(8, '\0');  // what BlockView and decompress() promise
      const std::string_view damaged = std::string_view(bytes).substr(0, bytes.size() - 8);
      MetricPoints read;
      if (read.read(damaged)) {
        for (std::size_t i = 0; i < read.series(); ++i)
          CHECK(read.times(i).size() == read.values(i).size());
      }
      MetricSeries series;
      if (series.read(damaged)) {
        for (std::size_t i = 0; i < series.size(); ++i) (void)series.identity(i);
      }
    }
  }
}

}  // namespace traceway::sqlite::blocks
