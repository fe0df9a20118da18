// Reports recorded from real SDKs, against rows derived from the rules by hand.
#include "base/crypto.h"
#include "ingest/fixture_test_support.h"
#include "ingest/report_frame.h"
#include "ingest/test_support.h"

#include <algorithm>

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

std::string time_or_none(const std::optional<std::int64_t>& time_ns) {
  return time_ns ? std::to_string(*time_ns) : std::string();
}

Lines sessions_of(const TelemetryBatch& batch) {
  Lines lines;
  for (const Session& row : batch.sessions) {
    lines.push_back(joined({to_hex(row.id), std::to_string(row.started_ns),
                            time_or_none(row.ended_ns), map_of(batch, row.attributes)}));
  }
  return lines;
}

/// Contents as the hash of their bytes.
std::string hash_of(std::string_view contents) {
  if (contents.empty()) return {};
  const auto digest = crypto::sha256(contents);
  return text::to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Lines recordings_of(const TelemetryBatch& batch) {
  Lines lines;
  for (const Recording& row : batch.recordings) {
    const auto exception = std::ranges::find(batch.exceptions, row.exception, &Exception::id);
    const auto place = exception == batch.exceptions.end()
                           ? -1
                           : std::distance(batch.exceptions.begin(), exception);
    lines.push_back(
        joined({std::to_string(place), hex_or_empty(row.session), std::to_string(row.segment_index),
                time_or_none(row.started_ns), time_or_none(row.ended_ns), hash_of(row.events),
                hash_of(row.logs), hash_of(row.actions)}));
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
    DecodeContext with = context();
    with.client_ip = "192.0.2.1";
    auto report = decode_report(recorded_body(fixture), with);
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
    CHECK(sessions_of(batch) ==
          lines_of(expected, "sessions", {"id", "startedNs", "endedNs", "attributes"}));
    CHECK(recordings_of(batch) == lines_of(expected, "recordings",
                                           {"exception", "session", "segment", "startedNs",
                                            "endedNs", "events", "logs", "actions"}));
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
