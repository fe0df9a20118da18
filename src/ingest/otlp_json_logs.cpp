// OTLP logs from JSON. Source: ingest 4.4.
#include "ingest/log_builder.h"
#include "ingest/otlp.h"
#include "ingest/otlp_batch.h"
#include "ingest/otlp_json_reader.h"

namespace traceway::ingest {

namespace {

using json_scalars::Element;
using json_scalars::read_enum;
using json_scalars::read_id;
using json_scalars::read_text;
using json_scalars::read_unsigned;

constexpr JsonLists kLists{
    {"resourceLogs", "resource_logs"}, {"scopeLogs", "scope_logs"}, {"logRecords", "log_records"}};
constexpr std::string_view kSeverities[] = {
    "SEVERITY_NUMBER_UNSPECIFIED", "SEVERITY_NUMBER_TRACE",  "SEVERITY_NUMBER_TRACE2",
    "SEVERITY_NUMBER_TRACE3",      "SEVERITY_NUMBER_TRACE4", "SEVERITY_NUMBER_DEBUG",
    "SEVERITY_NUMBER_DEBUG2",      "SEVERITY_NUMBER_DEBUG3", "SEVERITY_NUMBER_DEBUG4",
    "SEVERITY_NUMBER_INFO",        "SEVERITY_NUMBER_INFO2",  "SEVERITY_NUMBER_INFO3",
    "SEVERITY_NUMBER_INFO4",       "SEVERITY_NUMBER_WARN",   "SEVERITY_NUMBER_WARN2",
    "SEVERITY_NUMBER_WARN3",       "SEVERITY_NUMBER_WARN4",  "SEVERITY_NUMBER_ERROR",
    "SEVERITY_NUMBER_ERROR2",      "SEVERITY_NUMBER_ERROR3", "SEVERITY_NUMBER_ERROR4",
    "SEVERITY_NUMBER_FATAL",       "SEVERITY_NUMBER_FATAL2", "SEVERITY_NUMBER_FATAL3",
    "SEVERITY_NUMBER_FATAL4"};
constexpr JsonName kObserved{"observedTimeUnixNano", "observed_time_unix_nano"};
constexpr JsonName kNumber{"severityNumber", "severity_number"};
constexpr JsonName kText{"severityText", "severity_text"};
constexpr JsonName kEventName{"eventName", "event_name"};

class LogReader {
 public:
  LogReader(TelemetryBatch& batch, const DecodeContext& context)
      : arena_(batch.arena), reader_(batch.arena, kLists), builder_(batch, context) {}

  Result<void> read(const Element& request) {
    const bool is_read = reader_.walk(request, builder_, [this](const Element& item) {
      if (!read_record(item)) return false;
      is_within_limits_ = builder_.add(record_);
      return is_within_limits_;
    });
    if (!is_read && is_within_limits_) return fail(ErrorCode::kMalformed, "invalid JSON request");
    return builder_.finish();
  }

 private:
  bool read_record(const Element& from) {
    record_.clear();
    return for_each_member(
        from, [&](std::string_view key, const Element& value) { return read_member(key, value); });
  }

  bool read_member(std::string_view key, const Element& value);

  Arena& arena_;
  JsonReader reader_;
  LogBuilder builder_;
  WireLog record_;
  bool is_within_limits_ = true;
};

bool LogReader::read_member(std::string_view key, const Element& value) {
  if (kTime == key) return read_unsigned(value, record_.time_ns);
  if (kObserved == key) return read_unsigned(value, record_.observed_ns);
  if (kNumber == key) return read_enum(value, record_.severity_number, kSeverities);
  if (kText == key) return read_text(value, record_.severity_text, arena_);
  if (key == "body") return reader_.read_value(value, record_.body);
  if (key == "attributes") return reader_.read_attributes(value, record_.attributes);
  if (key == "flags") return read_unsigned(value, record_.flags);
  if (kTraceId == key) return read_id(value, record_.trace_id, arena_);
  if (kSpanId == key) return read_id(value, record_.span_id, arena_);
  if (kEventName == key) return read_text(value, record_.event_name, arena_);
  return true;
}

}  // namespace

Result<TelemetryBatch> decode_logs_json(std::vector<char>&& body, const DecodeContext& context) {
  return decode_json<LogReader>(std::move(body), context, DigestOf::kOtlpLogs);
}

}  // namespace traceway::ingest
