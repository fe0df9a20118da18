// Batches of invented spans for tests and benchmarks, from a printed seed. Tests only.
#pragma once

#include "model/batch.h"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite {

/// Builds a batch whose rows point into its own arena.
class BatchBuilder {
 public:
  BatchBuilder(const Uuid& project, std::uint64_t digest) {
    batch_.project = project;
    batch_.digest = id_of(digest);
  }

  [[nodiscard]] static Uuid id_of(std::uint64_t number) {
    Uuid id;
    for (std::size_t i = 0; i < 8; ++i) {
      id.bytes[i] = static_cast<std::uint8_t>(number * 0x9E3779B97F4A7C15ULL >> (8 * i));
      id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return id;
  }

  [[nodiscard]] static SpanId span_id_of(std::uint64_t number) {
    return span_id_from_bytes(id_of(number).view().substr(8));
  }

  std::string_view text(std::string_view text) { return batch_.arena.copy(text); }

  AttributeRange attributes(const std::vector<std::pair<std::string, std::string>>& map) {
    const auto first = static_cast<std::uint32_t>(batch_.attributes.size());
    for (const auto& [key, value] : map) batch_.attributes.push_back({text(key), text(value)});
    return {first, static_cast<std::uint32_t>(map.size())};
  }

  /// A span of trace 1 that began at `start_ns`.
  Span& span(std::uint64_t id, std::int64_t start_ns, std::int64_t duration_ns) {
    Span& span = batch_.spans.emplace_back();
    span.trace = id_of(1);
    span.id = span_id_of(id);
    span.start_ns = start_ns;
    span.duration_ns = duration_ns;
    span.source_start_ns = static_cast<std::uint64_t>(start_ns);
    span.source_end_ns =
        static_cast<std::uint64_t>(start_ns) + static_cast<std::uint64_t>(duration_ns);
    return span;
  }

  Span& endpoint(std::uint64_t id, std::string_view name, std::int64_t start_ns,
                 std::int64_t duration_ns) {
    Span& made = span(id, start_ns, duration_ns);
    made.name = made.entity_name = text(name);
    made.kind = SpanKind::kServer;
    made.entity = EntityKind::kEndpoint;
    made.entity_id = id_of(id);
    made.http_status = 200;
    return made;
  }

  Exception& exception(std::uint64_t id, std::string_view stack, std::int64_t recorded_ns) {
    Exception& made = batch_.exceptions.emplace_back();
    made.id = id_of(id);
    made.trace = id_of(1);
    made.stack_trace = text(stack);
    made.hash = "00112233aabbccdd";
    made.grouping_version = 1;
    made.recorded_ns = recorded_ns;
    return made;
  }

  [[nodiscard]] TelemetryBatch take() { return std::move(batch_); }

  TelemetryBatch& batch() { return batch_; }

 private:
  TelemetryBatch batch_;
};

}  // namespace traceway::sqlite
