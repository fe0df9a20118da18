// The bad-input matrix, metric exports: points that cannot be kept are counted, the rest is kept as
// sent.
#include "support/bad_input.h"
#include "support/otlp_builder.h"
#include "support/otlp_schema.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace traceway::test {

namespace {

constexpr const char* kNames = "/api/metrics/discover";

std::string now() {
  return "'timeUnixNano':'" + std::to_string(unix_now_ns()) + "'";
}

/// A request of these metrics, quoted with '.
std::string request_of(const std::string& metrics) {
  return unquoted("{'resourceMetrics':[{'scopeMetrics':[{'metrics':[" + metrics + "]}]}]}");
}

std::string gauge(const std::string& name, const std::string& point) {
  return "{'name':'" + name + "','gauge':{'dataPoints':[{" + point + "}]}}";
}

std::string good() {
  return gauge("good", now() + ",'asDouble':1.5");
}

std::string names(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& name : all) out += (out.empty() ? "" : ",") + ("{'name':'" + name + "'}");
  return "{'metrics':[" + out + "]}";
}

class Rows {
 public:
  /// In both encodings. `found`: the names that are there afterwards.
  void both(const std::string& name, const std::string& metrics, std::uint64_t kept,
            std::uint64_t rejected, const std::vector<std::string>& found) {
    const std::string json = request_of(metrics);
    for (const Encoding encoding : {Encoding::kJson, Encoding::kProtobuf}) {
      BadInput row{name, encoding == Encoding::kJson ? json : protobuf_of(Signal::kMetrics, json),
                   200, kept, rejected};
      row.type = media_type(encoding);
      row.question = kNames;
      row.answer = names(found);
      all.push_back(std::move(row));
    }
  }

  void refused(const std::string& name, const std::string& metrics) {
    all.push_back({name, request_of(metrics), 400});
  }

  std::vector<BadInput> all;
};

void add_number_rows(Rows& rows) {
  const auto point = [&](const char* name, const std::string& members, std::uint64_t rejected) {
    rows.both(
        name, gauge("odd", members) + "," + good(), rejected == 0 ? 2 : 1, rejected,
        rejected == 0 ? std::vector<std::string>{"good", "odd"} : std::vector<std::string>{"good"});
  };
  point("NaN", now() + ",'asDouble':'NaN'", 1);
  point("infinity", now() + ",'asDouble':'Infinity'", 1);
  point("minus infinity", now() + ",'asDouble':'-Infinity'", 1);
  point("no value", now(), 1);
  point("1e308", now() + ",'asDouble':1e308", 0);
  point("the smallest double", now() + ",'asDouble':5e-324", 0);
  point("the least integer", now() + ",'asInt':'-9223372036854775808'", 0);
  point("no time", "'asDouble':2", 0);
  point("a time in the year 2200", "'timeUnixNano':'7258118400000000000','asDouble':2", 0);
  point("a start after its time",
        now() + ",'startTimeUnixNano':'18446744073709551615','asDouble':2", 0);
  rows.both("no recorded value is skipped, not rejected",
            gauge("odd", now() + ",'flags':1") + "," + good(), 1, 0, {"good"});
  rows.both("an empty name", gauge("", now() + ",'asDouble':2") + "," + good(), 1, 1, {"good"});
  rows.both("no name", "{'gauge':{'dataPoints':[{" + now() + ",'asDouble':2}]}}," + good(), 1, 1,
            {"good"});
  rows.both("a metric without data", "{'name':'odd'}," + good(), 1, 0, {"good"});
  rows.both("a metric without points", "{'name':'odd','gauge':{}}," + good(), 1, 0, {"good"});
  rows.both("a temporality that does not exist",
            "{'name':'odd','sum':{'aggregationTemporality':99,'isMonotonic':true,'dataPoints':[{" +
                now() + ",'asInt':'1'}]}}," + good(),
            2, 0, {"good", "odd"});
  std::string attributes;
  for (int i = 0; i < 10'000; ++i)
    attributes +=
        (i == 0 ? "" : ",") + ("{'key':'a" + std::to_string(i) + "','value':{'intValue':'1'}}");
  rows.both("10,000 attributes",
            gauge("odd", now() + ",'asDouble':2,'attributes':[" + attributes + "]") + "," + good(),
            2, 0, {"good", "odd"});
}

void add_distribution_rows(Rows& rows) {
  const auto metric = [](const char* kind, const std::string& members) {
    return "{'name':'odd','" + std::string(kind) + "':{'dataPoints':[{" + now() + "," + members +
           "}]}}";
  };
  rows.both("a histogram of nothing has a count", metric("histogram", "'count':'0'"), 1, 0,
            {"odd.count"});
  rows.both("a histogram without a sum", metric("histogram", "'count':'3'"), 1, 0, {"odd.count"});
  rows.both(
      "more bounds than buckets",
      metric("histogram", "'count':'3','sum':6,'bucketCounts':['1'],'explicitBounds':[1,2,3,4]"), 2,
      0, {"odd.avg", "odd.count"});
  rows.both("bounds that are not in order",
            metric("histogram",
                   "'count':'3','sum':6,'bucketCounts':['1','1','1'],'explicitBounds':[5,-5]"),
            2, 0, {"odd.avg", "odd.count"});
  rows.both("a count of 2^64-1", metric("histogram", "'count':'18446744073709551615','sum':6"), 2,
            0, {"odd.avg", "odd.count"});
  rows.both("a scale and an offset at the end of their type",
            metric("exponentialHistogram",
                   "'count':'3','sum':6,'scale':-2147483648,'positive':{'offset':2147483647,'"
                   "bucketCounts':['1']}"),
            2, 0, {"odd.avg", "odd.count"});
  rows.both("a summary of nothing", metric("summary", "'count':'0'"), 1, 0, {"odd.count"});
  rows.both("a summary with its quantiles",
            metric("summary",
                   "'count':'2','sum':6,'quantileValues':[{'quantile':0,'value':1},{'quantile':0.5,"
                   "'value':3},{'quantile':0.999,'value':4},{'quantile':1,'value':5}]"),
            6, 0, {"odd.avg", "odd.count", "odd.max", "odd.min", "odd.p50", "odd.p99.9"});
}

void add_type_rows(Rows& rows) {
  rows.refused("metrics that are null", "null");
  rows.refused("a metric that is a number", "7");
  rows.refused("points that are an object", "{'name':'m','gauge':{'dataPoints':{}}}");
  rows.refused("a point that is null", "{'name':'m','gauge':{'dataPoints':[null]}}");
  rows.refused("a name that is a number", "{'name':7}");
  std::string points = "{}";
  for (int i = 0; i < 100'000; ++i) points += ",{}";
  BadInput many{"100,001 points",
                request_of("{'name':'m','gauge':{'dataPoints':[" + points + "]}}"),
                413,
                0,
                0,
                "too many"};
  rows.all.push_back(std::move(many));
}

void run(void (*add)(Rows&)) {
  const auto route = find_route(Signal::kMetrics);
  if (!route || !has_route("GET", kNames)) return;
  IngestDesk desk;
  Rows rows;
  add(rows);
  desk.run_all(*route, rows.all);
}

}  // namespace

TEST_CASE("bad metrics: a number that is none is rejected, every other is kept") {
  run(add_number_rows);
}

TEST_CASE("bad metrics: distributions that contradict themselves are kept as far as they go") {
  run(add_distribution_rows);
}

TEST_CASE("bad metrics: JSON of a wrong type is refused, and too many points are") {
  run(add_type_rows);
}

}  // namespace traceway::test
