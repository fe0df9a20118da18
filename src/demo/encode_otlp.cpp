#include "demo/company.h"
#include "demo/encode.h"

#include <protozero/pbf_writer.hpp>

namespace traceway::demo {

namespace {

using protozero::pbf_writer;

constexpr std::uint32_t kStatusError = 2;
constexpr std::string_view kLibraryVersion = "1.27.0";

// Field numbers of ingest 4.3.

void add_attribute(pbf_writer& to, protozero::pbf_tag_type tag, std::string_view key,
                   const Value& value) {
  pbf_writer pair(to, tag);
  pair.add_string(1, key.data(), key.size());
  pbf_writer any(pair, 2);
  if (const auto* text = std::get_if<std::string>(&value)) {
    any.add_string(1, text->data(), text->size());
  } else {
    any.add_int64(3, std::get<std::int64_t>(value));
  }
}

std::string bytes_of(std::uint64_t id) {
  std::string out(sizeof id, '\0');
  for (std::size_t i = out.size(); i > 0; --i) {
    out[i - 1] = static_cast<char>(id & 0xFFU);
    id >>= 8U;
  }
  return out;
}

void add_failure(pbf_writer& span, const Work& work) {
  pbf_writer event(span, 11);
  event.add_fixed64(1, static_cast<std::uint64_t>(work.end_ns()));
  event.add_string(2, "exception");
  add_attribute(event, 3, "exception.type", work.failure->type);
  add_attribute(event, 3, "exception.message", work.failure->message);
  add_attribute(event, 3, "exception.stacktrace", work.failure->stack);
}

void add_span(pbf_writer& scope_spans, const Work& work) {
  pbf_writer span(scope_spans, 2);
  const std::string_view trace = work.trace.view();
  span.add_bytes(1, trace.data(), trace.size());
  span.add_bytes(2, bytes_of(work.id));
  if (work.parent != 0) span.add_bytes(4, bytes_of(work.parent));
  span.add_string(5, work.name);
  span.add_enum(6, static_cast<std::int32_t>(work.kind));
  span.add_fixed64(7, static_cast<std::uint64_t>(work.start_ns));
  span.add_fixed64(8, static_cast<std::uint64_t>(work.end_ns()));
  for (const auto& [key, value] : work.attributes) add_attribute(span, 9, key, value);
  if (work.failure) add_failure(span, work);
  if (work.is_error) {
    pbf_writer status(span, 15);
    status.add_enum(3, kStatusError);
  }
}

void add_resource(pbf_writer& resource_spans, const Batch& batch) {
  const Service& service = service_of(batch.service);
  pbf_writer resource(resource_spans, 1);
  const auto add = [&](std::string_view key, std::string_view value) {
    add_attribute(resource, 1, key, std::string(value));
  };
  add("service.name", service.name);
  add("service.version", batch.version);
  add("host.name", service.hosts[batch.host]);
  add("deployment.environment.name", "production");
  add("telemetry.sdk.name", "opentelemetry");
  add("telemetry.sdk.language", service.language);
  add("telemetry.sdk.version", kLibraryVersion);
}

}  // namespace

std::string to_otlp(std::span<const Batch> batches) {
  std::string out;
  pbf_writer request(out);
  for (const Batch& batch : batches) {
    if (batch.work.empty()) continue;
    pbf_writer resource_spans(request, 1);
    add_resource(resource_spans, batch);
    pbf_writer scope_spans(resource_spans, 2);
    {
      const std::string_view name = service_of(batch.service).scope;
      pbf_writer scope(scope_spans, 1);
      scope.add_string(1, name.data(), name.size());
      scope.add_string(2, kLibraryVersion.data(), kLibraryVersion.size());
    }
    for (const Work& work : batch.work) add_span(scope_spans, work);
  }
  return out;
}

}  // namespace traceway::demo
