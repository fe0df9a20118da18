// Logs against the real server: records reported by OTLP in either encoding, and every question
// about them.
#include "base/text.h"
#include "support/scenario.h"
#include "support/seed.h"
#include "support/stage.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace traceway::test {

namespace {

constexpr std::uint64_t kMinute = 60'000'000'000;

const std::string kTraceHex = "7b873c7bbf35739e79e1f7b9736739f7";
const std::string kTraceDashed = "7b873c7b-bf35-739e-79e1-f7b9736739f7";
const std::string kSpanHex = "7dfd3877775ae1bd";

OtlpLog line(std::uint64_t minutes_ago, int severity, std::string body) {
  OtlpLog log;
  log.time_ns = unix_now_ns() - minutes_ago * kMinute;
  log.severity = severity;
  log.body = std::move(body);
  return log;
}

/// Five lines of `shop`, of which two belong to a trace, and one of `mail` from two days ago.
void report_lines(Stage& stage) {
  OtlpLogExport shop;
  shop.resource = {{"service.name", std::string("shop")}, {"host.name", std::string("web-1")}};
  shop.scope = {{"team", std::string("core")}};
  shop.logs = {line(50, 9, "user alice signed in"), line(40, 9, "cart has 3 items"),
               line(30, 13, "Payment provider is slow, attempt=2"),
               line(20, 17, "payment failed: Connection refused"),
               line(10, 5, "cache 100%_full \\ evicting")};
  for (OtlpLog* log : {&shop.logs[2], &shop.logs[3]}) {
    log->trace_id = *text::from_hex(kTraceHex);
    log->span_id = *text::from_hex(kSpanHex);
    log->attributes = {{"order", std::string("42")}, {"retry", true}};
  }
  stage.report(shop);
  OtlpLogExport mail;
  mail.resource = {{"service.name", std::string("mail")}};
  mail.logs = {line(2 * 24 * 60, 0, "queue drained")};
  stage.report(mail);
}

std::string page(const std::string& members = {}, const std::string& from = {}) {
  const std::string start = from.empty() ? "2020-01-01T00:00:00Z" : from;
  return R"({"fromDate":")" + start + R"(","pagination":{"page":1,"pageSize":20})" +
         (members.empty() ? "" : "," + members) + "}";
}

std::string hours_ago(std::uint64_t hours) {
  return to_rfc3339(static_cast<std::int64_t>(unix_now_ns() - hours * 60 * kMinute));
}

/// The first word of each body, in the order of the answer.
std::string words_of(const RawAnswer& answer) {
  std::string out;
  for (const json::Value& row : json_of(answer).at("data").items()) {
    const std::string body = row.at("body").as_string().value_or("?");
    out += body.substr(0, body.find(' ')) + " ";
  }
  return out;
}

}  // namespace

TEST_CASE("logs api: records are listed newest first, with every member") {
  Stage stage;
  report_lines(stage);
  const auto answer = run_scenario(
      stage.client, {"all", "POST", stage.at("/api/logs"), page(), 200,
                     is_like(R"({"data":[
        {"body":"cache 100%_full \\ evicting","severityNumber":5,"severityText":"DEBUG"},
        {"id":"<uuid>","projectId":"<uuid>","timestamp":"<time>","traceId":")" +
                             kTraceHex + R"(","spanId":")" + kSpanHex +
                             R"(","traceFlags":0,"severityText":"ERROR","severityNumber":17,
        "serviceName":"shop","body":"payment failed: Connection refused","resourceSchemaUrl":"",
        "resourceAttributes":{"service.name":"shop","host.name":"web-1"},"scopeSchemaUrl":"",
        "scopeName":"tests","scopeVersion":"","scopeAttributes":{"team":"core"},
        "logAttributes":{"order":"42","retry":"true"}},
        {"severityNumber":13},{"body":"cart has 3 items","traceId":"","spanId":"","logAttributes":{}},
        {},{"serviceName":"mail","severityNumber":0,"severityText":"","scopeAttributes":{}}],
        "pagination":{"page":1,"pageSize":20,"total":6,"totalPages":1}})")});
  CHECK(words_of(answer) == "cache payment Payment cart user queue ");

  const json::Value first = std::move(json_of(answer).at("data").items()[1]);
  const std::string id = first.at("id").as_string().value_or("");
  run_scenarios(
      stage.client,
      {{"one", "GET", stage.at("/api/logs/" + id), {}, 200, is_like(first.dump())},
       {"none",
        "GET",
        stage.at("/api/logs/11111111-1111-4111-8111-111111111111"),
        {},
        404,
        is_error("Log record not found")},
       {"no id", "GET", stage.at("/api/logs/seven"), {}, 400, is_error("invalid logId")}});
}

TEST_CASE("logs api: JSON is taken as well, and says partial success like protobuf does") {
  Stage stage;
  OtlpLogExport logs;
  logs.logs = {line(1, 9, "hello")};
  run_scenarios(
      stage.client,
      {{"json", "POST", "/api/otel/v1/logs", to_json(logs), 200, is_text("{}"),
        stage.ingest("application/json")},
       {"empty", "POST", "/api/otel/v1/logs", "{}", 200, is_text("{}"),
        stage.ingest("application/json")},
       {"broken", "POST", "/api/otel/v1/logs", "{", 400,
        is_text(R"({"code":3,"message":"invalid JSON"})"), stage.ingest("application/json")},
       {"no token",
        "POST",
        "/api/otel/v1/logs",
        "{}",
        401,
        is_like(R"({"code":16})"),
        {{"Content-Type", "application/json"}}},
       {"other type", "POST", "/api/otel/v1/logs", "{}", 415, is_like(R"({"code":3})"),
        stage.ingest("text/plain")},
       {"stored", "POST", stage.at("/api/logs"), page(), 200,
        is_like(R"({"data":[{"body":"hello"}],"pagination":{"total":1}})")}});
}

TEST_CASE("logs api: every filter keeps what it says") {
  Stage stage;
  report_lines(stage);
  const std::string day = hours_ago(23);
  const auto found = [&](const std::string& members, const std::string& from = {}) {
    return words_of(run_scenario(
        stage.client, {members, "POST", stage.at("/api/logs"), page(members, from), 200}));
  };
  CHECK(found(R"("minSeverity":13)") == "payment Payment ");
  CHECK(found(R"("serviceName":"mail")") == "queue ");
  CHECK(found(R"("scopeName":"other")").empty());
  CHECK(found(R"("traceId":")" + kTraceHex + '"') == "payment Payment ");
  CHECK(found(R"("traceId":"7B873C7BBF35739E79E1F7B9736739F7","spanId":"7DFD3877775AE1BD")") ==
        "payment Payment ");
  CHECK(found(R"("spanId":"0000000000000001")").empty());
  CHECK(found(R"("traceId":"none")").empty());
  CHECK(found(R"("distributedTraceId":")" + kTraceDashed + '"') == "payment Payment ");
  CHECK(found(R"("excludeTraceId":")" + kTraceHex + '"') == "cache cart user queue ");
  CHECK(found(R"("attributeFilters":[{"scope":"log","key":"order","value":"42"},
                 {"scope":"resource","key":"host.name","value":"web-1"},
                 {"scope":"scope","key":"team","value":"core"}])") == "payment Payment ");
  CHECK(found(R"("attributeFilters":[{"scope":"log","key":"order","value":"4"}])").empty());
  CHECK(found(R"("search":"SHO","searchType":"service","minSeverity":9)") ==
        "payment Payment cart user ");
  CHECK(found(R"("search":")" + kTraceHex + R"(","searchType":"trace")") == "payment Payment ");
  CHECK(found(R"("search":"PAY")", day) == "payment Payment ");
  CHECK(found(R"("search":"0%_f")", day) == "cache ");
  CHECK(found(R"("search":"nnection")", day) == "payment ");
  CHECK(found(R"("search":"nnection","searchMode":"words")", day).empty());
  CHECK(found(R"("search":"refused pay","searchMode":"words")", day) == "payment ");
  CHECK(found(R"("search":"attempt 2","searchMode":"words")", day) == "Payment ");
  CHECK(found(R"("toDate":"2020-01-02T00:00:00Z")").empty());
}

TEST_CASE("logs api: orders and pages") {
  Stage stage;
  report_lines(stage);
  const auto ordered = [&](const std::string& members) {
    return words_of(
        run_scenario(stage.client, {members, "POST", stage.at("/api/logs"), page(members), 200}));
  };
  CHECK(ordered(R"("sortDirection":"asc")") == "queue user cart Payment payment cache ");
  CHECK(ordered(R"("orderBy":"severity_number")") == "payment Payment cart user cache queue ");
  CHECK(ordered(R"("orderBy":"service_name","sortDirection":"asc")") ==
        "queue cache payment Payment cart user ");
  CHECK(ordered(R"("orderBy":"body; DROP TABLE log_blocks")") ==
        "cache payment Payment cart user queue ");
  run_scenarios(
      stage.client,
      {{"second page", "POST", stage.at("/api/logs"), R"({"pagination":{"page":2,"pageSize":4}})",
        200, is_like(R"({"data":[{"body":"user alice signed in"},{"body":"queue drained"}],
                    "pagination":{"page":2,"pageSize":4,"total":6,"totalPages":2}})")},
       {"past the end", "POST", stage.at("/api/logs"), R"({"pagination":{"page":9,"pageSize":4}})",
        200, is_like(R"({"data":[],"pagination":{"page":9,"total":6,"totalPages":2}})")}});
}

TEST_CASE("logs api: what is asked wrongly is told") {
  Stage stage;
  const std::string invalid = "Invalid request body";
  const std::string too_wide =
      "Body search over more than 24 hours requires a filter (service, severity, trace, or "
      "attribute). Narrow the time range or add a filter to continue.";
  std::string many = R"("attributeFilters":[)";
  for (int i = 0; i < 21; ++i) many += R"({"scope":"log","key":"k","value":"v"},)";
  many.back() = ']';
  const auto wrong = [&](const std::string& name, const std::string& body, int status,
                         const std::string& text) {
    return Scenario{name, "POST", stage.at("/api/logs"), body, status, is_error(text)};
  };
  run_scenarios(
      stage.client,
      {wrong("no pagination", "{}", 400, invalid),
       wrong("no JSON", "{", 400, invalid),
       wrong("page size", R"({"pagination":{"page":1,"pageSize":101}})", 400, invalid),
       wrong("wrong type", page(R"("search":7)"), 400, invalid),
       wrong("severity", page(R"("minSeverity":256)"), 400, invalid),
       wrong("trace id", page(R"("distributedTraceId":"abc")"), 400, "invalid distributedTraceId"),
       wrong("mode", page(R"("searchMode":"regex")"), 400, "searchMode must be words or substring"),
       wrong("scope", page(R"("attributeFilters":[{"scope":"span","key":"k","value":"v"}])"), 400,
             "Attribute filter scope must be resource, scope or log"),
       wrong("21 filters", page(many), 400, "At most 20 attribute filters are allowed"),
       wrong("too wide", page(R"("search":"x")"), 422, too_wide),
       {"selector", "POST", stage.at("/api/logs"), page(R"("search":"x","minSeverity":1)"), 200,
        is_like(R"({"data":[]})")},
       {"histogram too wide", "POST", stage.at("/api/logs/histogram"), page(R"("search":"x")"), 422,
        is_error(too_wide)}});
}

TEST_CASE("logs api: the histogram and facets count what the list lists") {
  Stage stage;
  report_lines(stage);
  const std::string from = R"({"fromDate":")" + hours_ago(1) + '"';
  run_scenarios(
      stage.client,
      {{"histogram", "POST", stage.at("/api/logs/histogram"), from + "}", 200,
        is_like(R"({"intervalMinutes":1,"total":5,"buckets":[
          {"timestamp":"<time>","total":1,"info":1,"error":0},{"info":1},{"warn":1},
          {"error":1,"fatal":0},{"debug":1,"trace":0,"unknown":0}]})")},
       {"searched", "POST", stage.at("/api/logs/histogram"), from + R"(,"search":"payment"})", 200,
        is_like(R"({"total":2,"buckets":[{"warn":1,"total":1},{"error":1,"total":1}]})")},
       {"facets", "POST", stage.at("/api/logs/facets"), "{}", 200,
        is_like(R"({"severities":[{"value":"info","count":2},{"value":"","count":1},
          {"value":"debug","count":1},{"value":"warn","count":1},{"value":"error","count":1}],
          "services":[{"value":"shop","count":5},{"value":"mail","count":1}],
          "scopes":[{"value":"tests","count":6}]})")}});
}

TEST_CASE("logs api: members of the organization read, others do not") {
  Stage stage;
  report_lines(stage);
  check_roles(stage, {{"POST", stage.at("/api/logs"), {}, page()},
                      {"POST", stage.at("/api/logs/histogram"), {}, "{}"},
                      {"POST", stage.at("/api/logs/facets"), {}, "{}"}});
}

}  // namespace traceway::test
