#include "storage/sqlite/materialise.h"

#include "storage/sqlite/blocks/attributes_part.h"
#include "storage/sqlite/blocks/hot_chunk.h"
#include "storage/sqlite/blocks/ids_part.h"
#include "storage/sqlite/blocks/rest_part.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace traceway::sqlite {

namespace {

using blocks::Part;
using blocks::RestNumber;
using blocks::RestText;

Columns columns(std::vector<std::string> names) {
  return std::make_shared<const std::vector<std::string>>(std::move(names));
}

const Columns& columns_of(Family family) {
  static const Columns endpoints =
      columns({"id", "trace_id", "span_id", "parent_span_id", "linked_trace_id", "endpoint",
               "duration", "recorded_at", "status_code", "body_size", "client_ip", "attributes",
               "app_version", "server_name", "is_stream", "is_root"});
  static const Columns tasks = columns(
      {"id", "trace_id", "span_id", "parent_span_id", "linked_trace_id", "task_name", "duration",
       "recorded_at", "client_ip", "attributes", "app_version", "server_name", "is_root"});
  static const Columns spans = columns({"trace_id",
                                        "span_id",
                                        "parent_span_id",
                                        "name",
                                        "span_kind",
                                        "status_code",
                                        "status_message",
                                        "service_name",
                                        "app_version",
                                        "scope_name",
                                        "scope_version",
                                        "start_time_unix_nano",
                                        "end_time_unix_nano",
                                        "duration",
                                        "recorded_at",
                                        "trace_state",
                                        "flags",
                                        "dropped_attributes_count",
                                        "dropped_events_count",
                                        "dropped_links_count",
                                        "resource_schema_url",
                                        "scope_schema_url",
                                        "span_attributes",
                                        "resource",
                                        "scope",
                                        "events",
                                        "links"});
  if (family == Family::kEndpoints) return endpoints;
  return family == Family::kTasks ? tasks : spans;
}

Value id_value(std::string_view bytes) {
  if (bytes.empty()) return std::monostate{};
  return Blob{std::string(bytes)};
}

Value id_value(const Uuid& id) {
  return id_value(id.is_zero() ? std::string_view() : id.view());
}

Value text_value(std::string_view text) {
  return std::string(text);
}

/// JSON that was not sent reads as the empty object or array.
Value json_value(std::string_view json, std::string_view empty) {
  return std::string(json.empty() ? empty : json);
}

/// The parts of one block as they are needed, and of one chunk what is decoded of them.
class Source {
 public:
  Source(BlockReader& reader, Family family) : reader_(reader), family_(family) {}

  /// False when the chunk cannot be read.
  Result<bool> open(std::int64_t block, std::uint32_t chunk);

  [[nodiscard]] Row row(const RowAddress& at, std::string attributes) const {
    return {columns_of(family_), family_ == Family::kSpans
                                     ? span_values(at, std::move(attributes))
                                     : entity_values(at, std::move(attributes))};
  }

  [[nodiscard]] const blocks::ChunkAttributes& attributes() const { return attributes_; }

 private:
  struct OpenPart {
    std::string buffer;
    std::optional<blocks::BlockView> view;
  };

  Result<bool> open_block(std::int64_t block);
  bool decode(Part part, std::string_view chunk);
  [[nodiscard]] std::vector<Value> span_values(const RowAddress& at, std::string attributes) const;
  [[nodiscard]] std::vector<Value> entity_values(const RowAddress& at,
                                                 std::string attributes) const;

  BlockReader& reader_;
  Family family_;
  std::int64_t block_ = 0;
  bool is_block_readable_ = false;
  std::array<OpenPart, blocks::kParts> parts_;
  std::string attributes_buffer_;
  std::string rest_buffer_;
  blocks::HotChunk hot_;
  blocks::ChunkIds ids_;
  blocks::ChunkAttributes attributes_;
  blocks::ChunkRest rest_;
};

Result<bool> Source::open_block(std::int64_t block) {
  if (block == block_) return is_block_readable_;
  block_ = block;
  is_block_readable_ = false;
  for (std::size_t i = 0; i < blocks::kParts; ++i) {
    const auto part = static_cast<Part>(i);
    if (part == Part::kRest && family_ != Family::kSpans) continue;
    auto view = reader_.part(block, part, parts_[i].buffer);
    if (!view) return fail(view);
    if (!*view || (i > 0 && (*view)->chunks() != parts_[0].view->chunks())) return false;
    parts_[i].view = *view;
  }
  is_block_readable_ = true;
  return true;
}

bool Source::decode(Part part, std::string_view chunk) {
  switch (part) {
    case Part::kHot:
      return hot_.read(chunk);
    case Part::kIds:
      return ids_.read(chunk, hot_.rows);
    case Part::kAttributes: {
      const auto raw = blocks::decompress(chunk, attributes_buffer_);
      return raw && attributes_.read(*raw, hot_.rows, hot_.entities);
    }
    case Part::kRest: {
      if (family_ != Family::kSpans) return true;
      const auto raw = blocks::decompress(chunk, rest_buffer_);
      return raw && rest_.read(*raw, hot_.rows);
    }
  }
  return false;
}

Result<bool> Source::open(std::int64_t block, std::uint32_t chunk) {
  auto is_readable = open_block(block);
  if (!is_readable || !*is_readable) return is_readable;
  if (chunk >= parts_[0].view->chunks()) return false;
  for (std::size_t i = 0; i < blocks::kParts; ++i) {
    const auto part = static_cast<Part>(i);
    if (part == Part::kRest && family_ != Family::kSpans) continue;
    if (!decode(part, parts_[i].view->chunk(chunk))) {
      reader_.note_damage(block, part);
      return false;
    }
  }
  return true;
}

std::vector<Value> Source::entity_values(const RowAddress& at, std::string attributes) const {
  std::vector<Value> out;
  out.emplace_back(id_value(hot_.entity_id(at.entity)));
  out.emplace_back(id_value(ids_.traces[ids_.trace[at.row]]));
  out.emplace_back(id_value(ids_.span[at.row]));
  out.emplace_back(id_value(ids_.parent[at.row]));
  out.emplace_back(id_value(ids_.linked_trace(at.row)));
  out.emplace_back(text_value(hot_.texts.text(hot_.entity_name[at.entity])));
  out.emplace_back(hot_.duration[at.row]);
  out.emplace_back(hot_.start[at.row]);
  if (family_ == Family::kEndpoints) {
    out.emplace_back(hot_.http_status[at.entity]);
    out.emplace_back(hot_.body_size[at.entity]);
  }
  out.emplace_back(text_value(attributes_.client_ip(at.entity)));
  out.emplace_back(std::move(attributes));
  out.emplace_back(text_value(hot_.texts.text(hot_.version[at.row])));
  out.emplace_back(text_value(hot_.texts.text(hot_.service[at.row])));
  if (family_ == Family::kEndpoints) out.emplace_back(hot_.is_stream[at.entity]);
  out.emplace_back(hot_.is_root[at.row]);
  return out;
}

std::vector<Value> Source::span_values(const RowAddress& at, std::string attributes) const {
  const std::uint32_t row = at.row;
  const auto source = rest_.source_times(row, hot_.start[row], hot_.duration[row]);
  const auto text = [&](RestText column) { return text_value(rest_.text(column, row)); };
  std::vector<Value> out;
  out.emplace_back(id_value(ids_.traces[ids_.trace[row]]));
  out.emplace_back(id_value(ids_.span[row]));
  out.emplace_back(id_value(ids_.parent[row]));
  out.emplace_back(text_value(hot_.texts.text(hot_.name[row])));
  out.emplace_back(hot_.kind[row]);
  out.emplace_back(hot_.status[row]);
  out.emplace_back(text(RestText::kStatusMessage));
  out.emplace_back(text_value(hot_.texts.text(hot_.service[row])));
  out.emplace_back(text_value(hot_.texts.text(hot_.version[row])));
  out.emplace_back(text(RestText::kScopeName));
  out.emplace_back(text(RestText::kScopeVersion));
  out.emplace_back(std::to_string(source.start_ns));
  out.emplace_back(std::to_string(source.end_ns));
  out.emplace_back(hot_.duration[row]);
  out.emplace_back(hot_.start[row]);
  out.emplace_back(text(RestText::kTraceState));
  for (const RestNumber column : {RestNumber::kFlags, RestNumber::kDroppedAttributes,
                                  RestNumber::kDroppedEvents, RestNumber::kDroppedLinks})
    out.emplace_back(rest_.number(column, row));
  out.emplace_back(text(RestText::kResourceSchemaUrl));
  out.emplace_back(text(RestText::kScopeSchemaUrl));
  out.emplace_back(std::move(attributes));
  out.emplace_back(json_value(rest_.text(RestText::kResource, row), "{}"));
  out.emplace_back(json_value(rest_.text(RestText::kScope, row), "{}"));
  out.emplace_back(json_value(rest_.text(RestText::kEvents, row), "[]"));
  out.emplace_back(json_value(rest_.text(RestText::kLinks, row), "[]"));
  return out;
}

}  // namespace

Result<Rows> materialise(BlockReader& reader, Family family,
                         std::span<const RowAddress> addresses) {
  std::vector<std::size_t> order(addresses.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) {
    const RowAddress& at = addresses[i];
    return std::tuple(at.block, at.chunk, at.row);
  });
  std::vector<std::optional<Row>> found(addresses.size());
  Source source(reader, family);
  for (std::size_t first = 0; first < order.size();) {
    const RowAddress& at = addresses[order[first]];
    std::size_t end = first;
    std::vector<std::uint32_t> rows;
    for (; end < order.size(); ++end) {
      const RowAddress& next = addresses[order[end]];
      if (next.block != at.block || next.chunk != at.chunk) break;
      rows.push_back(next.row);
    }
    const auto is_readable = source.open(at.block, at.chunk);
    if (!is_readable) return fail(is_readable);
    if (*is_readable) {
      std::vector<std::string> maps = source.attributes().maps(rows);
      for (std::size_t i = first; i < end && i - first < maps.size(); ++i)
        found[order[i]] = source.row(addresses[order[i]], std::move(maps[i - first]));
    }
    first = end;
  }
  Rows out;
  out.reserve(found.size());
  for (std::optional<Row>& row : found) {
    if (row) out.push_back(std::move(*row));
  }
  return out;
}

}  // namespace traceway::sqlite
