#include "storage/sqlite/blocks/hot_chunk.h"
#include "storage/sqlite/blocks/log_attributes.h"
#include "storage/sqlite/blocks/log_bodies.h"
#include "storage/sqlite/blocks/log_ids.h"
#include "storage/sqlite/row_source.h"

namespace traceway::sqlite {

namespace {

using blocks::HotColumn;
using blocks::LogMap;
using blocks::Part;

const Columns& log_columns() {
  static const Columns all =
      columns({"number", "timestamp", "observed_timestamp", "trace_id", "span_id", "trace_flags",
               "severity_text", "severity_number", "service_name", "body", "resource_schema_url",
               "resource_attributes", "scope_schema_url", "scope_name", "scope_version",
               "scope_attributes", "log_attributes"});
  return all;
}

/// Log records.
class LogRows final : public RowSource {
 public:
  [[nodiscard]] std::span<const Part> parts() const override {
    static constexpr Part kParts[] = {Part::kHot, Part::kIds, Part::kAttributes, Part::kBodies};
    return kParts;
  }

  [[nodiscard]] bool decode(Part part, std::string_view chunk) override;
  [[nodiscard]] std::vector<Row> rows(std::span<const RowAddress> at) const override;

 private:
  struct Maps {
    std::string resource, scope, log;
  };

  [[nodiscard]] Value observed(std::uint32_t row) const;
  [[nodiscard]] std::vector<Value> values(const RowAddress& at, Maps maps) const;

  std::string attributes_buffer_;
  std::string bodies_buffer_;
  blocks::HotChunk hot_;
  blocks::ChunkLogIds ids_;
  blocks::ChunkLogAttributes attributes_;
  blocks::ChunkBodies bodies_;
};

bool LogRows::decode(Part part, std::string_view chunk) {
  switch (part) {
    case Part::kHot:
      return hot_.read(chunk, blocks::BlockFamily::kLogs);
    case Part::kIds:
      return ids_.read(chunk, hot_.rows);
    case Part::kAttributes: {
      const auto raw = blocks::decompress(chunk, attributes_buffer_);
      return raw && attributes_.read(*raw, hot_.rows);
    }
    case Part::kBodies: {
      const auto raw = blocks::decompress(chunk, bodies_buffer_);
      return raw && bodies_.read(*raw, hot_.rows);
    }
    case Part::kTokens:
      break;
  }
  return false;
}

Value LogRows::observed(std::uint32_t row) const {
  const std::int64_t later = hot_.at(HotColumn::kObserved, row);
  if (later == 0) return std::monostate{};
  const auto offset = static_cast<std::uint64_t>(later < 0 ? later : later - 1);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(hot_.at(HotColumn::kStart, row)) +
                                   offset);
}

std::vector<Value> LogRows::values(const RowAddress& at, Maps maps) const {
  const std::uint32_t row = at.row;
  std::vector<Value> out;
  out.emplace_back(at.number);
  out.emplace_back(hot_.at(HotColumn::kStart, row));
  out.emplace_back(observed(row));
  out.emplace_back(id_value(ids_.trace(row)));
  out.emplace_back(id_value(ids_.span(row)));
  out.emplace_back(hot_.at(HotColumn::kTraceFlags, row));
  out.emplace_back(text_value(hot_.text(HotColumn::kSeverityText, row)));
  out.emplace_back(hot_.at(HotColumn::kSeverity, row));
  out.emplace_back(text_value(hot_.text(HotColumn::kService, row)));
  out.emplace_back(text_value(bodies_.body(row)));
  out.emplace_back(text_value(attributes_.resource_schema_url(row)));
  out.emplace_back(std::move(maps.resource));
  out.emplace_back(text_value(attributes_.scope_schema_url(row)));
  out.emplace_back(text_value(hot_.text(HotColumn::kScope, row)));
  out.emplace_back(text_value(attributes_.scope_version(row)));
  out.emplace_back(std::move(maps.scope));
  out.emplace_back(std::move(maps.log));
  return out;
}

std::vector<Row> LogRows::rows(std::span<const RowAddress> at) const {
  std::vector<std::uint32_t> wanted;
  wanted.reserve(at.size());
  for (const RowAddress& one : at) wanted.push_back(one.row);
  std::vector<std::string> of_resources = attributes_.maps(LogMap::kResource, wanted);
  std::vector<std::string> of_scopes = attributes_.maps(LogMap::kScope, wanted);
  std::vector<std::string> of_records = attributes_.maps(LogMap::kLog, wanted);
  std::vector<Row> out;
  out.reserve(of_records.size());
  for (std::size_t i = 0; i < of_records.size(); ++i) {
    out.emplace_back(log_columns(),
                     values(at[i], {std::move(of_resources[i]), std::move(of_scopes[i]),
                                    std::move(of_records[i])}));
  }
  return out;
}

}  // namespace

std::unique_ptr<RowSource> log_rows() {
  return std::make_unique<LogRows>();
}

}  // namespace traceway::sqlite
