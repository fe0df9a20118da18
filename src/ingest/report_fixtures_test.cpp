// Reports recorded from real SDKs, against rows derived from the rules by hand.
#include "ingest/fixture_test_support.h"
#include "ingest/report_frame.h"
#include "ingest/test_support.h"

namespace traceway::ingest::test {

namespace {

using Lines = std::vector<std::string>;

/// One line per row of the member, its columns joined.
Lines lines_of(const json::Value& expected, std::string_view member,
               std::initializer_list<std::string_view> columns) {
  Lines lines;
  for (const json::Value& row : expected.at(member).items()) {
    std::string& line = lines.emplace_back();
    for (const std::string_view column : columns) {
      const auto number = row.at(column).as_int();
      line += (number ? std::to_string(*number) : text_of(row, column)) + '|';
    }
  }
  return lines;
}

std::string joined(std::initializer_list<std::string> values) {
  std::string line;
  for (const std::string& value : values) line += value + '|';
  return line;
}

std::string hex_or_empty(const Uuid& id) {
  return id.is_zero() ? std::string() : to_hex(id);
}

Lines runs_of(const TelemetryBatch& batch) {
  Lines lines;
  for (const Span& span : batch.spans) {
    if (span.entity == EntityKind::kNone) continue;
    CHECK(to_hex(span.entity_id) == to_hex(span.id));
    CHECK(span.parent.is_empty());
    lines.push_back(
        joined({to_hex(span.id), to_hex(span.trace), std::string(trace_type_name(span.entity)),
                std::string(span.entity_name), std::to_string(span.start_ns),
                std::to_string(span.duration_ns), std::to_string(span.http_status),
                std::to_string(span.body_size), std::string(span.client_ip),
                map_of(batch, span.attributes)}));
  }
  return lines;
}

Lines children_of(const TelemetryBatch& batch) {
  Lines lines;
  for (const Span& span : batch.spans) {
    if (span.entity != EntityKind::kNone) continue;
    lines.push_back(
        joined({to_hex(span.id), to_hex(span.trace), to_hex(span.parent), std::string(span.name),
                std::to_string(span.start_ns), std::to_string(span.source_start_ns),
                std::to_string(span.duration_ns)}));
  }
  return lines;
}

Lines exceptions_of(const TelemetryBatch& batch) {
  Lines lines;
  for (const Exception& row : batch.exceptions) {
    lines.push_back(joined({hex_or_empty(row.trace), to_hex(row.span),
                            std::string(trace_type_name(row.trace_type)),
                            std::string(row.stack_trace), std::string(row.hash),
                            std::to_string(row.is_message ? 1 : 0), std::to_string(row.recorded_ns),
                            hex_or_empty(row.session), map_of(batch, row.attributes)}));
  }
  return lines;
}

}  // namespace

TEST_CASE("report fixtures: recorded reports give the rows that the rules demand") {
  for (const std::string fixture :
       {"tracewayapp-backend/002-report", "tracewayapp-frontend/003-report",
        "tracewayapp-frontend-sessions/003-report", "tracewayapp-frontend-sessions/004-report",
        "tracewayapp-frontend-unload/002-report", "tracewayapp-frontend-unload/004-report",
        "tracewayapp-frontend-unload/005-report"}) {
    CAPTURE(fixture);
    const json::Value expected = expected_rows(fixture);
    auto report = decode_report(recorded_body(fixture), context());
    REQUIRE(report);
    CHECK(report->rejected == 0);
    const TelemetryBatch& batch = report->batch;
    CHECK(runs_of(batch) == lines_of(expected, "runs",
                                     {"id", "trace", "type", "name", "startNs", "durationNs",
                                      "status", "bodySize", "clientIP", "attributes"}));
    CHECK(children_of(batch) ==
          lines_of(expected, "children",
                   {"id", "trace", "parent", "name", "recordedNs", "startNs", "durationNs"}));
    CHECK(exceptions_of(batch) == lines_of(expected, "exceptions",
                                           {"trace", "run", "type", "text", "hash", "isMessage",
                                            "recordedNs", "session", "attributes"}));
    for (const Span& span : batch.spans) {
      CHECK(span.service_name == text_of(expected, "serverName"));
      CHECK(span.service_version == text_of(expected, "appVersion"));
    }
    for (const Exception& row : batch.exceptions) {
      CHECK(row.server_name == text_of(expected, "serverName"));
      CHECK(row.app_version == text_of(expected, "appVersion"));
    }
  }
}

}  // namespace traceway::ingest::test
