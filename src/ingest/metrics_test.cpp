// OTLP metrics in both encodings: names, values, tags, definitions, refusals.
#include "ingest/metrics_test_support.h"

#include <cmath>
#include <limits>

namespace traceway::ingest::test {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// "name=value" of every point, in order.
std::string points_of(const TelemetryBatch& batch) {
  std::string out;
  for (const MetricPoint& point : batch.metric_points) {
    out += std::string(point.name) + '=' + text::number_to_text(point.value) + ' ';
  }
  return out;
}

/// "name:type:unit" of every definition, in order.
std::string definitions_of(const TelemetryBatch& batch) {
  std::string out;
  for (const MetricDefinition& one : batch.metric_definitions) {
    out += one.name + ':' + std::string(metric_type_name(one.type)) + ':' + one.unit + ' ';
  }
  return out;
}

TestMetric number_metric(TestMetric::Kind kind, int temporality, bool is_monotonic) {
  return {.name = "m",
          .unit = "By",
          .kind = kind,
          .temporality = temporality,
          .is_monotonic = is_monotonic,
          .points = {{.value = 3.5}}};
}

}  // namespace

TEST_CASE("otlp metrics: numbers keep name and value, the kind decides what they are") {
  using Kind = TestMetric::Kind;
  const auto type = [](Kind kind, int temporality, bool is_monotonic) {
    const auto batch = decode(metrics_of({number_metric(kind, temporality, is_monotonic)}));
    CHECK(points_of(batch) == "m=3.5 ");
    return definitions_of(batch);
  };
  CHECK(type(Kind::kGauge, 0, false) == "m:gauge:By ");
  CHECK(type(Kind::kSum, 2, true) == "m:counter:By ");
  CHECK(type(Kind::kSum, 0, true) == "m:counter:By ");
  CHECK(type(Kind::kSum, 1, true) == "m:delta:By ");
  CHECK(type(Kind::kSum, 1, false) == "m:gauge:By ");
  CHECK(type(Kind::kSum, 2, false) == "m:gauge:By ");
  const auto whole = decode(metrics_of({{.name = "n", .points = {{.integer = -7}}}}));
  CHECK(points_of(whole) == "n=-7 ");
}

TEST_CASE("otlp metrics: distributions become what readers can draw") {
  using Kind = TestMetric::Kind;
  for (const Kind kind : {Kind::kHistogram, Kind::kExponentialHistogram}) {
    const TestMetric metric{.name = "h",
                            .unit = "ms",
                            .kind = kind,
                            .temporality = 2,
                            .points = {{.count = 4, .sum = 10, .min = 1, .max = 5}}};
    const auto batch = decode(metrics_of({metric}));
    CHECK(points_of(batch) == "h.avg=2.5 h.count=4 h.min=1 h.max=5 ");
    CHECK(definitions_of(batch) ==
          "h.avg:gauge:ms h.count:counter:count h.min:gauge:ms h.max:gauge:ms ");
  }
  const auto without = decode(
      metrics_of({{.name = "h", .kind = Kind::kHistogram, .points = {{.count = 4}}},
                  {.name = "e", .kind = Kind::kHistogram, .points = {{.count = 0, .sum = 0}}}}));
  CHECK(points_of(without) == "h.count=4 e.count=0 ");
  const auto delta = decode(metrics_of(
      {{.name = "h", .kind = Kind::kHistogram, .temporality = 1, .points = {{.count = 4}}}}));
  CHECK(definitions_of(delta) == "h.count:delta:count ");
}

TEST_CASE("otlp metrics: a summary has its quantiles, the outer ones by their names") {
  const TestMetric metric{.name = "s",
                          .unit = "s",
                          .kind = TestMetric::Kind::kSummary,
                          .points = {{.count = 2,
                                      .sum = 3,
                                      .quantiles = {{0, 1},
                                                    {0.5, 1.5},
                                                    {0.57, 1.6},
                                                    {0.99, 2},
                                                    {0.999, 2.5},
                                                    {1, 3},
                                                    {0.9, kNan},
                                                    {1.5, 7},
                                                    {kNan, 7}}}}};
  const auto batch = decode(metrics_of({metric}));
  CHECK(points_of(batch) ==
        "s.avg=1.5 s.count=2 s.min=1 s.p50=1.5 s.p57=1.6 s.p99=2 s.p99.9=2.5 s.max=3 ");
  CHECK(definitions_of(batch) ==
        "s.avg:gauge:s s.count:counter:count s.min:gauge:s s.p50:gauge:s s.p57:gauge:s s.p99:gauge:"
        "s s.p99.9:gauge:s s.max:gauge:s ");
  CHECK(batch.rejected == 0);
  // proto3 leaves out a sum of 0, and a summary always has one.
  const auto zero = decode(
      metrics_of({{.name = "s", .kind = TestMetric::Kind::kSummary, .points = {{.count = 2}}}}));
  CHECK(points_of(zero) == "s.avg=0 s.count=2 ");
}

TEST_CASE("otlp metrics: points without a number are refused, points that say so are skipped") {
  using Kind = TestMetric::Kind;
  const auto batch = decode(metrics_of(
      {{.name = "g",
        .points =
            {{}, {.value = kNan}, {.value = kInfinity}, {.value = 1}, {.value = 2, .flags = 1}}},
       {.name = "h", .kind = Kind::kHistogram, .points = {{.count = 1, .sum = kNan}}},
       {.name = "", .points = {{.value = 1}, {.value = 2}}}}));
  CHECK(points_of(batch) == "g=1 ");
  CHECK(batch.rejected == 6);
  CHECK(batch.rejected_reason ==
        "2 data points need a metric name; 4 data points need a finite value");
  CHECK(batch.records() == 1);
  const auto skipped = decode(metrics_of({{.name = "g", .points = {{.flags = 1}}}}));
  CHECK(skipped.records() == 0);
  CHECK(skipped.rejected == 0);
}

TEST_CASE("otlp metrics: tags are those of the point, then the resource's few, then the server") {
  const Attributes resource = {{"service.name", "shop"},
                               {"host.name", "resource-host"},
                               {"k8s.pod.name", "pod-1"},
                               {"process.pid", 42},
                               {"deployment.environment.name", "prod"}};
  const Attributes point = {{"host.name", "own"}, {"server_name", "liar"}, {"n", 5}, {"b", true}};
  const auto batch =
      decode(metrics_of({{.name = "m", .points = {{.attributes = point, .value = 1}}}}, resource));
  REQUIRE(batch.metric_points.size() == 1);
  CHECK(
      map_of(batch, batch.metric_points[0].attributes) ==
      R"({"host.name":"own","server_name":"shop","n":"5","b":"true","k8s.pod.name":"pod-1","process.pid":"42"})");
  const auto nameless =
      decode(metrics_of({{.name = "m", .points = {{.attributes = point, .value = 1}}}}, {}));
  CHECK(map_of(nameless, nameless.metric_points[0].attributes) ==
        R"({"host.name":"own","server_name":"liar","n":"5","b":"true"})");
}

TEST_CASE("otlp metrics: a full map of tags keeps the server") {
  Attributes point;
  for (int i = 0; i < 1500; ++i) point.emplace_back("k" + std::to_string(i), i);
  const auto batch =
      decode(metrics_of({{.name = "m", .points = {{.attributes = point, .value = 1}}}},
                        {{"service.name", "shop"}, {"host.name", "h"}}));
  const AttributeRange tags = batch.metric_points[0].attributes;
  CHECK(tags.count == 1024);
  CHECK(attribute_of(batch, tags, "server_name") == "shop");
  CHECK(attribute_of(batch, tags, "k0") == "0");
}

TEST_CASE("otlp metrics: times are repaired, names cut and cleaned") {
  const auto time_of = [](std::uint64_t sent) {
    const auto batch =
        decode(metrics_of({{.name = "m", .points = {{.value = 1, .time_ns = sent}}}}));
    return batch.metric_points.at(0).recorded_ns;
  };
  CHECK(time_of(kStartNs) == static_cast<std::int64_t>(kStartNs));
  CHECK(time_of(0) == kReceivedNs);
  CHECK(time_of(UINT64_MAX) == kReceivedNs);
  CHECK(time_of(static_cast<std::uint64_t>(kReceivedNs) + 25ULL * 3600 * 1'000'000'000) ==
        kReceivedNs);
  CHECK(time_of(1) == 1);
  const auto longest = decode(metrics_of({{.name = std::string(5000, 'x'),
                                           .kind = TestMetric::Kind::kHistogram,
                                           .points = {{.count = 1}}}}));
  CHECK(longest.metric_points.at(0).name == std::string(2048, 'x') + ".count");
}

TEST_CASE("otlp metrics: too many elements are too large, in either encoding") {
  TestMetric metric{.name = "m", .points = {}};
  metric.points.assign(100'001, {.value = 1});
  const MetricsRequest request = metrics_of({metric});
  const auto protobuf = decode_metrics_protobuf(bytes_of(to_protobuf(request)), context());
  REQUIRE_FALSE(protobuf);
  CHECK(protobuf.error().code == ErrorCode::kTooLarge);
  const auto json = decode_metrics_json(bytes_of(to_json(request)), context());
  REQUIRE_FALSE(json);
  CHECK(json.error().code == ErrorCode::kTooLarge);
}

TEST_CASE("otlp metrics: a wrong JSON type makes the request malformed, the unknown is skipped") {
  const auto is_good = [](const std::string& metric) {
    const auto batch = decode_metrics_json(
        bytes_of(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[)" + metric + "]}]}]}"),
        context());
    if (!batch) CHECK(batch.error().code == ErrorCode::kMalformed);
    return batch.has_value();
  };
  CHECK(is_good(R"({"name":"m","gauge":{"dataPoints":[{"asInt":"3"}]}})"));
  CHECK(is_good(R"({"name":"m","gauge":{"data_points":[{"as_int":3,"time_unix_nano":"5"}]}})"));
  CHECK(is_good(R"({"name":"m","unknown":{"dataPoints":7}})"));
  CHECK(
      is_good(R"({"name":"m","sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA"}})"));
  CHECK_FALSE(is_good(R"({"name":7})"));
  CHECK_FALSE(is_good("7"));
  CHECK_FALSE(is_good("null"));
  CHECK_FALSE(is_good(R"({"name":"m","gauge":[]})"));
  CHECK_FALSE(is_good(R"({"name":"m","gauge":{"dataPoints":{}}})"));
  CHECK_FALSE(is_good(R"({"name":"m","gauge":{"dataPoints":[{"asDouble":"much"}]}})"));
  CHECK_FALSE(is_good(R"({"name":"m","gauge":{"dataPoints":[{"asInt":1.5}]}})"));
  CHECK_FALSE(is_good(R"({"name":"m","sum":{"isMonotonic":"yes"}})"));
  CHECK_FALSE(is_good(R"({"name":"m","histogram":{"dataPoints":[{"count":-1}]}})"));
}

TEST_CASE("otlp metrics: of several members of the oneof the last one counts, equal ones merge") {
  const auto gauge = [](double value) {
    std::string point;
    protozero::pbf_writer(point).add_double(4, value);
    std::string data;
    protozero::pbf_writer(data).add_message(1, point);
    return data;
  };
  std::string metric;
  protozero::pbf_writer writer(metric);
  writer.add_message(5, gauge(1));
  writer.add_message(7, gauge(2));
  writer.add_message(5, gauge(3));
  writer.add_message(5, gauge(4));
  writer.add_string(1, "m");
  std::string scope, resource, request;
  protozero::pbf_writer(scope).add_message(2, metric);
  protozero::pbf_writer(resource).add_message(2, scope);
  protozero::pbf_writer(request).add_message(1, resource);
  const auto batch = decode_metrics_protobuf(bytes_of(request), context());
  REQUIRE(batch);
  CHECK(points_of(*batch) == "m=3 m=4 ");
  for (std::size_t size = 0; size < request.size(); ++size) {
    const auto cut = decode_metrics_protobuf(bytes_of(request.substr(0, size)), context());
    if (!cut) CHECK(cut.error().code == ErrorCode::kMalformed);
  }
}

}  // namespace traceway::ingest::test
