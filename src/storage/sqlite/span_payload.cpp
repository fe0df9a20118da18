#include "storage/sqlite/span_payload.h"

#include "base/hash.h"
#include "base/text.h"
#include "storage/sqlite/blocks/encode.h"

#include <algorithm>

namespace traceway::sqlite {

namespace {

constexpr std::size_t kMaxFirstLine = 1024;
constexpr std::size_t kMaxType = 256;

/// A JSON object of strings; of a repeated key the last value.
std::string map_json(std::span<const Attribute> map) {
  std::string out = "{";
  for (std::size_t i = 0; i < map.size(); ++i) {
    const auto later = map.subspan(i + 1);
    if (std::ranges::find(later, map[i].key, &Attribute::key) != later.end()) continue;
    if (out.size() > 1) out.push_back(',');
    text::append_json_string(out, map[i].key);
    out.push_back(':');
    text::append_json_string(out, map[i].value);
  }
  out.push_back('}');
  return out;
}

std::string_view first_line_of(std::string_view stack) {
  const std::size_t end = stack.find_first_of("\r\n");
  return text::truncate_utf8(stack.substr(0, end), kMaxFirstLine);
}

/// What stands before the first colon, when that looks like a type's name.
std::string_view type_of(std::string_view first_line) {
  const std::string_view type = first_line.substr(0, first_line.find(':'));
  if (type.size() > kMaxType || type.find_first_of(" \t") != std::string_view::npos) return {};
  return type;
}

PreparedException prepare_exception(const Exception& exception,
                                    std::span<const Attribute> attributes, Arena& arena) {
  PreparedException out;
  out.row = exception;
  for (std::string_view* text : {&out.row.hash, &out.row.app_version, &out.row.server_name})
    *text = arena.copy(*text);
  out.row.stack_trace = {};
  out.row.attributes = {};
  out.attributes_json = arena.copy(
      map_json(attributes.subspan(exception.attributes.first, exception.attributes.count)));
  out.first_line = arena.copy(first_line_of(exception.stack_trace));
  if (!exception.is_message) out.type = type_of(out.first_line);
  out.content_hash = hash128(exception.stack_trace);
  out.stack_bytes = exception.stack_trace.size();
  std::string compressed;
  blocks::put_compressed(compressed, exception.stack_trace);
  out.compressed = arena.copy(compressed);
  return out;
}

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
  return {{batch.digest, static_cast<std::uint32_t>(batch.spans.size()),
           static_cast<std::uint32_t>(batch.exceptions.size())}};
}

}  // namespace

Result<Prepared> prepare_batch(TelemetryBatch&& batch) {
  const TelemetryBatch owned = std::move(batch);
  auto payload = std::make_unique<SpanPayload>();
  payload->exceptions.reserve(owned.exceptions.size());
  for (const Exception& exception : owned.exceptions)
    payload->exceptions.push_back(prepare_exception(exception, owned.attributes, payload->arena));
  std::span<const Span> spans = owned.spans;
  for (const BatchPart& part : parts_of(owned)) {
    const std::size_t chunks_before = payload->chunks.size();
    encode_spans(spans.first(part.spans), owned.attributes, payload->chunks);
    spans = spans.subspan(part.spans);
    payload->parts.push_back({part.digest, payload->chunks.size() - chunks_before, part.exceptions,
                              part.spans + part.exceptions});
  }

  Prepared out;
  out.project = owned.project;
  out.received_ns = owned.received_ns;
  out.records = static_cast<std::uint32_t>(owned.records());
  out.bytes = sizeof(SpanPayload) + payload->arena.reserved_bytes() +
              payload->parts.capacity() * sizeof(PayloadPart) +
              payload->exceptions.capacity() * sizeof(PreparedException);
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
