// A walk over the blocks of log records: what of a filter hot columns cannot tell (bodies, ids,
// attributes), and the filters that spare reading a block or chunk.
#pragma once

#include "base/result.h"
#include "storage/sqlite/block_reader.h"
#include "storage/sqlite/blocks/hot_chunk.h"
#include "storage/sqlite/blocks/log_attributes.h"
#include "storage/sqlite/blocks/log_bodies.h"
#include "storage/sqlite/blocks/log_ids.h"
#include "storage/sqlite/blocks/scan.h"
#include "storage/sqlite/blocks/text_search.h"
#include "storage/telemetry_db.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace traceway::sqlite {

/// The chunk a walk has come to.
struct LogChunk {
  std::int64_t block = 0;
  std::uint32_t index = 0;
  /// The running number of the first row, if no record before it has been removed; see
  /// HotColumn::kNumber.
  std::int64_t first_number = 0;

  [[nodiscard]] std::int64_t number(const blocks::HotChunk& hot, std::uint32_t row) const {
    return first_number + row + hot.at(blocks::HotColumn::kNumber, row);
  }
};

/// One question's scan; its reader's family is kLogs. One thread. Stays where it is: rows it hands
/// out lie in its buffers.
class LogScan final : public blocks::RowFilter {
 public:
  /// Takes the predicates on cold columns out of `filter`: hot columns can tell the rest. Errors:
  /// kInvalid for an operator or value that does not fit a cold column.
  [[nodiscard]] static Result<std::unique_ptr<LogScan>> compile(BlockReader& reader,
                                                                Filter& filter);
  LogScan(const LogScan&) = delete;
  LogScan& operator=(const LogScan&) = delete;
  ~LogScan() override = default;

  /// True when the hot columns decide alone.
  [[nodiscard]] bool is_empty() const {
    return searches_.empty() && ids_.empty() && attributes_.empty();
  }

  /// Blocks that may hold rows of the filter, oldest commit first.
  [[nodiscard]] Result<std::vector<BlockHeader>> headers();

  /// Calls visit(LogChunk, hot chunk) for every readable chunk that may match.
  template <class Visit>
  Result<void> each(const BlockHeader& header, Visit&& visit);

  [[nodiscard]] Result<std::span<const std::uint32_t>> keep(
      std::span<const std::uint32_t> positions) override;

 private:
  struct IdTest {
    bool is_trace = false;
    bool is_equal = true;
    std::string id;  // raw bytes
  };

  struct AttributeTest {
    blocks::LogMap map = blocks::LogMap::kLog;
    std::string key;
    Op op = Op::kEqual;
    std::vector<std::string> values;
  };

  /// A part of the current block.
  struct OpenPart {
    std::int64_t block = 0;
    std::string buffer;
    std::optional<blocks::BlockView> view;
  };

  explicit LogScan(BlockReader& reader) : reader_(reader) {}

  /// Whether the predicate was for us.
  Result<bool> take(const Predicate& predicate);
  bool take_id(const Predicate& predicate);
  bool take_search(const Predicate& predicate);
  bool take_attribute(const Predicate& predicate, blocks::LogMap map, std::string_view key);
  /// The current chunk of a part; empty when it cannot be read.
  Result<std::optional<std::string_view>> chunk_of(blocks::Part part);
  Result<bool> may_match_tokens();
  Result<bool> apply_ids();
  Result<bool> apply_attributes();
  Result<bool> apply_searches();

  BlockReader& reader_;
  Uuid project_;
  TimeRange range_;
  std::vector<IdTest> ids_;
  std::vector<AttributeTest> attributes_;
  std::vector<blocks::TextSearch> searches_;

  LogChunk at_;
  blocks::HotChunk hot_;
  std::array<OpenPart, blocks::kParts> parts_;
  std::string raw_;
  blocks::ChunkLogIds chunk_ids_;
  blocks::ChunkLogAttributes chunk_attributes_;
  blocks::ChunkBodies bodies_;
  std::vector<std::string_view> values_;
  std::vector<std::uint8_t> mask_;
  std::vector<std::uint32_t> kept_;
};

template <class Visit>
Result<void> LogScan::each(const BlockHeader& header, Visit&& visit) {
  at_ = {header.block, 0, header.first_number};
  OpenPart& hot_part = parts_[static_cast<std::size_t>(blocks::Part::kHot)];
  auto view = reader_.part(header.block, blocks::Part::kHot, hot_part.buffer);
  if (!view) return fail(view);
  if (!*view) return {};
  for (std::size_t i = 0; i < (*view)->chunks(); ++i) {
    at_.index = static_cast<std::uint32_t>(i);
    const bool is_readable = hot_.read((*view)->chunk(i), blocks::BlockFamily::kLogs);
    if (!is_readable) reader_.note_damage(header.block, blocks::Part::kHot);
    const auto may_match = is_readable ? may_match_tokens() : Result<bool>(false);
    if (!may_match) return fail(may_match);
    if (*may_match) {
      Result<void> done = visit(at_, hot_);
      if (!done) return done;
    }
    at_.first_number += hot_.rows;
  }
  return {};
}

}  // namespace traceway::sqlite
