#include "storage/sqlite/batch_payload.h"

#include "storage/sqlite/blocks/encode.h"
#include "storage/sqlite/blocks/encode_logs.h"
#include "storage/sqlite/blocks/metric_encode.h"

#include <algorithm>

namespace traceway::sqlite {

namespace {

using blocks::BlockFamily;

/// How many of the first rows fit one chunk.
template <class T>
std::size_t chunk_rows(std::span<const T> all) {
  std::size_t rows = 0;
  std::size_t attributes = 0;
  while (rows < all.size() && rows < blocks::kMaxChunkRows) {
    attributes += all[rows].attributes.count;
    if (attributes > blocks::kMaxChunkAttributes && rows > 0) break;
    ++rows;
  }
  return rows;
}

/// Encodes the first `count` of `rows`, which moves past them; returns how many chunks they gave.
template <class T, class Encoder>
std::size_t encode_some(std::span<const T>& rows, std::size_t count,
                        std::span<const Attribute> attributes, Encoder& encoder,
                        std::vector<blocks::EncodedChunk>& chunks) {
  const std::size_t before = chunks.size();
  for (std::span<const T> left = rows.first(count); !left.empty();) {
    const std::size_t fitting = chunk_rows(left);
    chunks.push_back(encoder.encode(left.first(fitting), attributes));
    left = left.subspan(fitting);
  }
  rows = rows.subspan(count);
  return chunks.size() - before;
}

std::vector<BatchPart> parts_of(const TelemetryBatch& batch) {
  if (!batch.parts.empty()) return batch.parts;
  return {{batch.digest, static_cast<std::uint32_t>(batch.spans.size()),
           static_cast<std::uint32_t>(batch.exceptions.size()),
           static_cast<std::uint32_t>(batch.logs.size()),
           static_cast<std::uint32_t>(batch.metric_points.size())}};
}

}  // namespace

Result<Prepared> prepare_batch(TelemetryBatch&& batch) {
  const TelemetryBatch owned = std::move(batch);
  auto payload = std::make_unique<BatchPayload>();
  payload->exceptions = prepare_exceptions(owned, payload->arena);
  std::span<const Span> spans = owned.spans;
  std::span<const LogRecord> logs = owned.logs;
  std::span<const MetricPoint> points = owned.metric_points;
  for (const BatchPart& part : parts_of(owned)) {
    PayloadPart made{part.digest, {}, part.exceptions, part.records()};
    constexpr auto kSpans = static_cast<std::size_t>(BlockFamily::kSpans);
    made.chunks[kSpans] = encode_some(spans, part.spans, owned.attributes, blocks::thread_encoder(),
                                      payload->chunks[kSpans]);
    constexpr auto kLogs = static_cast<std::size_t>(BlockFamily::kLogs);
    made.chunks[kLogs] = encode_some(logs, part.logs, owned.attributes,
                                     blocks::thread_log_encoder(), payload->chunks[kLogs]);
    constexpr auto kMetrics = static_cast<std::size_t>(BlockFamily::kMetrics);
    made.chunks[kMetrics] = encode_some(points, part.metric_points, owned.attributes,
                                        blocks::thread_metric_encoder(), payload->chunks[kMetrics]);
    payload->parts.push_back(made);
  }

  Prepared out;
  out.project = owned.project;
  out.received_ns = owned.received_ns;
  out.records = static_cast<std::uint32_t>(owned.records());
  out.bytes = sizeof(BatchPayload) + payload->arena.reserved_bytes() +
              payload->parts.capacity() * sizeof(PayloadPart) +
              payload->exceptions.capacity() * sizeof(PreparedException);
  for (const auto& chunks : payload->chunks) {
    for (const blocks::EncodedChunk& chunk : chunks) out.bytes += chunk.bytes();
  }
  out.payload = std::move(payload);
  return out;
}

Result<Prepared> prepare_commands(std::vector<Command> commands) {
  if (commands.empty()) return fail(ErrorCode::kInternal, {}, "a job without commands");
  auto payload = std::make_unique<BatchPayload>();
  Prepared out;
  out.project = commands.front().project;
  out.records = static_cast<std::uint32_t>(commands.size());
  out.bytes = sizeof(BatchPayload) + commands.size() * sizeof(Command);
  payload->commands = std::move(commands);
  out.payload = std::move(payload);
  return out;
}

}  // namespace traceway::sqlite
