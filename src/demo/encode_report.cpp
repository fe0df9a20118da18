#include "base/json.h"
#include "demo/company.h"
#include "demo/encode.h"
#include "demo/random.h"

#include <cstring>

namespace traceway::demo {

namespace {

/// The native protocol's ids are UUIDs: the span id, then what follows from it.
Uuid uuid_of(std::uint64_t id) {
  const std::uint64_t words[] = {id, Random(id).next()};
  Uuid uuid;
  std::memcpy(uuid.bytes.data(), words, sizeof words);
  return uuid;
}

void write_attributes(json::Writer& out, const Attributes& attributes) {
  out.key("attributes").begin_object();
  for (const auto& [key, value] : attributes) {
    out.key(key);
    std::visit([&](const auto& one) { out.value(one); }, value);
  }
  out.end_object();
}

void write_child(json::Writer& out, const Work& work) {
  out.begin_object();
  out.key("id").value(uuid_of(work.id));
  out.key("name").value(work.name);
  out.key("startTime").value(Timestamp{work.start_ns});
  out.key("duration").value(work.duration_ns);
  write_attributes(out, work.attributes);
  out.end_object();
}

/// A run with its own spans, which follow it.
void write_run(json::Writer& out, std::span<const Work> run_and_spans) {
  const Work& run = run_and_spans.front();
  out.begin_object();
  out.key("id").value(uuid_of(run.id));
  out.key("endpoint").value(run.name);
  out.key("duration").value(run.duration_ns);
  out.key("recordedAt").value(Timestamp{run.start_ns});
  out.key("statusCode").value(run.http_status);
  out.key("bodySize").value(0);
  out.key("clientIP").value("");
  if (run.is_task) out.key("isTask").value(true);
  out.key("distributedTraceId").value(run.trace);
  write_attributes(out, run.attributes);
  out.key("spans").begin_array();
  for (const Work& child : run_and_spans.subspan(1)) write_child(out, child);
  out.end_array().end_object();
}

bool starts_run(const Work& work) {
  return work.is_task || work.kind == SpanKind::kServer;
}

void write_runs(json::Writer& out, std::span<const Work> work) {
  out.key("traces").begin_array();
  while (!work.empty()) {
    std::size_t size = 1;
    while (size < work.size() && !starts_run(work[size])) ++size;
    write_run(out, work.first(size));
    work = work.subspan(size);
  }
  out.end_array();
}

void write_failure(json::Writer& out, const Work& run) {
  out.begin_object();
  out.key("traceId").value(uuid_of(run.id));
  if (run.is_task) out.key("isTask").value(true);
  out.key("isMessage").value(false);
  out.key("recordedAt").value(Timestamp{run.end_ns()});
  out.key("stackTrace").value(run.failure->stack);
  out.key("distributedTraceId").value(run.trace);
  write_attributes(out, run.attributes);
  out.end_object();
}

void write_notice(json::Writer& out, const Notice& notice) {
  out.begin_object();
  if (notice.run != 0) out.key("traceId").value(uuid_of(notice.run)).key("isTask").value(true);
  out.key("isMessage").value(notice.is_message);
  out.key("recordedAt").value(Timestamp{notice.at_ns});
  out.key("stackTrace").value(notice.text);
  if (!notice.trace.is_zero()) out.key("distributedTraceId").value(notice.trace);
  write_attributes(out, notice.attributes);
  out.end_object();
}

}  // namespace

std::string to_report(const Batch& batch) {
  json::Writer out;
  out.begin_object();
  out.key("appVersion").value(batch.version);
  out.key("serverName").value(service_of(batch.service).hosts[batch.host]);
  out.key("collectionFrames").begin_array().begin_object();
  write_runs(out, batch.work);
  out.key("stackTraces").begin_array();
  for (const Work& work : batch.work) {
    if (work.failure) write_failure(out, work);
  }
  for (const Notice& notice : batch.notices) write_notice(out, notice);
  out.end_array().key("metrics").begin_array().end_array();
  out.end_object().end_array().end_object();
  return out.take();
}

}  // namespace traceway::demo
