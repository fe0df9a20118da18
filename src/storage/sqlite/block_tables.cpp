#include "storage/sqlite/block_tables.h"

#include <array>
#include <string>
#include <string_view>

namespace traceway::sqlite {

namespace {

using blocks::BlockFamily;

constexpr std::array<std::string_view, 9> kStatements = {
    "last",    "insert",  "insert_filter", "insert_hot", "insert_cold",
    "headers", "filters", "hot",           "cold"};

using Queries = std::array<const Query*, kStatements.size()>;

Queries queries_of(std::string_view file) {
  Queries out{};
  for (std::size_t i = 0; i < kStatements.size(); ++i)
    out[i] = &query("telemetry", std::string(file) + "." + std::string(kStatements[i]));
  return out;
}

}  // namespace

const Query& block_query(BlockFamily family, BlockStatement statement) {
  static const std::array<Queries, blocks::kBlockFamilies> all = {queries_of("span_blocks")};
  return *all[static_cast<std::size_t>(family)][static_cast<std::size_t>(statement)];
}

BlockHeader BlockHeader::read(Statement& row, BlockFamily) {
  BlockHeader header;
  int column = 0;
  for (std::int64_t* field :
       {&header.block, &header.rows, &header.endpoints, &header.tasks, &header.min_time,
        &header.max_time, &header.min_duration, &header.max_duration}) {
    *field = row.integer(column++);
  }
  return header;
}

std::int64_t BlockHeader::count_of(Family family) const {
  switch (family) {
    case Family::kSpans:
    case Family::kLogs:
    case Family::kMetricPoints:
      return rows;
    case Family::kEndpoints:
      return endpoints;
    case Family::kTasks:
      return tasks;
    case Family::kExceptions:
      break;
  }
  return 0;
}

void bind_header(Statement& to, BlockFamily, const NewBlock& block) {
  const blocks::BlockStats& stats = block.stats;
  to.bind_blob(0, block.project.view()).bind(1, block.id);
  to.bind(2, std::int64_t{blocks::kFormatVersion}).bind(3, std::int64_t{stats.rows});
  to.bind(4, block.chunks).bind(5, std::int64_t{stats.endpoints});
  to.bind(6, std::int64_t{stats.tasks}).bind(7, std::int64_t{stats.errors});
  to.bind(8, stats.min_time).bind(9, stats.max_time);
  to.bind(10, stats.min_duration).bind(11, stats.max_duration);
}

}  // namespace traceway::sqlite
