#include "storage/sqlite/materialise.h"

#include "storage/sqlite/row_source.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

namespace traceway::sqlite {

namespace {

using blocks::Part;

/// The parts of one block as they are needed, and of one chunk what is decoded of them.
class ChunkSource {
 public:
  ChunkSource(BlockReader& reader, RowSource& rows) : reader_(reader), rows_(rows) {}

  /// False when the chunk cannot be read.
  Result<bool> open(std::int64_t block, std::uint32_t chunk);

 private:
  struct OpenPart {
    std::string buffer;
    std::optional<blocks::BlockView> view;
  };

  Result<bool> open_block(std::int64_t block);

  [[nodiscard]] OpenPart& of(Part part) { return parts_[static_cast<std::size_t>(part)]; }

  BlockReader& reader_;
  RowSource& rows_;
  std::int64_t block_ = 0;
  bool is_block_readable_ = false;
  std::array<OpenPart, blocks::kParts> parts_;
};

Result<bool> ChunkSource::open_block(std::int64_t block) {
  if (block == block_) return is_block_readable_;
  block_ = block;
  is_block_readable_ = false;
  for (const Part part : rows_.parts()) {
    auto view = reader_.part(block, part, of(part).buffer);
    if (!view) return fail(view);
    of(part).view = *view;
    if (!*view || (*view)->chunks() != of(Part::kHot).view->chunks()) return false;
  }
  is_block_readable_ = true;
  return true;
}

Result<bool> ChunkSource::open(std::int64_t block, std::uint32_t chunk) {
  auto is_readable = open_block(block);
  if (!is_readable || !*is_readable) return is_readable;
  if (chunk >= of(Part::kHot).view->chunks()) return false;
  for (const Part part : rows_.parts()) {
    if (rows_.decode(part, of(part).view->chunk(chunk))) continue;
    reader_.note_damage(block, part);
    return false;
  }
  return true;
}

std::unique_ptr<RowSource> row_source(Family family) {
  return family == Family::kLogs ? log_rows() : span_rows(family);
}

}  // namespace

Result<Rows> materialise(BlockReader& reader, std::span<const RowAddress> addresses) {
  std::vector<std::size_t> order(addresses.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) {
    const RowAddress& at = addresses[i];
    return std::tuple(at.block, at.chunk, at.row);
  });
  std::vector<std::optional<Row>> found(addresses.size());
  const std::unique_ptr<RowSource> source = row_source(reader.family());
  ChunkSource chunks(reader, *source);
  std::vector<RowAddress> wanted;
  for (std::size_t first = 0; first < order.size();) {
    const RowAddress& at = addresses[order[first]];
    std::size_t end = first;
    wanted.clear();
    for (; end < order.size(); ++end) {
      const RowAddress& next = addresses[order[end]];
      if (next.block != at.block || next.chunk != at.chunk) break;
      wanted.push_back(next);
    }
    const auto is_readable = chunks.open(at.block, at.chunk);
    if (!is_readable) return fail(is_readable);
    if (*is_readable) {
      std::vector<Row> rows = source->rows(wanted);
      for (std::size_t i = 0; i < rows.size(); ++i) found[order[first + i]] = std::move(rows[i]);
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
