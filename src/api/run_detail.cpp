#include "api/run_detail.h"

#include "base/text.h"

#include <algorithm>
#include <unordered_map>

namespace traceway::api {

namespace {

struct DetailRequest {
  std::optional<Timestamp> recorded_at;
};

/// Which spans of a trace lie below one of them.
class Subtree {
 public:
  Subtree(const Rows& spans, std::string root) : root_(std::move(root)) {
    for (const Row& span : spans)
      parent_of_.emplace(span.blob("span_id"), span.blob("parent_span_id"));
  }

  /// Walks up to the root, to another root, or to a parent that never arrived. Spans of the latter
  /// kind belong here: nothing says otherwise. A walk longer than the trace is a cycle and belongs
  /// nowhere.
  [[nodiscard]] bool contains(const std::string& span_id) const {
    std::string at = span_id;
    for (std::size_t steps = 0; steps <= parent_of_.size(); ++steps) {
      const auto found = parent_of_.find(at);
      if (found == parent_of_.end()) return true;
      if (at == root_) return span_id != root_;
      if (found->second.empty()) return false;
      at = found->second;
      if (at == root_) return true;
    }
    return false;
  }

 private:
  std::string root_;
  std::unordered_map<std::string, std::string> parent_of_;
};

RawJson or_empty(std::string json, std::string_view empty) {
  return {json.empty() ? std::string(empty) : std::move(json)};
}

/// What every span says beyond the fields the API has always had.
void write_span_extras(json::Writer& out, const Row& span) {
  out.key("kind").value(span.integer("span_kind"));
  out.key("statusCode").value(span.integer("status_code"));
  out.key("statusMessage").value(span.text("status_message"));
  out.key("serviceName").value(span.text("service_name"));
  out.key("scopeName").value(span.text("scope_name"));
  out.key("scopeVersion").value(span.text("scope_version"));
  out.key("traceState").value(span.text("trace_state"));
  out.key("attributes").value(or_empty(span.text("span_attributes"), "{}"));
  out.key("events").value(or_empty(span.text("events"), "[]"));
  out.key("links").value(or_empty(span.text("links"), "[]"));
}

bool is_native(const Row& span) {
  constexpr std::size_t kNativeIdBytes = 16;
  return span.blob("span_id").size() == kNativeIdBytes;
}

/// When the span began: a native run's children are recorded at the start of the run, beside their
/// own. Source: ingest 3.11.
std::int64_t start_of(const Row& span) {
  const std::int64_t recorded = span.integer("recorded_at");
  if (!is_native(span)) return recorded;
  return text::parse_int(span.text("start_time_unix_nano")).value_or(recorded);
}

void write_span(json::Writer& out, const Row& span, const Uuid& run, const Uuid& project) {
  out.begin_object();
  out.key("id").value(dashed_span_id(span, "span_id").value_or(""));
  out.key("traceId").value(run);
  out.key("projectId").value(project);
  if (const auto parent = dashed_span_id(span, "parent_span_id"))
    out.key("parentSpanId").value(*parent);
  out.key("name").value(span.text("name"));
  out.key("startTime").value(Timestamp{start_of(span)});
  out.key("duration").value(span.integer("duration"));
  out.key("recordedAt").value(Timestamp{span.integer("recorded_at")});
  write_span_extras(out, span);
  out.end_object();
}

/// The run with what its own span says beyond the row: `rootSpan` inside its object.
RawJson with_root_span(std::string json, const Row* span) {
  if (span == nullptr) return {std::move(json)};
  json::Writer root;
  root.begin_object();
  root.key("name").value(span->text("name"));
  write_span_extras(root, *span);
  root.key("resource").value(or_empty(span->text("resource"), "{}"));
  root.key("scope").value(or_empty(span->text("scope"), "{}"));
  root.end_object();
  json.pop_back();
  return {json + ",\"rootSpan\":" + root.take() + "}"};
}

const Row* find_span(const Rows& spans, std::string_view id) {
  const auto found =
      std::ranges::find_if(spans, [&](const Row& span) { return span.blob("span_id") == id; });
  return found == spans.end() ? nullptr : &*found;
}

void write_exception(json::Writer& out, const Row& row) {
  out.begin_object();
  out.key("exceptionHash").value(row.text("exception_hash"));
  out.key("stackTrace").value(row.text("stack_trace"));
  const std::int64_t second = 1'000'000'000;
  out.key("recordedAt").value(Timestamp{row.integer("recorded_at") / second * second});
  out.end_object();
}

void write_message(json::Writer& out, const Row& row) {
  out.begin_object();
  out.key("id").value(row.uuid("id"));
  out.key("exceptionHash").value(row.text("exception_hash"));
  out.key("stackTrace").value(row.text("stack_trace"));
  out.key("recordedAt").value(Timestamp{row.integer("recorded_at")});
  const RawJson attributes = map_or_null(row.text("attributes"));
  if (!attributes.text.empty()) out.key("attributes").value(attributes);
  out.end_object();
}

/// The first exception of this run's own spans; failing that, the first of the trace.
const Row* first_exception(const Rows& exceptions, const Subtree& below,
                           const std::string& root_span) {
  const Row* first_of_trace = nullptr;
  for (const Row& row : exceptions) {
    if (row.integer("is_message") != 0) continue;
    const std::string span = row.blob("span_id");
    if (span == root_span || below.contains(span)) return &row;
    if (first_of_trace == nullptr) first_of_trace = &row;
  }
  return first_of_trace;
}

}  // namespace

}  // namespace traceway::api

namespace traceway {

template <>
inline constexpr auto fields<api::DetailRequest> =
    std::tuple{field("recorded_at", &api::DetailRequest::recorded_at)};

namespace api {

Result<http::Response> run_detail(const http::Request& request, const RunKind& kind,
                                  TelemetryDb& telemetry, const WriteRun& write_run) {
  const std::string parameter = std::string(kind.noun) + "Id";
  const auto asked_id = parse_uuid(request.path_param(parameter));
  if (!asked_id) return fail(ErrorCode::kMalformed, "invalid " + parameter);
  auto asked = from_json<DetailRequest>(request.body.empty() ? "{}" : request.body_text());
  if (!asked) return fail(asked);
  const Uuid& project = request.caller.project;
  Key key{project, *asked_id, std::nullopt};
  if (asked->recorded_at) key.recorded_at_ns = asked->recorded_at->ns;
  auto found = telemetry.lookup(kind.family, key);
  if (!found) return fail(found);
  if (found->empty()) return fail(ErrorCode::kNotFound, std::string(kind.title) + " not found");
  const Row& run = found->front();

  const Key trace{project, run.uuid("trace_id"), run.integer("recorded_at")};
  auto spans = telemetry.lookup(Family::kSpans, trace);
  if (!spans) return fail(spans);
  if (is_native(run)) std::ranges::stable_sort(*spans, {}, start_of);
  auto exceptions = telemetry.lookup(Family::kExceptions, trace);
  if (!exceptions) return fail(exceptions);

  const std::string root_span = run.blob("span_id");
  const Subtree below(*spans, root_span);
  json::Writer out;
  out.begin_object();
  out.key(kind.noun).value(
      with_root_span(write_run(run, *exceptions), find_span(*spans, root_span)));
  bool has_spans = false;
  out.key("spans").begin_array();
  for (const Row& span : *spans) {
    if (!below.contains(span.blob("span_id"))) continue;
    write_span(out, span, run.uuid("id"), project);
    has_spans = true;
  }
  out.end_array().key("hasSpans").value(has_spans);
  if (const Row* exception = first_exception(*exceptions, below, root_span)) {
    out.key("exception");
    write_exception(out, *exception);
  }
  out.key("messages").begin_array();
  for (const Row& row : *exceptions) {
    if (row.integer("is_message") != 0) write_message(out, row);
  }
  out.end_array().end_object();
  return http::json_response(out.take());
}

}  // namespace api
}  // namespace traceway
