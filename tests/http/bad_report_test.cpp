// The bad-input matrix, native reports: one bad element never costs its neighbours, because a
// client brings back whatever is not answered with 200.
#include "support/bad_input.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace traceway::test {

namespace {

constexpr const char* kEndpoints = "/api/endpoints";
constexpr const char* kDetail = "/api/endpoints/{id}";
constexpr const char* kIssues = "/api/exception-stack-traces";

/// Reports with single quotes for double ones.
BadInput row(const std::string& name, const std::string& body, int status, std::uint64_t kept,
             std::uint64_t rejected = 0, const std::string& text = {}) {
  return {name, unquoted(body), status, kept, rejected, text};
}

BadInput asked(const std::string& name, const std::string& frame, std::uint64_t kept,
               const std::string& question, const std::string& answer) {
  BadInput out = row(name, "{'collectionFrames':[{" + frame + "}]}", 200, kept);
  out.question = question;
  out.answer = answer;
  return out;
}

/// One run; `members` are its own.
BadInput run_row(const std::string& name, const std::string& members, const std::string& answer,
                 const char* question = kEndpoints) {
  const std::string shown = question == kEndpoints ? "{'data':[{" + answer + "}]}" : answer;
  return asked(name,
               "'traces':[{'endpoint':'GET /a'" + (members.empty() ? "" : "," + members) + "}]", 1,
               question, shown);
}

std::vector<BadInput> whole_rows() {
  std::string many = "{}";
  for (int i = 0; i < 100'000; ++i) many += ",{}";
  return {
      row("no frames", "{'collectionFrames':[]}", 200, 0),
      row("null for frames", "{'collectionFrames':null}", 200, 0),
      row("frames without anything", "{'collectionFrames':[{},{}]}", 200, 0),
      row("null lists",
          "{'collectionFrames':[{'traces':null,'stackTraces':null,'metrics':null,'sessions':null}]"
          "}",
          200, 0),
      row("frames that are an object", "{'collectionFrames':{}}", 400, 0, 0,
          "collectionFrames must be an array"),
      row("frames that are a text", "{'collectionFrames':'x'}", 400, 0, 0,
          "collectionFrames must be an array"),
      row("frames that are a number", "{'collectionFrames':7}", 400, 0, 0,
          "collectionFrames must be an array"),
      row("100,001 frames", "{'collectionFrames':[" + many + "]}", 413, 0, 0, "too many elements"),
      row("100,001 spans of one run",
          "{'collectionFrames':[{'traces':[{'spans':[" + many + "]}]}]}", 413, 0, 0,
          "too many elements"),
      row("the last of two equal names counts",
          "{'collectionFrames':[null],'collectionFrames':[{'traces':[{}]}]}", 200, 1),
      row("a wrong type for version and host",
          "{'appVersion':{},'serverName':7,'collectionFrames':[{'traces':[{}]}]}", 200, 1),
      row("recordings that belong to nothing",
          "{'collectionFrames':[{'sessionRecordings':[{'events':[1]}]}]}", 200, 0),
      row("events of a recording nested 2,000 deep",
          "{'collectionFrames':[{'sessionRecordings':[{'events':" + std::string(2000, '[') +
              std::string(2000, ']') + "}]}]}",
          200, 0),
  };
}

/// Each stands beside a good run and a good exception.
std::vector<BadInput> poison_rows() {
  const std::string good =
      "'traces':[{'endpoint':'GET /good'}],'stackTraces':[{'stackTrace':'E: good'}],";
  std::vector<BadInput> rows;
  for (const auto& [frame, why] : std::vector<std::pair<std::string, std::string>>{
           {"'transactions':[null]", "transactions[0]: is no object"},
           {"'transactions':[7]", "transactions[0]: is no object"},
           {"'transactions':[[]]", "transactions[0]: is no object"},
           {"'transactions':{}", "transactions: is no array"},
           {"'transactions':[{'endpoint':7}]", "transactions[0]: endpoint is no text"},
           {"'transactions':[{'endpoint':{}}]", "transactions[0]: endpoint is no text"},
           {"'exceptions':[null]", "exceptions[0]: is no object"},
           {"'exceptions':'x'", "exceptions: is no array"},
           {"'exceptions':[{'stackTrace':7}]", "exceptions[0]: stackTrace is no text"},
           {"'metrics':[null]", "metrics[0]: is no object"},
           {"'metrics':[{'value':1}]", "metrics[0]: has no name"},
           {"'metrics':[{'name':7,'value':1}]", "metrics[0]: has no name"},
           {"'metrics':[{'name':'m'}]", "metrics[0]"},
           {"'metrics':[{'name':'m','value':'7'}]", "metrics[0]"},
           {"'metrics':[{'name':'m','value':null}]", "metrics[0]"},
           {"'metrics':[{'name':'m','value':1e999}]", "metrics[0]"},
           {"'sessions':[null]", "sessions[0]: is no object"},
           {"'sessionRecordings':[7]", "sessionRecordings[0]: is no object"},
           {"'sessionRecordings':[{'segmentIndex':-1}]", "sessionRecordings[0]"},
           {"'sessionRecordings':[{'segmentIndex':0.5}]", "sessionRecordings[0]"},
       }) {
    BadInput one = asked("poison " + frame, good + frame, 2, kEndpoints,
                         "{'data':[{'endpoint':'GET /good'}]}");
    one.rejected = 1;
    one.text = "collectionFrames[0]." + why;
    rows.push_back(one);
  }
  rows.push_back(row("a null frame, a broken map, a good exception",
                     "{'collectionFrames':[null,{'traces':[{'endpoint':'GET "
                     "/x','attributes':7}],'stackTraces':[{'stackTrace':'E'}]}]}",
                     200, 2, 1, "collectionFrames[0]: is no object"));
  std::string nulls = "null";
  for (int i = 0; i < 999; ++i) nulls += ",null";
  rows.push_back(row("a thousand nulls", "{'collectionFrames':[{'traces':[" + nulls + ",{}]}]}",
                     200, 1, 1000, "traces[9]: is no object"));
  return rows;
}

std::vector<BadInput> run_rows() {
  std::vector<BadInput> rows = {
      run_row("attributes that are a number", "'attributes':7", "'attributes':null"),
      run_row("attributes that are a list", "'attributes':[1]", "'attributes':null"),
      run_row("attribute values of every type",
              "'attributes':{'n':7,'d':0.5,'b':true,'o':{'x':[1]},'z':null}",
              "'attributes':{'n':'7','d':'0.5','b':'true','o':'{\\'x\\':[1]}','z':null}"),
      run_row("a negative duration", "'duration':-5", "'duration':0"),
      run_row("a duration with a fraction", "'duration':2.6", "'duration':3"),
      run_row("a duration of 1e308", "'duration':1e308", "'duration':9223372036854775807"),
      run_row("a duration past every double", "'duration':1e999", "'duration':0"),
      run_row("a duration of 20 digits", "'duration':99999999999999999999",
              "'duration':9223372036854775807"),
      run_row("a duration as text", "'duration':'250'", "'duration':250"),
      run_row("a duration that is an object", "'duration':{}", "'duration':0"),
      run_row("a status of -1", "'statusCode':-1", "'statusCode':0"),
      run_row("a status of 70,000", "'statusCode':70000", "'statusCode':0"),
      run_row("a status that is a list", "'statusCode':[]", "'statusCode':0"),
      run_row("ill-formed UTF-8 and a lone surrogate", "'clientIP':'\xff \\ud83d \\u0000'",
              "'clientIP':'\xEF\xBF\xBD \xEF\xBF\xBD \xEF\xBF\xBD'"),
      run_row("an id that is no UUID", "'id':'job-7'", "'id':'<uuid>'"),
      run_row("an id of zeros", "'id':'00000000-0000-0000-0000-000000000000'", "'id':'<uuid>'"),
      run_row("an id that is a number", "'id':7", "'id':'<uuid>'"),
      run_row("spans that are their own and each other's parents",
              "'id':'6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10','spans':[{'id':'c6a0a4a5-51c5-4b27-8f4b-"
              "1d3a1b7c9e01','name':'a','parentSpanId':"
              "'c6a0a4a5-51c5-4b27-8f4b-1d3a1b7c9e02'},{'id':'c6a0a4a5-51c5-4b27-8f4b-1d3a1b7c9e02'"
              ",'name':'b','parentSpanId':"
              "'c6a0a4a5-51c5-4b27-8f4b-1d3a1b7c9e01'}]",
              "{'endpoint':{'endpoint':'GET /a'}}", kDetail),
      run_row("a span without a name", "'spans':[{}]",
              "{'spans':[{'name':'unknown','duration':0}]}", kDetail),
  };
  rows[rows.size() - 2].kept = 3;
  rows[rows.size() - 1].kept = 2;
  for (const char* time : {"''", "'yesterday'", "null", "7", "{}", "'0001-01-01T00:00:00Z'",
                           "'9999-12-31T23:59:59Z'", "'2200-01-01T00:00:00Z'"}) {
    // The list ends now: what kept such a time would not be in it.
    rows.push_back(run_row(std::string("the time ") + time, "'recordedAt':" + std::string(time),
                           "'recordedAt':'<time>'"));
  }
  rows.push_back(run_row("a time years behind", "'recordedAt':'2021-02-03T04:05:06Z'",
                         "'recordedAt':'2021-02-03T04:05:06Z'"));
  rows.push_back(asked("a run without a name", "'traces':[{}]", 1, kEndpoints,
                       "{'data':[{'endpoint':'unknown'}]}"));
  rows.push_back(asked("a name past 2 KiB",
                       "'traces':[{'endpoint':'" + std::string(5000, 'n') + "'}]", 1, kEndpoints,
                       "{'data':[{'endpoint':'" + std::string(2048, 'n') + "'}]}"));
  rows.push_back(
      asked("two runs of one id: the first stays",
            "'traces':[{'id':'6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a11','endpoint':'GET /first'},"
            "{'id':'6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a11','endpoint':'GET /second'}]",
            1, kEndpoints, "{'data':[{'endpoint':'GET /first'}]}"));
  std::string attributes = "'a0':'0'";
  for (int i = 1; i < 10'000; ++i)
    attributes += ",'a" + std::to_string(i) + "':'" + std::to_string(i) + "'";
  rows.push_back(run_row("10,000 attributes: the first 1,024 stay",
                         "'attributes':{" + attributes + "}",
                         "'attributes':{'a0':'0','a1023':'1023','a1024':null}"));
  std::string spans = "{}";
  for (int i = 1; i < 10'000; ++i) spans += ",{}";
  BadInput large =
      run_row("10,000 spans in one run", "'spans':[" + spans + "]", "{'hasSpans':true}", kDetail);
  large.kept = 10'001;
  rows.push_back(large);
  return rows;
}

std::vector<BadInput> exception_rows() {
  const auto one = [](const std::string& name, const std::string& members,
                      const std::string& answer) {
    return asked(name, "'stackTraces':[{" + members + "}]", 1, kIssues,
                 "{'data':[{" + answer + ",'count':1}]}");
  };
  std::vector<BadInput> rows = {
      one("an empty stack text", "'stackTrace':''",
          "'stackTrace':'','exceptionHash':'e3b0c44298fc1c14'"),
      one("a stack text of NULs", "'stackTrace':'\\u0000'", "'stackTrace':'\xEF\xBF\xBD'"),
      one("an exception that says nothing", "", "'stackTrace':'unknown exception'"),
      one("ids of a wrong type",
          "'stackTrace':'E','traceId':7,'sessionId':{},'distributedTraceId':[]",
          "'stackTrace':'E'"),
      one("path characters in ids",
          "'stackTrace':'E','sessionId':'../../etc/passwd','sessionRecordingId':'..\\\\..\\\\x'",
          "'stackTrace':'E'"),
      one("a time ahead by a century", "'stackTrace':'E','recordedAt':'2126-01-01T00:00:00Z'",
          "'stackTrace':'E'"),
  };
  return rows;
}

void run(std::vector<BadInput> (*rows)()) {
  const auto route = find_route(Signal::kReport);
  if (!route) return;
  IngestDesk desk;
  desk.run_all(*route, rows());
}

}  // namespace

TEST_CASE("bad reports: what says nothing is accepted, what cannot be trusted is not") {
  run(whole_rows);
}

TEST_CASE("bad reports: a poisoned element is skipped, named and counted") {
  run(poison_rows);
}

TEST_CASE("bad reports: runs are repaired") {
  run(run_rows);
}

TEST_CASE("bad reports: exceptions are repaired") {
  run(exception_rows);
}

}  // namespace traceway::test
