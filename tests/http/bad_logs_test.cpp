// The bad-input matrix, log exports: a record is never rejected for what it says.
#include "support/bad_input.h"
#include "support/otlp_builder.h"
#include "support/otlp_schema.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace traceway::test {

namespace {

constexpr const char* kLogs = "/api/logs";

std::string now() {
  return "'timeUnixNano':'" + std::to_string(unix_now_ns()) + "'";
}

std::string request_of(const std::string& records) {
  return unquoted("{'resourceLogs':[{'scopeLogs':[{'logRecords':[" + records + "]}]}]}");
}

class Rows {
 public:
  /// One record in both encodings; `shown`: members of its row.
  void both(const std::string& name, const std::string& members, const std::string& shown) {
    const std::string json = request_of("{" + members + "}");
    for (const Encoding encoding : {Encoding::kJson, Encoding::kProtobuf}) {
      add(name, encoding == Encoding::kJson ? json : protobuf_of(Signal::kLogs, json), encoding,
          shown);
    }
  }

  void add(const std::string& name, std::string body, Encoding encoding, const std::string& shown) {
    BadInput row{name, std::move(body), 200, 1};
    row.type = media_type(encoding);
    row.question = kLogs;
    row.answer = "{'data':[{" + shown + "}],'pagination':{'total':1}}";
    all.push_back(std::move(row));
  }

  void refused(const std::string& name, const std::string& records) {
    all.push_back({name, request_of(records), 400});
  }

  std::vector<BadInput> all;
};

void add_rows(Rows& rows) {
  const auto ids = [&](const char* name, const std::string& trace, const std::string& span) {
    rows.both(
        name,
        now() + ",'traceId':'" + trace + "','spanId':'" + span + "','body':{'stringValue':'x'}",
        "'traceId':'','spanId':'','body':'x'");
  };
  ids("ids of 0 bytes", "", "");
  ids("ids of 1 byte", "01", "01");
  ids("ids of zeros", std::string(32, '0'), std::string(16, '0'));
  ids("ids of 17 and 9 bytes", std::string(34, 'a'), std::string(18, 'a'));
  rows.add("ids that are no hex", request_of("{" + now() + ",'traceId':'no hex','spanId':'x'}"),
           Encoding::kJson, "'traceId':'','spanId':''");
  rows.both("ids in capitals",
            now() + ",'traceId':'0AF7651916CD43DD8448EB211C80319C','spanId':'B7AD6B7169203331'",
            "'traceId':'0af7651916cd43dd8448eb211c80319c','spanId':'b7ad6b7169203331'");
  rows.both("a severity of 99", now() + ",'severityNumber':99",
            "'severityNumber':24,'severityText':'FATAL'");
  rows.both("a severity in words only", now() + ",'severityText':'Warning'",
            "'severityNumber':13,'severityText':'WARNING'");
  rows.both("a severity in words nobody knows", now() + ",'severityText':'loud'",
            "'severityNumber':0,'severityText':'LOUD'");
  rows.both("flags beyond a byte", now() + ",'flags':4294967041", "'traceFlags':1");
  // The list ends now: what kept a time ahead of it would not be in it.
  rows.both("no time", "'body':{'stringValue':'x'}", "'timestamp':'<time>'");
  rows.both("a time in the year 2200", "'timeUnixNano':'7258118400000000000'",
            "'timestamp':'<time>'");
  rows.both("the last nanosecond there is", "'timeUnixNano':'18446744073709551615'",
            "'timestamp':'<time>'");
  rows.both("the time of observation stands in", "'observedTimeUnixNano':'1612325106000000007'",
            "'timestamp':'2021-02-03T04:05:06.000000007Z'");
  rows.both("a body that is absent", now(), "'body':''");
  rows.both("a body of NaN", now() + ",'body':{'doubleValue':'NaN'}", "'body':'NaN'");
  rows.both("a body of 1e308", now() + ",'body':{'doubleValue':1e308}", "'body':'1e+308'");
  rows.both("a body of bytes that are no text", now() + ",'body':{'bytesValue':'/wAB'}",
            "'body':'/wAB'");
  rows.both("a body of bytes that are text", now() + ",'body':{'bytesValue':'aGVsbG8='}",
            "'body':'hello'");
  rows.both(
      "a body of lists in lists",
      now() + ",'body':{'arrayValue':{'values':[{'arrayValue':{'values':[{'intValue':'1'}]}},{}]}}",
      "'body':'[[1],null]'");
  rows.add("ill-formed UTF-8, a lone surrogate and NUL",
           request_of("{" + now() + ",'body':{'stringValue':'\xff \\ud83d \\u0000'}}"),
           Encoding::kJson, "'body':'\xEF\xBF\xBD \xEF\xBF\xBD \xEF\xBF\xBD'");
  std::string attributes;
  for (int i = 0; i < 10'000; ++i)
    attributes += (i == 0 ? "" : ",") + ("{'key':'a" + std::to_string(i) +
                                         "','value':{'intValue':'" + std::to_string(i) + "'}}");
  rows.both("10,000 attributes: the first 1,024 stay", now() + ",'attributes':[" + attributes + "]",
            "'logAttributes':{'a0':'0','a1023':'1023','a1024':null}");
  rows.both(
      "a name of an event that has one already",
      now() + ",'eventName':'b','attributes':[{'key':'event.name','value':{'stringValue':'a'}}]",
      "'logAttributes':{'event.name':'a'}");
  rows.refused("a record that is null", "null");
  rows.refused("a record that is a text", "'x'");
  rows.refused("a body that is a text", "{'body':'x'}");
  rows.refused("attributes that are an object", "{'attributes':{}}");
  std::string records = "{}";
  for (int i = 0; i < 100'000; ++i) records += ",{}";
  rows.all.push_back({"100,001 records", request_of(records), 413, 0, 0, "too many"});
}

}  // namespace

TEST_CASE("bad logs: every record is kept, with what can be said of it") {
  const auto route = find_route(Signal::kLogs);
  if (!route || !has_route("POST", kLogs)) return;
  IngestDesk desk;
  Rows rows;
  add_rows(rows);
  desk.run_all(*route, rows.all);
}

}  // namespace traceway::test
