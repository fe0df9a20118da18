#include "ingest/report_rows.h"

#include "ingest/grouping.h"
#include "ingest/healthchecks.h"

#include <algorithm>

namespace traceway::ingest {

namespace {

using report_values::Element;

constexpr std::string_view kUnknownName = "unknown";
constexpr std::int64_t kNotFound = 404;
constexpr std::int64_t kServerError = 500;
constexpr std::int64_t kLargestStatus = 999;
constexpr std::uint8_t kStatusError = 2;

bool is_no_text(const Element* from) {
  return from != nullptr && !from->is_string();
}

std::string_view name_of(const Element* from, Arena& arena) {
  const std::string_view name = report_values::text(from, kMaxNameBytes, arena);
  return name.empty() ? kUnknownName : name;
}

Uuid or_random(const Uuid& id) {
  return id.is_zero() ? uuid_v4() : id;
}

Uuid first_given(const Uuid& id, const Uuid& otherwise) {
  return id.is_zero() ? otherwise : id;
}

void set_source_times(Span& span, std::int64_t start_ns) {
  span.source_start_ns = static_cast<std::uint64_t>(start_ns);
  span.source_end_ns = span.source_start_ns + static_cast<std::uint64_t>(span.duration_ns);
}

std::int64_t status_of(const Element* from) {
  const std::int64_t status = report_values::whole(from).value_or(0);
  return status < 0 || status > kLargestStatus ? 0 : status;
}

bool says_stream(const TelemetryBatch& batch, AttributeRange attributes) {
  const auto map = std::span(batch.attributes).subspan(attributes.first, attributes.count);
  return std::ranges::any_of(map, [](const Attribute& attribute) {
    return attribute.key == "traceway.is_stream" && attribute.value == "true";
  });
}

}  // namespace

void ReportRows::begin_frame(const Uuid& digest, const Uuid& frame_id) {
  frame_digest_ = digest;
  frame_id_ = frame_id;
  exceptions_in_frame_ = 0;
  first_span_ = batch_.spans.size();
  first_exception_ = batch_.exceptions.size();
  first_point_ = batch_.metric_points.size();
}

std::string_view ReportRows::begin_run(const Members<RunField>& run) {
  run_.clear();
  const Element* endpoint = run.find(RunField::kEndpoint);
  if (is_no_text(endpoint)) return "endpoint is no text";
  Arena& arena = batch_.arena;
  Span root;
  root.entity_id = or_random(report_values::named_id(run.find(RunField::kId), batch_.project));
  root.id = span_id_from_bytes(root.entity_id.view());
  root.trace =
      first_given(report_values::uuid(run.find(RunField::kDistributedTraceId)), root.entity_id);
  root.name = root.entity_name = name_of(endpoint, arena);
  root.start_ns = report_values::time_ns(run.find(RunField::kRecordedAt), context_.received_ns);
  root.duration_ns =
      report_values::duration_ns(run.find(RunField::kDuration), run.find(RunField::kDurationMs));
  set_source_times(root, root.start_ns);
  root.service_name = source_.server_name;
  root.service_version = source_.app_version;
  root.attributes = maps_.append(run.find(RunField::kAttributes), batch_);
  root.client_ip = report_values::text(run.find(RunField::kClientIp), kMaxLabelBytes, arena);
  read_entity(run, root);
  run_.push_back(root);
  return {};
}

void ReportRows::read_entity(const Members<RunField>& run, Span& root) {
  const std::int64_t status = status_of(run.find(RunField::kStatusCode));
  root.status_code = status >= kServerError ? kStatusError : std::uint8_t{0};
  if (report_values::flag(run.find(RunField::kIsTask))) {
    root.entity = EntityKind::kTask;
    root.kind = SpanKind::kInternal;
    return;
  }
  root.entity = EntityKind::kEndpoint;
  root.kind = SpanKind::kServer;
  root.http_status = static_cast<std::uint16_t>(status);
  if (status == kNotFound) root.entity_name = "UNMATCHED";
  const auto size = report_values::whole(run.find(RunField::kBodySize));
  root.body_size = std::max<std::int64_t>(size.value_or(0), 0);
  root.is_stream = says_stream(batch_, root.attributes);
}

std::string_view ReportRows::add_span(const Members<SpanField>& span) {
  const Element* name = span.find(SpanField::kName);
  if (is_no_text(name)) return "name is no text";
  const Span& root = run_.front();
  Span child;
  child.trace = root.trace;
  const Uuid id = or_random(report_values::named_id(span.find(SpanField::kId), root.entity_id));
  const Uuid parent = report_values::named_id(span.find(SpanField::kParentSpanId), root.entity_id);
  child.id = span_id_from_bytes(id.view());
  child.parent = parent.is_zero() ? root.id : span_id_from_bytes(parent.view());
  child.name = name_of(name, batch_.arena);
  // The run's, so that the whole run lies in one time window; its own is the source's.
  child.start_ns = root.start_ns;
  child.duration_ns = report_values::duration_ns(span.find(SpanField::kDuration),
                                                 span.find(SpanField::kDurationMs));
  set_source_times(child,
                   report_values::time_ns(span.find(SpanField::kStartTime), context_.received_ns));
  child.service_name = root.service_name;
  child.service_version = root.service_version;
  child.attributes = maps_.append(span.find(SpanField::kAttributes), batch_);
  run_.push_back(child);
  return {};
}

void ReportRows::end_run() {
  for (const Span& span : run_) keep(span);
  run_.clear();
}

void ReportRows::keep(const Span& span) {
  const auto known = index_.find(batch_.spans, span.trace, span.id);
  if (!known) {
    batch_.spans.push_back(span);
    index_.insert(batch_.spans, static_cast<std::uint32_t>(batch_.spans.size() - 1));
    return;
  }
  Span& there = batch_.spans[*known];
  if (there.entity != EntityKind::kNone) return;
  if (span.entity != EntityKind::kNone || span.duration_ns > there.duration_ns) there = span;
}

std::string_view ReportRows::exception_text_of(const Members<ExceptionField>& exception) {
  Arena& arena = batch_.arena;
  if (const Element* text = exception.find(ExceptionField::kText)) {
    return report_values::text(text, kMaxStackBytes, arena);
  }
  const auto part = [&](ExceptionField field) {
    return report_values::text(exception.find(field), kMaxStackBytes, arena);
  };
  const std::string joined = exception_text(
      part(ExceptionField::kType), part(ExceptionField::kMessage), part(ExceptionField::kStack));
  return stored_text(arena.copy(joined), kMaxStackBytes, arena);
}

std::string_view ReportRows::add_exception(const Members<ExceptionField>& exception) {
  const std::size_t index = exceptions_in_frame_++;
  if (is_no_text(exception.find(ExceptionField::kText))) return "stackTrace is no text";
  const Uuid run =
      report_values::named_id(exception.find(ExceptionField::kTraceId), batch_.project);
  const Uuid distributed = report_values::uuid(exception.find(ExceptionField::kDistributedTraceId));
  Exception row;
  row.trace = first_given(distributed, run);
  row.span = span_id_from_bytes(run.view());
  const bool is_task = report_values::flag(exception.find(ExceptionField::kIsTask));
  row.trace_type = is_task ? EntityKind::kTask : EntityKind::kEndpoint;
  row.is_message = report_values::flag(exception.find(ExceptionField::kIsMessage));
  row.stack_trace = exception_text_of(exception);
  row.hash = batch_.arena.copy(exception_hash(row.stack_trace, row.is_message));
  row.grouping_version = kGroupingVersion;
  row.recorded_ns =
      report_values::time_ns(exception.find(ExceptionField::kRecordedAt), context_.received_ns);
  row.attributes = maps_.append(exception.find(ExceptionField::kAttributes), batch_);
  row.app_version = source_.app_version;
  row.server_name = source_.server_name;
  row.session = report_values::uuid(exception.find(ExceptionField::kSessionId));
  row.id = frame_id_.is_zero() ? ids_.next(batch_.project, row)
                               : ExceptionIds::of_frame(batch_.project, frame_id_, index);
  batch_.exceptions.push_back(row);
  return {};
}

std::string_view ReportRows::add_metric(const Members<MetricField>& metric) {
  Arena& arena = batch_.arena;
  const std::string_view name =
      report_values::text(metric.find(MetricField::kName), kMaxNameBytes, arena);
  if (name.empty()) return "has no name";
  const Element* value = metric.find(MetricField::kValue);
  MetricPoint point;
  if (value == nullptr || value->get(point.value) != simdjson::SUCCESS) {
    return "has no number for a value";
  }
  point.name = name;
  point.recorded_ns =
      report_values::time_ns(metric.find(MetricField::kRecordedAt), context_.received_ns);
  point.attributes = maps_.append(metric.find(MetricField::kTags), batch_);
  set_server_tag(batch_, point.attributes, source_.server_name);
  const auto [type, unit] = native_metric(name);
  definitions_.add(name, type, unit);
  batch_.metric_points.push_back(point);
  return {};
}

void ReportRows::end_frame() {
  const auto spans = static_cast<std::uint32_t>(batch_.spans.size() - first_span_);
  const auto exceptions = static_cast<std::uint32_t>(batch_.exceptions.size() - first_exception_);
  const auto points = static_cast<std::uint32_t>(batch_.metric_points.size() - first_point_);
  if (frame_id_.is_zero()) {
    if (spans + exceptions + points > 0)
      batch_.parts.push_back({frame_digest_, spans, exceptions, 0, points});
    return;
  }
  // A frame is known by its id although it may have grown: its exceptions are known by their own.
  if (spans + points > 0) batch_.parts.push_back({frame_digest_, spans, 0, 0, points});
  if (exceptions > 0) batch_.parts.push_back({{}, 0, exceptions, 0, 0});
}

void ReportRows::finish() {
  if (context_.drops_healthy_healthchecks) drop_healthchecks(batch_, index_, context_);
}

}  // namespace traceway::ingest
