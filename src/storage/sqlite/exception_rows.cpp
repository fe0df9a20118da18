#include "storage/sqlite/exception_rows.h"

#include "base/hash.h"
#include "base/text.h"
#include "storage/sqlite/blocks/block_format.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>

namespace traceway::sqlite {

namespace {

constexpr std::size_t kMaxFirstLine = 1024;
constexpr std::size_t kMaxType = 256;
constexpr std::size_t kMaxUser = 256;
constexpr int kMaxAncestors = 200;

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

std::string_view user_of(std::span<const Attribute> map) {
  for (const std::string_view key : {"user.id", "user_id", "enduser.id", "user"}) {
    const auto found = std::ranges::find(map, key, &Attribute::key);
    if (found != map.end() && !found->value.empty())
      return text::truncate_utf8(found->value, kMaxUser);
  }
  return {};
}

/// The spans of one batch by id, to find the run of one of them.
class Runs {
 public:
  explicit Runs(std::span<const Span> spans) {
    for (const Span& span : spans) by_id_.emplace(span.id, &span);
  }

  /// The name of the span's own entity, else of the nearest one above it.
  [[nodiscard]] std::string_view name_of(const TraceId& trace, SpanId id) const {
    for (int steps = 0; steps < kMaxAncestors && !id.is_empty(); ++steps) {
      const auto found = by_id_.find(id);
      if (found == by_id_.end() || found->second->trace != trace) return {};
      if (found->second->entity != EntityKind::kNone) return found->second->entity_name;
      id = found->second->parent;
    }
    return {};
  }

 private:
  std::map<SpanId, const Span*> by_id_;
};

PreparedException prepare_exception(const Exception& exception, const Runs& runs,
                                    std::span<const Attribute> map, Arena& arena) {
  PreparedException out;
  out.row = exception;
  for (std::string_view* text :
       {&out.row.hash, &out.row.app_version, &out.row.server_name, &out.row.recording_key})
    *text = arena.copy(*text);
  out.row.stack_trace = {};
  out.row.attributes = {};
  out.attributes_json = arena.copy(map_json(map));
  out.user_id = arena.copy(user_of(map));
  out.run_name = arena.copy(runs.name_of(exception.trace, exception.span));
  out.first_line = arena.copy(first_line_of(exception.stack_trace));
  if (!exception.is_message) out.type = type_of(out.first_line);
  out.content_hash = hash128(exception.stack_trace);
  out.stack_bytes = exception.stack_trace.size();
  std::string compressed;
  blocks::put_compressed(compressed, exception.stack_trace);
  out.compressed = arena.copy(compressed);
  return out;
}

}  // namespace

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

std::vector<PreparedException> prepare_exceptions(const TelemetryBatch& batch, Arena& arena) {
  std::vector<PreparedException> out;
  if (batch.exceptions.empty()) return out;
  const Runs runs(batch.spans);
  const std::span<const Attribute> all = batch.attributes;
  out.reserve(batch.exceptions.size());
  for (const Exception& exception : batch.exceptions) {
    const auto map = all.subspan(exception.attributes.first, exception.attributes.count);
    out.push_back(prepare_exception(exception, runs, map, arena));
  }
  return out;
}

}  // namespace traceway::sqlite
