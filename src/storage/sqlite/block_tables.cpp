#include "storage/sqlite/block_tables.h"

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

namespace traceway::sqlite {

namespace {

using blocks::BlockFamily;

constexpr auto kStatements = std::to_array<std::string_view>(
    {"last", "insert", "insert_filter", "insert_hot", "insert_cold", "headers", "filters", "hot",
     "cold", "insert_tokens", "tokens", "take_numbers"});
constexpr std::size_t kOfEveryFamily = 9;

using Queries = std::array<const Query*, kStatements.size()>;

Queries queries_of(std::string_view file, std::size_t count) {
  Queries out{};
  for (std::size_t i = 0; i < count; ++i)
    out[i] = &query("telemetry", std::string(file) + "." + std::string(kStatements[i]));
  return out;
}

}  // namespace

const Query& block_query(BlockFamily family, BlockStatement statement) {
  static const std::array<Queries, blocks::kBlockFamilies> all = {
      queries_of("span_blocks", kOfEveryFamily), queries_of("log_blocks", kStatements.size()),
      queries_of("metric_blocks", kOfEveryFamily)};
  return *all[static_cast<std::size_t>(family)][static_cast<std::size_t>(statement)];
}

BlockHeader BlockHeader::read(Statement& row, BlockFamily family) {
  BlockHeader header;
  int column = 0;
  const auto read = [&](std::initializer_list<std::int64_t*> fields) {
    for (std::int64_t* field : fields) *field = row.integer(column++);
  };
  read({&header.block, &header.rows});
  if (family == BlockFamily::kSpans) read({&header.endpoints, &header.tasks});
  read({&header.min_time, &header.max_time});
  if (family == BlockFamily::kSpans) read({&header.min_duration, &header.max_duration});
  if (family == BlockFamily::kLogs)
    read({&header.first_number, &header.last_number, &header.severities});
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

void bind_header(Statement& to, BlockFamily family, const NewBlock& block) {
  const blocks::BlockStats& stats = block.stats;
  to.bind_blob(0, block.project.view()).bind(1, block.id);
  int column = 2;
  const auto bind = [&](std::initializer_list<std::int64_t> values) {
    for (const std::int64_t value : values) to.bind(column++, value);
  };
  bind({blocks::kFormatVersion, stats.rows, block.chunks});
  if (family == BlockFamily::kSpans) bind({stats.endpoints, stats.tasks});
  if (family != BlockFamily::kMetrics) bind({stats.errors});
  bind({stats.min_time, stats.max_time});
  if (family == BlockFamily::kSpans) bind({stats.min_duration, stats.max_duration});
  if (family == BlockFamily::kLogs) bind({stats.first_number, stats.last_number, stats.severities});
}

}  // namespace traceway::sqlite
