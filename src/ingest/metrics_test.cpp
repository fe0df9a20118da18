// OTLP metrics in both encodings: names, values, tags, definitions, refusals; what real SDKs sent.
#include "ingest/fixture_test_support.h"
#include "ingest/metrics_test_support.h"

#include <algorithm>
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

namespace {

TelemetryBatch recorded(const std::string& fixture) {
  const json::Value head = json_file("fixtures/" + fixture + ".json").at("headers");
  auto batch = text_of(head, "content-type") == "application/json"
                   ? decode_metrics_json(recorded_body(fixture), context())
                   : decode_metrics_protobuf(recorded_body(fixture), context());
  REQUIRE(batch);
  CHECK(batch->rejected == 0);
  return std::move(*batch);
}

/// Names with how many points each has, in order of their first.
std::string counts_of(const TelemetryBatch& batch) {
  std::string out;
  for (const MetricDefinition& one : batch.metric_definitions) {
    const auto points = std::ranges::count(batch.metric_points, one.name, &MetricPoint::name);
    out += one.name + '*' + std::to_string(points) + ' ';
  }
  return out;
}

const MetricPoint& point_of(const TelemetryBatch& batch, std::string_view name) {
  const auto found = std::ranges::find(batch.metric_points, name, &MetricPoint::name);
  REQUIRE(found != batch.metric_points.end());
  return *found;
}

}  // namespace

TEST_CASE("otlp metrics: what an instrumented web server sent, in all four ways") {
  for (const std::string fixture : {"otel-js-proto/003-metrics", "otel-js-proto-gzip/002-metrics",
                                    "otel-js-json/003-metrics", "otel-js-json-gzip/003-metrics"}) {
    CAPTURE(fixture);
    const TelemetryBatch batch = recorded(fixture);
    CHECK(counts_of(batch) ==
          "http.server.request.duration.avg*4 http.server.request.duration.count*4 "
          "http.server.request.duration.min*4 http.server.request.duration.max*4 "
          "http.client.request.duration.avg*4 http.client.request.duration.count*4 "
          "http.client.request.duration.min*4 http.client.request.duration.max*4 shop.orders*2 "
          "shop.carts*1 shop.checkout.duration.avg*1 shop.checkout.duration.count*1 "
          "shop.checkout.duration.min*1 shop.checkout.duration.max*1 mem.used*1 mem.total*1 "
          "cpu.used_pcnt*1 go.go_routines*1 go.heap_objects*1 go.num_gc*1 go.gc_pause*1 "
          "shop.temperature*1 ");
    CHECK(definitions_of(batch).starts_with(
        "http.server.request.duration.avg:gauge:s http.server.request.duration.count:counter:count "
        "http.server.request.duration.min:gauge:s http.server.request.duration.max:gauge:s "));
    CHECK(definitions_of(batch).find("shop.orders:counter:") != std::string::npos);
    CHECK(definitions_of(batch).find("shop.carts:gauge:") != std::string::npos);
    CHECK(point_of(batch, "shop.checkout.duration.avg").value == 25);
    CHECK(point_of(batch, "mem.used").value == 612.5);
    CHECK(point_of(batch, "shop.temperature").value == -3.75);
    CHECK(point_of(batch, "http.server.request.duration.count").value == 9);
    const AttributeRange tags = point_of(batch, "http.server.request.duration.count").attributes;
    CHECK(attribute_of(batch, tags, "http.route") == "/v1/users/:id");
    CHECK(attribute_of(batch, tags, "http.response.status_code") == "200");
    CHECK(attribute_of(batch, tags, "host.name") == "web-1");
    CHECK(attribute_of(batch, tags, "server_name") == "shop-api-demo");
    CHECK(attribute_of(batch, tags, "deployment.environment.name") == "(none)");
    CHECK(attribute_of(batch, tags, "service.version") == "(none)");
  }
}

TEST_CASE("otlp metrics: what an SDK with delta temporality sent") {
  for (const std::string fixture :
       {"otel-js-metrics-json/001-metrics", "otel-js-metrics-proto-gzip/001-metrics"}) {
    CAPTURE(fixture);
    const TelemetryBatch batch = recorded(fixture);
    CHECK(counts_of(batch) ==
          "rpc.duration.avg*1 rpc.duration.count*1 rpc.duration.min*1 rpc.duration.max*1 "
          "jobs.done*1 room.temp*2 by.host*50 ");
    CHECK(point_of(batch, "rpc.duration.avg").value == 32.0 / 6);
    CHECK(point_of(batch, "rpc.duration.min").value == 0.5);
    CHECK(point_of(batch, "rpc.duration.max").value == 16.5);
    CHECK(point_of(batch, "jobs.done").value == 5);
    CHECK(definitions_of(batch).find("jobs.done:delta:") != std::string::npos);
    CHECK(definitions_of(batch).find("by.host:delta:") != std::string::npos);
    double sum = 0;
    for (const MetricPoint& point : batch.metric_points) {
      if (point.name == "by.host") sum += point.value;
    }
    CHECK(sum == 50 * 51 / 2);
  }
  CHECK(counts_of(recorded("otel-js-metrics-proto-gzip/002-metrics")) ==
        "rpc.duration.avg*1 rpc.duration.count*1 rpc.duration.min*1 rpc.duration.max*1 jobs.done*1 "
        "room.temp*1 ");
}

TEST_CASE("otlp metrics: the example of the protocol's own repository") {
  const auto batch =
      decode_metrics_json(bytes_of(file_of("fixtures/otlp-examples/metrics.json")), context());
  REQUIRE(batch);
  CHECK(points_of(*batch) ==
        "my.counter=5 my.gauge=10 my.histogram.avg=1 my.histogram.count=2 my.histogram.min=0 "
        "my.histogram.max=2 my.exponential.histogram.avg=3.3333333333333335 "
        "my.exponential.histogram.count=3 my.exponential.histogram.min=0 "
        "my.exponential.histogram.max=5 ");
  CHECK(definitions_of(*batch).starts_with("my.counter:delta:1 my.gauge:gauge:1 "));
}

}  // namespace traceway::ingest::test
