#include "storage/sqlite/block_reader.h"

#include "base/log.h"
#include "storage/sqlite/blocks/filter.h"

namespace traceway::sqlite {

void DamageReport::note(blocks::BlockFamily family, std::int64_t block, blocks::Part part) {
  {
    const std::lock_guard lock(mutex_);
    if (seen_.size() >= kMaxRemembered || !seen_.emplace(family, block, part).second) return;
  }
  const std::uint64_t so_far = count_.fetch_add(1, std::memory_order_relaxed) + 1;
  log::error("storage", "a block is damaged and skipped",
             {{"family", blocks::to_string(family)},
              {"block", block},
              {"part", static_cast<int>(part)},
              {"so_far", so_far}});
}

Result<BlockReader> BlockReader::begin(Connection& connection, DamageReport& damage, Family family,
                                       std::chrono::milliseconds deadline) {
  if (auto begun = connection.control("BEGIN"); !begun) return fail(begun);
  return BlockReader(connection, damage, family, std::chrono::steady_clock::now() + deadline);
}

BlockReader::~BlockReader() {
  if (connection_ == nullptr || !connection_->in_transaction()) return;
  if (const auto done = connection_->control("ROLLBACK"); !done)
    log::error("storage", "a read transaction did not end", {{"reason", done.error().detail}});
}

Result<std::vector<BlockHeader>> BlockReader::headers(const Uuid& project, TimeRange range) {
  auto statement = connection_->statement(block_query(tables(), BlockStatement::kHeaders));
  if (!statement) return fail(statement);
  statement->bind_blob(0, project.view()).bind(1, range.from_ns).bind(2, range.to_ns);
  std::vector<BlockHeader> out;
  for (;;) {
    const auto has_row = statement->step();
    if (!has_row) return fail(has_row);
    if (!*has_row) return out;
    const BlockHeader header = BlockHeader::read(*statement, tables());
    if (header.count_of(family_) > 0) out.push_back(header);
  }
}

Result<std::vector<std::int64_t>> BlockReader::blocks_with(const Uuid& project, TimeRange range,
                                                           std::uint64_t hash) {
  auto statement = connection_->statement(block_query(tables(), BlockStatement::kFilters));
  if (!statement) return fail(statement);
  statement->bind_blob(0, project.view()).bind(1, range.from_ns).bind(2, range.to_ns);
  std::vector<std::int64_t> out;
  for (;;) {
    const auto has_row = statement->step();
    if (!has_row) return fail(has_row);
    if (!*has_row) return out;
    if (blocks::may_contain(statement->blob(1), hash)) out.push_back(statement->integer(0));
  }
}

Result<std::optional<blocks::BlockView>> BlockReader::part(std::int64_t block, blocks::Part part,
                                                           std::string& buffer) {
  if (std::chrono::steady_clock::now() > until_) {
    return fail(ErrorCode::kUnavailable, "The query took too long. Try a shorter time range.",
                "deadline between blocks");
  }
  const bool is_cold = part != blocks::Part::kHot && part != blocks::Part::kTokens;
  const auto which = part == blocks::Part::kHot ? BlockStatement::kHot
                     : is_cold                  ? BlockStatement::kCold
                                                : BlockStatement::kTokens;
  auto statement = connection_->statement(block_query(tables(), which));
  if (!statement) return fail(statement);
  statement->bind(0, is_cold ? cold_part_id(block, part) : block);
  const auto has_row = statement->step();
  // A broken page of the file is damage like a wrong checksum: it costs what it held.
  if (!has_row && !is_damage(connection_->last_result_code())) return fail(has_row);
  std::optional<blocks::BlockView> view;
  if (has_row && *has_row) {
    buffer.assign(statement->blob(0));
    view = blocks::BlockView::open(buffer, part);
  }
  if (!view) note_damage(block, part);
  return view;
}

}  // namespace traceway::sqlite
