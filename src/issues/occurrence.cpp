#include "issues/occurrence.h"

#include "api/exception_run.h"
#include "model/exception.h"

namespace traceway::issues {

namespace {

std::optional<Uuid> distributed_trace_of(const Row& row,
                                         const std::optional<api::ExceptionRun>& run) {
  const Uuid linked = row.uuid("linked_trace_id");
  if (!linked.is_zero()) return linked;
  const Uuid trace = row.uuid("trace_id");
  if (trace.is_zero() || (run && trace == run->id)) return std::nullopt;
  return trace;
}

/// Type and message, and what else of the text is shown.
void add_text(std::string&& text, OccurrenceParts parts, Occurrence& out) {
  std::vector<api::StackError> errors;
  if (out.is_message) {
    errors.push_back(api::message_error(text));
  } else {
    errors = api::parse_stack(text);
  }
  out.type = std::move(errors.front().type);
  out.message = std::move(errors.front().message);
  if (parts == OccurrenceParts::kWithoutStack) return;
  out.frames = std::move(errors.front().frames);
  errors.erase(errors.begin());
  out.causes = std::move(errors);
  out.stack_trace = std::move(text);
}

}  // namespace

Result<Occurrence> to_occurrence(TelemetryDb& telemetry, const Uuid& project, const Row& row,
                                 OccurrenceParts parts) {
  auto run = api::run_of_exception(telemetry, project, row);
  if (!run) return fail(run);
  Occurrence out;
  out.id = row.uuid("id");
  out.project_id = project;
  out.trace_type = row.text("trace_type");
  out.span_name = row.text("run_name");
  if (*run) {
    out.trace_id.text = '"' + to_string((*run)->id) + '"';
    out.trace_type = trace_type_name((*run)->kind);
    if (!(*run)->name.empty()) out.span_name = (*run)->name;
  }
  out.exception_hash = row.text("exception_hash");
  out.recorded_at.ns = row.integer("recorded_at");
  const std::string attributes = row.text("attributes");
  if (attributes != "{}") out.attributes.text = attributes;
  out.app_version = row.text("app_version");
  out.server_name = row.text("server_name");
  out.is_message = row.integer("is_message") != 0;
  out.distributed_trace_id = distributed_trace_of(row, *run);
  if (const Uuid session = row.uuid("session_id"); !session.is_zero()) out.session_id = session;
  add_text(row.text("stack_trace"), parts, out);
  return out;
}

Result<std::vector<Occurrence>> occurrences_of(TelemetryDb& telemetry, const Uuid& project,
                                               const std::vector<std::int64_t>& rows,
                                               OccurrenceParts parts) {
  auto stored = telemetry.run("issues.occurrences",
                              {{"project_id", to_value(project)}, {"rows", to_json(rows)}});
  if (!stored) return fail(stored);
  std::vector<Occurrence> out;
  for (const Row& row : *stored) {
    auto one = to_occurrence(telemetry, project, row, parts);
    if (!one) return fail(one);
    out.push_back(std::move(*one));
  }
  return out;
}

}  // namespace traceway::issues
