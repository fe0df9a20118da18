#include "storage/sqlite/span_payload.h"

#include "storage/sqlite/blocks/encode.h"

#include <algorithm>

namespace traceway::sqlite {

namespace {

/// How many of the first spans fit one chunk.
std::size_t chunk_rows(std::span<const Span> spans) {
  std::size_t rows = 0;
  std::size_t attributes = 0;
  while (rows < spans.size() && rows < blocks::kMaxChunkRows) {
    attributes += spans[rows].attributes.count;
    if (attributes > blocks::kMaxChunkAttributes && rows > 0) break;
    ++rows;
  }
  return rows;
}

void encode_spans(std::span<const Span> spans, std::span<const Attribute> attributes,
                  std::vector<blocks::EncodedChunk>& chunks) {
  while (!spans.empty()) {
    const std::size_t rows = chunk_rows(spans);
    chunks.push_back(blocks::thread_encoder().encode(spans.first(rows), attributes));
    spans = spans.subspan(rows);
  }
}

std::vector<BatchPart> parts_of(const TelemetryBatch& batch) {
  if (!batch.parts.empty()) return batch.parts;
  const auto count = [](const auto& rows) { return static_cast<std::uint32_t>(rows.size()); };
  return {{batch.digest, count(batch.spans), count(batch.exceptions), count(batch.sessions),
           count(batch.recordings)}};
}

}  // namespace

Result<Prepared> prepare_batch(TelemetryBatch&& batch) {
  const TelemetryBatch owned = std::move(batch);
  auto payload = std::make_unique<SpanPayload>();
  payload->exceptions = prepare_exceptions(owned, payload->arena);
  payload->sessions = prepare_sessions(owned, payload->arena);
  payload->recordings = prepare_recordings(owned, payload->arena);
  std::span<const Span> spans = owned.spans;
  for (const BatchPart& part : parts_of(owned)) {
    const std::size_t chunks_before = payload->chunks.size();
    encode_spans(spans.first(part.spans), owned.attributes, payload->chunks);
    spans = spans.subspan(part.spans);
    payload->parts.push_back({part.digest, payload->chunks.size() - chunks_before, part.exceptions,
                              part.sessions, part.recordings,
                              part.spans + part.exceptions + part.sessions + part.recordings});
  }

  Prepared out;
  out.project = owned.project;
  out.received_ns = owned.received_ns;
  out.records = static_cast<std::uint32_t>(owned.records());
  out.bytes = sizeof(SpanPayload) + payload->arena.reserved_bytes() +
              payload->parts.capacity() * sizeof(PayloadPart) +
              payload->exceptions.capacity() * sizeof(PreparedException) +
              payload->sessions.capacity() * sizeof(PreparedSession) +
              payload->recordings.capacity() * sizeof(PreparedRecording);
  for (const blocks::EncodedChunk& chunk : payload->chunks) out.bytes += chunk.bytes();
  out.payload = std::move(payload);
  return out;
}

Result<Prepared> prepare_commands(std::vector<Command> commands) {
  if (commands.empty()) return fail(ErrorCode::kInternal, {}, "a job without commands");
  auto payload = std::make_unique<SpanPayload>();
  Prepared out;
  out.project = commands.front().project;
  out.records = static_cast<std::uint32_t>(commands.size());
  out.bytes = sizeof(SpanPayload) + commands.size() * sizeof(Command);
  payload->commands = std::move(commands);
  out.payload = std::move(payload);
  return out;
}

}  // namespace traceway::sqlite
