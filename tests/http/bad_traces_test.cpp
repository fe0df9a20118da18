// The bad-input matrix, trace exports: ids, times, durations, attributes and texts that no SDK
// should send, in both encodings.
#include "support/bad_input.h"
#include "support/otlp_builder.h"
#include "support/seed.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace traceway::test {

namespace {

constexpr std::uint64_t kDayNs = 86'400'000'000'000;
constexpr const char* kEndpoints = "/api/endpoints";
constexpr const char* kDetail = "/api/endpoints/{id}";
constexpr const char* kBadIds = "1 spans need valid non-zero trace and span IDs";

/// What one row says besides the spans, for both encodings.
struct Wanted {
  int status = 200;
  std::uint64_t kept = 1;
  std::uint64_t rejected = 0;
  std::string text = {};
  std::string question = {};
  std::string answer = {};
};

class Rows {
 public:
  /// A finished request of a shop, changed by `change`.
  template <class Change>
  void one(const std::string& name, const Wanted& wanted, Change&& change) {
    OtlpSpan span = request_span(random_);
    change(span);
    both(name, wanted, {span});
  }

  void both(const std::string& name, const Wanted& wanted, const std::vector<OtlpSpan>& spans) {
    OtlpExport whole;
    whole.spans = spans;
    add(name, wanted, to_protobuf(whole), Encoding::kProtobuf);
    // A repeat of the same rows in other bytes would be told apart by its bytes alone.
    add(name, wanted, to_json(whole), Encoding::kJson);
  }

  void add(const std::string& name, const Wanted& wanted, std::string body, Encoding encoding) {
    BadInput row{name, std::move(body), wanted.status, wanted.kept, wanted.rejected, wanted.text};
    row.type = media_type(encoding);
    row.question = wanted.question;
    row.answer = wanted.answer;
    all.push_back(std::move(row));
  }

  [[nodiscard]] OtlpSpan span() { return request_span(random_); }

  [[nodiscard]] std::mt19937_64& random() { return random_; }

  std::vector<BadInput> all;

 private:
  std::mt19937_64 random_ = random_generator(43);
};

std::string one_endpoint(const std::string& members) {
  return "{'data':[{" + members + "}],'pagination':{'total':1}}";
}

OtlpAttributes many_attributes(std::size_t count) {
  OtlpAttributes out;
  for (std::size_t i = 0; i < count; ++i)
    out.emplace_back("a" + std::to_string(i), std::to_string(i));
  return out;
}

/// One span beside which a broken one stands.
void add_id_rows(Rows& rows) {
  struct Ids {
    const char* name;
    std::string trace;
    std::string span;
    std::string parent;
  };

  const std::string trace(16, 't');
  const std::string span(8, 's');
  const Ids table[] = {
      {"a trace id of 0 bytes", "", span, ""},
      {"a trace id of 1 byte", "t", span, ""},
      {"a trace id of 15 bytes", std::string(15, 't'), span, ""},
      {"a trace id of 17 bytes", std::string(17, 't'), span, ""},
      {"a trace id of 10,000 bytes", std::string(10'000, 't'), span, ""},
      {"a trace id of zeros", std::string(16, '\0'), span, ""},
      {"a span id of 0 bytes", trace, "", ""},
      {"a span id of 7 bytes", trace, std::string(7, 's'), ""},
      {"a span id of 16 bytes", trace, std::string(16, 's'), ""},
      {"a span id of zeros", trace, std::string(8, '\0'), ""},
      {"a parent id of 7 bytes", trace, span, std::string(7, 'p')},
      {"a parent id of 16 bytes", trace, span, std::string(16, 'p')},
  };
  for (const Ids& ids : table) {
    OtlpSpan broken = rows.span();
    broken.trace_id = ids.trace;
    broken.span_id = ids.span;
    broken.parent_id = ids.parent;
    // Not even the exception of a rejected span is kept.
    broken.events = {{broken.start_ns, "exception", {{"exception.type", std::string("E")}}}};
    rows.both(ids.name, {200, 1, 1, kBadIds, kEndpoints, one_endpoint("'isRoot':true")},
              {broken, rows.span()});
  }
  rows.one("a parent id of zeros is none",
           {200, 1, 0, "", kEndpoints, one_endpoint("'isRoot':true")},
           [](OtlpSpan& one) { one.parent_id = std::string(8, '\0'); });
  OtlpSpan only = rows.span();
  only.trace_id = "x";
  rows.both("nothing but a broken span", {200, 0, 1, kBadIds}, {only});
  OtlpSpan shorter = rows.span();
  OtlpSpan longer = shorter;
  longer.end_ns += 1000;
  rows.both("two spans of one id: the longer stays",
            {200, 1, 0, "", kEndpoints, one_endpoint("'duration':25001000")}, {shorter, longer});
  OtlpSpan a = rows.span();
  OtlpSpan b = child_of(a, "b", rows.random());
  a.parent_id = b.span_id;
  // Either stands below a request: neither is a request of its own.
  rows.both("a cycle of parents through a request", {200, 2, 0, "", kEndpoints, "{'data':[]}"},
            {a, b});
  a.span_id = a.parent_id;
  rows.both("a request that is its own parent", {200, 1, 0, "", kEndpoints, "{'data':[]}"}, {a});
  const OtlpSpan root = rows.span();
  OtlpSpan c = child_of(root, "c", rows.random());
  OtlpSpan d = child_of(c, "d", rows.random());
  c.parent_id = d.span_id;
  rows.both("a cycle of parents beside a request",
            {200, 3, 0, "", kDetail, "{'endpoint':{'endpoint':'GET /api/orders/:id'}}"},
            {root, c, d});
}

void add_time_rows(Rows& rows) {
  const auto now = unix_now_ns();
  const auto times = [&](const char* name, std::uint64_t start, std::uint64_t end,
                         const std::string& answer) {
    rows.one(name, {200, 1, 0, "", kEndpoints, answer}, [&](OtlpSpan& span) {
      span.start_ns = start;
      span.end_ns = end;
    });
  };
  // The list ends now: what kept a time ahead of it would not be in it.
  times("no time at all", 0, 0, one_endpoint("'duration':0"));
  times("a start of 0", 0, 25, one_endpoint("'duration':25"));
  times("an end before the start", now, now - 1000, one_endpoint("'duration':0"));
  times("an end of 0", now, 0, one_endpoint("'duration':0"));
  times("two days ahead", now + 2 * kDayNs, now + 2 * kDayNs + 7, one_endpoint("'duration':7"));
  times("the year 2200", 7'258'118'400'000'000'000, 7'258'118'400'000'000'009,
        one_endpoint("'duration':9"));
  times("the last nanosecond there is", UINT64_MAX, UINT64_MAX, one_endpoint("'duration':0"));
  times("a duration past 63 bits saturates", now, UINT64_MAX,
        one_endpoint("'duration':9223372036854775807"));
  times("a duration of 292 years", 0, INT64_MAX, one_endpoint("'duration':9223372036854775807"));
  times("half a year behind", now - 180 * kDayNs, now - 180 * kDayNs + 5,
        one_endpoint("'duration':5"));
  times("1970", 1, 6, "{'data':[],'pagination':{'total':0}}");
}

void add_value_rows(Rows& rows) {
  const auto value = [&](const char* name, const OtlpValue& given, const std::string& shown) {
    rows.one(name, {200, 1, 0, "", kEndpoints, one_endpoint("'attributes':{'v':" + shown + "}")},
             [&](OtlpSpan& span) { span.attributes.emplace_back("v", given); });
  };
  value("1e308", 1e308, "'1e+308'");
  value("the smallest double", 5e-324, "'5e-324'");
  value("the largest double", std::numeric_limits<double>::max(), "'1.7976931348623157e+308'");
  value("the least integer", std::numeric_limits<std::int64_t>::min(), "'-9223372036854775808'");
  value("an empty text", std::string(), "''");
  value("ill-formed UTF-8", std::string("a\xff\xc0\x80z"),
        "'a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz'");
  value("a NUL", std::string("a\0z", 3), "'a\xEF\xBF\xBDz'");
  value("a value past 256 KiB", std::string(300 << 10U, 'x'),
        "'" + std::string(256 << 10U, 'x') + "'");
  value("bytes", OtlpBytes{std::string("\xff\0\x01", 3)}, "'/wAB'");
  const auto status = [&](std::int64_t code) {
    rows.one("status code " + std::to_string(code),
             {200, 1, 0, "", kEndpoints, one_endpoint("'statusCode':0")},
             [&](OtlpSpan& span) { span.attributes[3].second = code; });
  };
  for (const std::int64_t code :
       {std::int64_t{-1}, std::int64_t{70'000}, std::numeric_limits<std::int64_t>::max()})
    status(code);
  rows.one("10,000 attributes: the first 1,024 stay",
           {200, 1, 0, "", kEndpoints,
            one_endpoint("'attributes':{'a0':'0','a1017':'1017','a1018':null,'a9999':null}")},
           [](OtlpSpan& span) {
             const OtlpAttributes more = many_attributes(10'000);
             span.attributes.insert(span.attributes.end(), more.begin(), more.end());
           });
  rows.one("a key of 300 bytes is dropped",
           {200, 1, 0, "", kEndpoints,
            one_endpoint("'attributes':{'" + std::string(300, 'k') + "':null,'" +
                         std::string(256, 'k') + "':'1'}")},
           [](OtlpSpan& span) {
             span.attributes.emplace_back(std::string(300, 'k'), std::string("1"));
             span.attributes.emplace_back(std::string(256, 'k'), std::string("1"));
           });
  rows.one("a name of ill-formed UTF-8",
           {200, 1, 0, "", kDetail, "{'endpoint':{'rootSpan':{'name':'\xEF\xBF\xBDx'}}}"},
           [](OtlpSpan& span) { span.name = "\xffx"; });
  rows.one("a name past 2 KiB",
           {200, 1, 0, "", kDetail,
            "{'endpoint':{'rootSpan':{'name':'" + std::string(2048, 'n') + "'}}}"},
           [](OtlpSpan& span) { span.name = std::string(5000, 'n'); });
  rows.one("a name of 0 bytes is kept",
           {200, 1, 0, "", kDetail, "{'endpoint':{'rootSpan':{'name':''}}}"},
           [](OtlpSpan& span) { span.name.clear(); });
  rows.one("a kind that does not exist", {200, 1, 0, "", kEndpoints, "{'data':[]}"},
           [](OtlpSpan& span) { span.kind = static_cast<OtlpKind>(99); });
  rows.one("a status that does not exist",
           {200, 1, 0, "", kDetail, "{'endpoint':{'rootSpan':{'statusCode':0}}}"},
           [](OtlpSpan& span) { span.status_code = 99; });
  rows.one("an exception that says nothing",
           {200, 2, 0, "", "/api/exception-stack-traces",
            "{'data':[{'stackTrace':'unknown exception','count':1}]}"},
           [](OtlpSpan& span) { span.events = {{span.start_ns, "exception"}}; });
  rows.one(
      "an exception timed in the year 2200",
      {200, 2, 0, "", "/api/exception-stack-traces", "{'data':[{'stackTrace':'E','count':1}]}"},
      [](OtlpSpan& span) {
        span.events = {
            {7'258'118'400'000'000'000, "exception", {{"exception.type", std::string("E")}}}};
      });
}

/// A request with one attribute `v` of this raw AnyValue.
std::string json_with_value(const std::string& any_value) {
  return unquoted(
             "{'resourceSpans':[{'scopeSpans':[{'spans':[{'traceId':'"
             "0af7651916cd43dd8448eb211c80319c','spanId':'b7ad6b7169203331','kind':2,"
             "'startTimeUnixNano':'") +
         std::to_string(unix_now_ns()) +
         unquoted(
             "','endTimeUnixNano':'1','attributes':[{'key':'http.route','value':{'stringValue':'/"
             "x'}},{'key':'v','value':" +
             any_value + "}]}]}]}]}");
}

void add_json_rows(Rows& rows) {
  const auto shown = [&](const char* name, const std::string& value, const std::string& text) {
    rows.add(name, {200, 1, 0, "", kEndpoints, one_endpoint("'attributes':{'v':" + text + "}")},
             json_with_value(value), Encoding::kJson);
  };
  shown("NaN", "{'doubleValue':'NaN'}", "'NaN'");
  shown("infinity", "{'doubleValue':'-Infinity'}", "'-Inf'");
  shown("a lone surrogate", "{'stringValue':'a\\ud83dz'}", "'a\xEF\xBF\xBDz'");
  shown("an escaped NUL", "{'stringValue':'a\\u0000z'}", "'a\xEF\xBF\xBDz'");
  shown("no value", "{}", "null");
  shown("a null value", "null", "null");
  const auto refused = [&](const char* name, const std::string& body) {
    rows.add(name, {400, 0, 0, ""}, unquoted(body), Encoding::kJson);
  };
  refused("resourceSpans is an object", "{'resourceSpans':{}}");
  refused("resourceSpans has a null", "{'resourceSpans':[null]}");
  refused("scopeSpans is a text", "{'resourceSpans':[{'scopeSpans':'x'}]}");
  refused("spans has a number", "{'resourceSpans':[{'scopeSpans':[{'spans':[7]}]}]}");
  refused("a name that is a number", "{'resourceSpans':[{'scopeSpans':[{'spans':[{'name':7}]}]}]}");
  refused("a time that is an object",
          "{'resourceSpans':[{'scopeSpans':[{'spans':[{'startTimeUnixNano':{}}]}]}]}");
  refused("attributes that are an object",
          "{'resourceSpans':[{'scopeSpans':[{'spans':[{'attributes':{}}]}]}]}");
  rows.add("an id that is no hex rejects its own span", {200, 0, 1, kBadIds},
           unquoted("{'resourceSpans':[{'scopeSpans':[{'spans':[{'traceId':'no "
                    "hex','spanId':'b7ad6b7169203331'}]}]}]}"),
           Encoding::kJson);
}

/// An AnyValue inside `depth` lists, as a whole request.
std::string nested_protobuf(std::size_t depth) {
  std::string inner = "\x0a\x01x";  // a text
  const auto wrap = [&](char tag) {
    std::string length;
    for (std::size_t size = inner.size();; size >>= 7U) {
      length += static_cast<char>(size < 0x80 ? size : (size & 0x7FU) | 0x80U);
      if (size < 0x80) break;
    }
    inner = tag + length + inner;
  };
  for (std::size_t i = 0; i < depth; ++i) {
    wrap('\x0a');  // ArrayValue.values
    wrap('\x2a');  // AnyValue.array_value
  }
  wrap('\x12');  // KeyValue.value
  inner = "\x0a\x01v" + inner;
  wrap('\x4a');  // Span.attributes
  inner = "\x0a\x10" + std::string(16, 't') + "\x12\x08" + std::string(8, 's') + inner;
  for (const char tag : {'\x12', '\x12', '\x0a'}) wrap(tag);
  return inner;
}

std::string nested_json(std::size_t depth) {
  std::string value = "{'stringValue':'x'}";
  std::string open;
  std::string close;
  for (std::size_t i = 0; i < depth; ++i) {
    open += "{'arrayValue':{'values':[";
    close += "]}}";
  }
  return json_with_value(open + value + close);
}

void add_size_rows(Rows& rows) {
  for (const std::size_t depth : {63, 64, 65, 1000, 10'000}) {
    rows.add("a value " + std::to_string(depth) + " lists deep", {200, 1}, nested_protobuf(depth),
             Encoding::kProtobuf);
  }
  rows.add("a value 3,000 lists deep", {200, 1}, nested_json(3000), Encoding::kJson);
  rows.add("a value 5,000 lists deep, past 10,000 brackets", {400, 0}, nested_json(5000),
           Encoding::kJson);
  const auto repeated = [](const std::string& piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
  };
  const std::string spans = repeated(std::string("\x12\0", 2), 100'001);
  const auto outer = [](const std::string& inner, char tag) {
    std::string head(1, tag);
    std::size_t size = inner.size();
    for (; size >= 0x80; size >>= 7U) head += static_cast<char>((size & 0x7FU) | 0x80U);
    return head + static_cast<char>(size) + inner;
  };
  rows.add("100,001 empty spans", {413, 0, 0, "too many"}, outer(outer(spans, '\x12'), '\x0a'),
           Encoding::kProtobuf);
  rows.add("100,001 empty spans", {413, 0, 0, "too many"},
           unquoted("{'resourceSpans':[{'scopeSpans':[{'spans':[{}") + repeated(",{}", 100'000) +
               "]}]}]}",
           Encoding::kJson);
  rows.add("300,000 resources without a span", {200, 0},
           repeated(std::string("\x0a\0", 2), 300'000), Encoding::kProtobuf);
  rows.add("300,000 resources without a span", {200, 0},
           unquoted("{'resourceSpans':[{}") + repeated(",{}", 299'999) + "]}", Encoding::kJson);
  std::vector<OtlpSpan> many;
  for (int i = 0; i < 2'000; ++i) many.push_back(child_of(rows.span(), "", rows.random()));
  rows.both("2,000 orphans", {200, 2'000}, many);
}

void run(void (*add)(Rows&)) {
  const auto route = find_route(Signal::kTraces);
  if (!route) return;
  IngestDesk desk;
  Rows rows;
  add(rows);
  desk.run_all(*route, rows.all);
}

}  // namespace

TEST_CASE("bad traces: ids decide whether a span is taken, and nothing else is lost with it") {
  run(add_id_rows);
}

TEST_CASE("bad traces: clocks may be absent, ahead, behind or backwards") {
  run(add_time_rows);
}

TEST_CASE("bad traces: values are kept as they can be kept, never refused") {
  run(add_value_rows);
}

TEST_CASE("bad traces: JSON of a wrong type is refused, values of a wrong kind are not") {
  run(add_json_rows);
}

TEST_CASE("bad traces: depth and number are bounded") {
  run(add_size_rows);
}

}  // namespace traceway::test
