#include "storage/sqlite/telemetry_append.h"

#include "storage/sqlite/block_tables.h"
#include "storage/sqlite/blocks/filter.h"
#include "storage/sqlite/rollback_guard.h"

#include <algorithm>
#include <array>

namespace traceway::sqlite {

namespace {

using blocks::BlockFamily;
using blocks::Part;

/// A block beyond this is cut, so that a trace lookup never reads megabytes for one trace.
constexpr std::size_t kMaxBlockRows = 16 * 1024;
constexpr std::size_t kDigestBytes = 16;
constexpr std::int64_t kNsPerHour = 3'600'000'000'000;

void bind_id(Statement& statement, int index, std::string_view bytes) {
  if (bytes.empty()) {
    statement.bind_null(index);
  } else {
    statement.bind_blob(index, bytes);
  }
}

std::string_view id_bytes(const Uuid& id) {
  return id.is_zero() ? std::string_view() : id.view();
}

/// The statements of a command, in order.
std::span<const std::string_view> steps_of(Command::Kind kind) {
  static constexpr auto kArchive =
      std::to_array<std::string_view>({"store.archive_issue", "store.forget_condition",
                                       "store.set_condition", "store.note_archiving"});
  static constexpr auto kUnarchive = std::to_array<std::string_view>(
      {"store.note_unarchiving", "store.forget_condition", "store.unarchive_issue"});
  if (kind == Command::Kind::kArchiveIssue) return kArchive;
  return kUnarchive;
}

}  // namespace

template <class Bind>
Result<bool> TelemetryAppender::execute(const Query& query, Bind&& bind) {
  auto statement = connection_.statement(query);
  if (!statement) return fail(statement);
  bind(*statement);
  return statement->step();
}

template <class Bind>
Result<bool> TelemetryAppender::execute(std::string_view query_name, Bind&& bind) {
  return execute(query("telemetry", query_name), std::forward<Bind>(bind));
}

Result<void> TelemetryAppender::load() {
  for (const BlockFamily family : blocks::kAllBlockFamilies) {
    auto last = connection_.run(block_query(family, BlockStatement::kLast), {});
    if (!last) return fail(last);
    next_block_[static_cast<std::size_t>(family)] = last->front().integer("block_id") + 1;
  }
  const std::int64_t after = clock_.now_ns() - DigestMemory::kRememberedNs;
  auto rows = connection_.run(query("telemetry", "store.digests"), {{"after", after}});
  if (!rows) return fail(rows);
  for (const Row& row : *rows) {
    const std::string digests = row.blob("digests");
    for (std::size_t at = 0; at + kDigestBytes <= digests.size(); at += kDigestBytes) {
      digests_.remember(uuid_from_bytes(std::string_view(digests).substr(at, kDigestBytes)),
                        row.integer("committed_at"));
    }
  }
  return {};
}

std::vector<TelemetryAppender::FreshPart> TelemetryAppender::fresh_parts(
    std::span<const Prepared> jobs, std::int64_t now_ns, DigestMemory& in_this_append,
    Written& written) const {
  std::vector<FreshPart> fresh;
  for (const Prepared& job : jobs) {
    const auto& payload = static_cast<const BatchPayload&>(*job.payload);
    std::array<std::span<const blocks::EncodedChunk>, blocks::kBlockFamilies> chunks;
    std::ranges::copy(payload.chunks, chunks.begin());
    std::span<const PreparedException> exceptions = payload.exceptions;
    const std::size_t before = fresh.size();
    std::uint32_t first = 0;
    for (const PayloadPart& part : payload.parts) {
      const bool is_repeat =
          !part.digest.is_zero() &&
          (digests_.is_known(part.digest, now_ns) || in_this_append.is_known(part.digest, now_ns));
      if (!is_repeat) {
        if (!part.digest.is_zero()) in_this_append.remember(part.digest, now_ns);
        FreshPart& made = fresh.emplace_back();
        made.project = job.project;
        made.digest = part.digest;
        for (std::size_t i = 0; i < chunks.size(); ++i)
          made.chunks[i] = chunks[i].first(part.chunks[i]);
        made.exceptions = exceptions.first(part.exceptions);
        made.first = first;
        made.records = part.records;
        written.committed_records += part.records;
      }
      for (std::size_t i = 0; i < chunks.size(); ++i) chunks[i] = chunks[i].subspan(part.chunks[i]);
      exceptions = exceptions.subspan(part.exceptions);
      first += part.records;
    }
    written.committed_records += payload.commands.size();
    if (fresh.size() == before && payload.commands.empty()) ++written.repeated_jobs;
  }
  return fresh;
}

Result<Written> TelemetryAppender::append(std::span<Prepared> jobs) {
  const std::int64_t now_ns = clock_.now_ns();
  Written written;
  DigestMemory in_this_append;
  const std::vector<FreshPart> fresh = fresh_parts(jobs, now_ns, in_this_append, written);
  if (fresh.empty() && written.repeated_jobs == jobs.size()) return written;

  if (auto begun = connection_.control("BEGIN IMMEDIATE"); !begun) return fail(begun);
  const RollbackGuard guard(connection_);
  const auto first_block = next_block_;
  auto done = write(fresh);
  if (done) done = write_commands(jobs);
  if (done) done = write_digests(fresh, now_ns);
  if (done) done = connection_.control("COMMIT");
  if (!done) {
    next_block_ = first_block;
    return fail(done);
  }
  remember(fresh, now_ns);
  return written;
}

void TelemetryAppender::remember(std::span<const FreshPart> parts, std::int64_t now_ns) {
  for (const FreshPart& part : parts) {
    if (!part.digest.is_zero()) digests_.remember(part.digest, now_ns);
  }
}

Result<void> TelemetryAppender::write(std::span<const FreshPart> parts) {
  std::vector<ProjectChunks> projects;
  for (const BlockFamily family : blocks::kAllBlockFamilies) {
    for (const FreshPart& part : parts) {
      const auto chunks = part.chunks[static_cast<std::size_t>(family)];
      if (chunks.empty()) continue;
      auto found = std::ranges::find_if(projects, [&](const ProjectChunks& one) {
        return one.family == family && one.project == part.project;
      });
      if (found == projects.end()) {
        projects.push_back({family, part.project, {}});
        found = projects.end() - 1;
      }
      for (const blocks::EncodedChunk& chunk : chunks) found->chunks.push_back(&chunk);
    }
  }
  for (const ProjectChunks& one : projects) {
    if (auto ok = write_blocks(one); !ok) return ok;
  }
  for (const FreshPart& part : parts) {
    for (const PreparedException& exception : part.exceptions) {
      if (auto ok = write_exception(part.project, exception); !ok) return ok;
    }
  }
  return {};
}

Result<void> TelemetryAppender::write_blocks(const ProjectChunks& of) {
  const std::span all(of.chunks);
  for (std::size_t first = 0; first < all.size();) {
    std::size_t end = first;
    std::size_t rows = 0;
    while (end < all.size() && (end == first || rows + all[end]->stats.rows <= kMaxBlockRows))
      rows += all[end++]->stats.rows;
    if (auto ok = write_block(of, all.subspan(first, end - first)); !ok) return ok;
    first = end;
  }
  return {};
}

Result<void> TelemetryAppender::write_block(const ProjectChunks& of,
                                            std::span<const blocks::EncodedChunk* const> chunks) {
  NewBlock block;
  block.project = of.project;
  block.id = next_block_[static_cast<std::size_t>(of.family)]++;
  block.chunks = static_cast<std::int64_t>(chunks.size());
  std::vector<std::uint64_t> id_hashes;
  for (const blocks::EncodedChunk* chunk : chunks) {
    block.stats.merge(chunk->stats);
    id_hashes.insert(id_hashes.end(), chunk->id_hashes.begin(), chunk->id_hashes.end());
  }
  const auto statement = [&](BlockStatement which) -> const Query& {
    return block_query(of.family, which);
  };
  if (of.family == BlockFamily::kLogs) {
    if (auto numbered = take_numbers(block); !numbered) return numbered;
  }
  auto done = execute(statement(BlockStatement::kInsert),
                      [&](Statement& to) { bind_header(to, of.family, block); });
  if (!done) return fail(done);
  const auto store = [&](BlockStatement which, std::int64_t id, const std::string& data) {
    return execute(statement(which), [&](Statement& to) { to.bind(0, id).bind_blob(1, data); });
  };
  done = store(BlockStatement::kInsertFilter, block.id, blocks::make_filter(std::move(id_hashes)));
  if (!done) return fail(done);
  done = store(BlockStatement::kInsertHot, block.id, blocks::join_chunks(chunks, Part::kHot));
  if (!done) return fail(done);
  for (const Part part : blocks::kColdParts) {
    const auto is_empty = [&](const blocks::EncodedChunk* chunk) {
      return chunk->parts[static_cast<std::size_t>(part)].empty();
    };
    if (std::ranges::all_of(chunks, is_empty)) continue;  // the family has no such part
    done = store(BlockStatement::kInsertCold, cold_part_id(block.id, part),
                 blocks::join_chunks(chunks, part));
    if (!done) return fail(done);
  }
  if (of.family != BlockFamily::kLogs) return {};
  done = store(BlockStatement::kInsertTokens, block.id, blocks::join_chunks(chunks, Part::kTokens));
  if (!done) return fail(done);
  return {};
}

/// Numbers the records of a block, unless a merge brought their numbers along.
Result<void> TelemetryAppender::take_numbers(NewBlock& block) {
  if (block.stats.first_number != 0) return {};
  auto statement =
      connection_.statement(block_query(BlockFamily::kLogs, BlockStatement::kTakeNumbers));
  if (!statement) return fail(statement);
  statement->bind_blob(0, block.project.view()).bind(1, std::int64_t{block.stats.rows});
  const auto has_row = statement->step();
  if (!has_row) return fail(has_row);
  block.stats.first_number = statement->integer(0);
  block.stats.last_number = block.stats.first_number + block.stats.rows - 1;
  return {};
}

Result<std::int64_t> TelemetryAppender::stack_text_id(const Uuid& project,
                                                      const PreparedException& exception) {
  auto find = connection_.statement(query("telemetry", "store.find_stack_text"));
  if (!find) return fail(find);
  find->bind_blob(0, project.view()).bind_blob(1, exception.content_hash.view());
  const auto found = find->step();
  if (!found) return fail(found);
  if (*found) return find->integer(0);
  const auto inserted = execute("store.insert_stack_text", [&](Statement& to) {
    to.bind_blob(0, project.view()).bind_blob(1, exception.content_hash.view());
    to.bind(2, static_cast<std::int64_t>(exception.stack_bytes));
    to.bind_blob(3, exception.compressed);
  });
  if (!inserted) return fail(inserted);
  return connection_.last_insert_rowid();
}

Result<void> TelemetryAppender::write_exception(const Uuid& project,
                                                const PreparedException& exception) {
  const auto text = stack_text_id(project, exception);
  if (!text) return fail(text);
  const Exception& row = exception.row;
  auto done = execute("store.insert_exception", [&](Statement& to) {
    to.bind_blob(0, project.view()).bind_blob(1, row.id.view());
    bind_id(to, 2, id_bytes(row.trace));
    bind_id(to, 3, row.span.view());
    bind_id(to, 4, id_bytes(row.linked_trace));
    to.bind_text(5, trace_type_name(row.trace_type)).bind_text(6, row.hash);
    to.bind(7, *text).bind(8, row.recorded_ns).bind_text(9, exception.attributes_json);
    to.bind_text(10, row.app_version).bind_text(11, row.server_name);
    to.bind(12, std::int64_t{row.is_message});
    bind_id(to, 13, id_bytes(row.session));
    to.bind_text(14, exception.user_id).bind_text(15, exception.run_name);
  });
  if (!done) return fail(done);
  // A client that repeats an exception under its id has told us nothing new.
  if (connection_.changes() == 0) return {};
  done = execute("store.add_to_group", [&](Statement& to) {
    to.bind_blob(0, project.view()).bind_text(1, row.hash);
    to.bind_text(2, exception.type).bind_text(3, exception.first_line);
    to.bind_blob(4, row.id.view()).bind(5, row.recorded_ns);
    to.bind(6, std::int64_t{row.is_message}).bind(7, std::int64_t{row.grouping_version});
  });
  if (!done) return fail(done);
  done = execute("store.add_to_hour", [&](Statement& to) {
    to.bind_blob(0, project.view()).bind_text(1, row.hash).bind(2, row.recorded_ns / kNsPerHour);
  });
  if (!done) return fail(done);
  return write_return(project, row);
}

/// Does this occurrence bring an archived issue back?
Result<void> TelemetryAppender::write_return(const Uuid& project, const Exception& row) {
  if (!row.app_version.empty()) {
    const auto noted = execute("store.note_version", [&](Statement& to) {
      to.bind_blob(0, project.view()).bind_text(1, row.app_version).bind(2, row.recorded_ns);
    });
    if (!noted) return fail(noted);
  }
  const auto is_archived = execute("store.is_archived_before", [&](Statement& to) {
    to.bind_blob(0, project.view()).bind_text(1, row.hash).bind(2, row.recorded_ns);
  });
  if (!is_archived) return fail(is_archived);
  if (!*is_archived) return {};
  for (const std::string_view step : {"store.count_towards_return", "store.note_return"}) {
    const auto done = execute(step, [&](Statement& to) {
      to.bind_blob(0, project.view()).bind_text(1, row.hash).bind(2, row.recorded_ns);
      to.bind_text(3, row.app_version);
    });
    if (!done) return fail(done);
  }
  return {};
}

Result<void> TelemetryAppender::write_commands(std::span<const Prepared> jobs) {
  for (const Prepared& job : jobs) {
    for (const Command& command : static_cast<const BatchPayload&>(*job.payload).commands) {
      Params params = command.params;
      params.emplace_back("project_id", to_value(command.project));
      for (const std::string_view step : steps_of(command.kind)) {
        auto done = connection_.run(query("telemetry", step), params);
        if (!done) return fail(done);
      }
    }
  }
  return {};
}

Result<void> TelemetryAppender::write_digests(std::span<const FreshPart> parts,
                                              std::int64_t now_ns) {
  std::string digests;
  for (const FreshPart& part : parts) {
    if (!part.digest.is_zero()) digests.append(part.digest.view());
  }
  if (digests.empty()) return {};
  const auto done = execute("store.insert_digests",
                            [&](Statement& to) { to.bind(0, now_ns).bind_blob(1, digests); });
  if (!done) return fail(done);
  return {};
}

Result<void> TelemetryAppender::forget_digests() {
  const std::int64_t now_ns = clock_.now_ns();
  digests_.forget(now_ns);
  auto done = connection_.run(query("telemetry", "store.forget_digests"),
                              {{"before", now_ns - DigestMemory::kRememberedNs}});
  if (!done) return fail(done);
  return {};
}

}  // namespace traceway::sqlite
