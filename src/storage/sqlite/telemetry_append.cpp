#include "storage/sqlite/telemetry_append.h"

#include "base/hash.h"
#include "base/text.h"
#include "storage/query.h"
#include "storage/sqlite/telemetry_rows.h"

#include <zstd.h>

#include <algorithm>

namespace traceway::sqlite {

namespace {

constexpr std::size_t kFirstLineBytes = 512;
constexpr std::size_t kMaxTextBytes = 4U << 20U;  // four times the limit of a stack text

std::string compress_text(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

PreparedException prepare_exception(const Exception& from, const TelemetryBatch& batch) {
  std::vector<Attribute> attributes(
      batch.attributes.begin() + from.attributes.first,
      batch.attributes.begin() + from.attributes.first + from.attributes.count);
  PreparedException out;
  out.id = from.id;
  out.trace = from.trace;
  out.span = from.span;
  out.linked_trace = from.linked_trace;
  out.trace_type = trace_type_name(from.trace_type);
  out.hash = from.hash;
  out.grouping_version = from.grouping_version;
  out.content_hash = hash128(from.stack_trace);
  out.first_line =
      text::truncate_utf8(from.stack_trace.substr(0, from.stack_trace.find('\n')), kFirstLineBytes);
  out.compressed_text = compress_text(from.stack_trace);
  out.recorded_ns = from.recorded_ns;
  out.attributes = blocks::attributes_json(attributes);
  out.app_version = from.app_version;
  out.server_name = from.server_name;
  out.is_message = from.is_message;
  out.session = from.session;
  return out;
}

/// One transaction's work, statement by statement.
class Appender {
 public:
  Appender(Connection& connection, const DigestMemory& digests)
      : connection_(connection), digests_(digests) {}

  Result<Written> run(std::span<Prepared> jobs) {
    Written written;
    written.rejected.assign(jobs.size(), 0);
    std::vector<const Prepared*> fresh;
    for (const Prepared& job : jobs) {
      if (is_repeat(job)) {
        ++written.repeated_jobs;
      } else {
        fresh.push_back(&job);
        written.committed_records += job.records;
      }
    }
    if (auto ok = insert_blocks(fresh); !ok) return fail(ok);
    for (const Prepared* job : fresh) {
      for (const PreparedException& exception : payload_of(*job).exceptions) {
        if (auto ok = insert_exception(job->project, exception); !ok) return fail(ok);
      }
      if (job->digest.is_zero()) continue;
      if (auto ok = insert_digest(*job); !ok) return fail(ok);
    }
    return written;
  }

 private:
  static const SqlitePayload& payload_of(const Prepared& job) {
    return static_cast<const SqlitePayload&>(*job.payload);
  }

  bool is_repeat(const Prepared& job) {
    if (job.digest.is_zero()) return false;
    return digests_.knows(job.digest) || !seen_.insert(job.digest).second;
  }

  /// One block a project, its chunks in the order of arrival.
  Result<void> insert_blocks(const std::vector<const Prepared*>& jobs) {
    std::vector<const Prepared*> with_spans;
    std::ranges::copy_if(jobs, std::back_inserter(with_spans),
                         [](const Prepared* job) { return payload_of(*job).spans.has_value(); });
    std::ranges::stable_sort(with_spans, {}, &Prepared::project);
    for (std::size_t first = 0; first < with_spans.size();) {
      std::vector<const blocks::Chunk*> chunks;
      const Uuid& project = with_spans[first]->project;
      for (; first < with_spans.size() && with_spans[first]->project == project; ++first) {
        chunks.push_back(&*payload_of(*with_spans[first]).spans);
      }
      if (auto ok = insert_block(project, chunks); !ok) return ok;
    }
    return {};
  }

  Result<void> insert_block(const Uuid& project, const std::vector<const blocks::Chunk*>& chunks) {
    std::int64_t rows = 0;
    std::int64_t endpoints = 0;
    std::int64_t tasks = 0;
    std::int64_t roots = 0;
    std::int64_t from = chunks.front()->min_recorded_at;
    std::int64_t to = chunks.front()->max_recorded_at;
    std::string keys;
    for (const blocks::Chunk* chunk : chunks) {
      rows += chunk->rows;
      endpoints += chunk->endpoints;
      tasks += chunk->tasks;
      roots += chunk->roots;
      from = std::min(from, chunk->min_recorded_at);
      to = std::max(to, chunk->max_recorded_at);
      keys += chunk->keys;
    }
    auto header = statement("blocks.insert_block");
    if (!header) return fail(header);
    header->bind_blob(0, project.view()).bind(1, rows).bind(2, endpoints).bind(3, tasks);
    header->bind(4, roots).bind(5, from).bind(6, to);
    if (auto ok = header->step(); !ok) return fail(ok);
    const std::int64_t block = connection_.last_insert_rowid();
    if (auto ok = insert_data("blocks.insert_hot", block, blocks::join_hot(chunks)); !ok) return ok;
    if (auto ok = insert_data("blocks.insert_keys", block, keys); !ok) return ok;
    for (std::uint32_t i = 0; i < chunks.size(); ++i) {
      if (auto ok = insert_data("blocks.insert_cold", cold_row_id(block, i), chunks[i]->cold); !ok)
        return ok;
    }
    return {};
  }

  Result<void> insert_data(std::string_view name, std::int64_t id, std::string_view data) {
    auto insert = statement(name);
    if (!insert) return fail(insert);
    auto done = insert->bind(0, id).bind_blob(1, data).step();
    if (!done) return fail(done);
    return {};
  }

  Result<void> insert_digest(const Prepared& job) {
    auto insert = statement("blocks.insert_digest");
    if (!insert) return fail(insert);
    auto done = insert->bind_blob(0, job.digest.view()).bind(1, job.received_ns).step();
    if (!done) return fail(done);
    return {};
  }

  Result<std::int64_t> stack_text_id(const PreparedException& exception) {
    auto find = statement("exceptions.stack_text_id");
    if (!find) return fail(find);
    auto found = find->bind_blob(0, exception.content_hash.view()).step();
    if (!found) return fail(found);
    if (*found) return find->integer(0);
    auto insert = statement("exceptions.insert_stack_text");
    if (!insert) return fail(insert);
    auto done = insert->bind_blob(0, exception.content_hash.view())
                    .bind_blob(1, exception.compressed_text)
                    .step();
    if (!done) return fail(done);
    return connection_.last_insert_rowid();
  }

  Result<void> insert_exception(const Uuid& project, const PreparedException& e) {
    auto text_id = stack_text_id(e);
    if (!text_id) return fail(text_id);
    auto insert = statement("exceptions.insert_exception");
    if (!insert) return fail(insert);
    insert->bind_blob(0, project.view()).bind_blob(1, e.id.view());
    insert->bind_blob(2, e.trace.is_zero() ? std::string_view() : e.trace.view())
        .bind_blob(3, e.span.view());
    insert->bind_blob(4, e.linked_trace.is_zero() ? std::string_view() : e.linked_trace.view());
    insert->bind_text(5, e.trace_type)
        .bind_text(6, e.hash)
        .bind(7, std::int64_t{e.grouping_version});
    insert->bind(8, *text_id).bind(9, e.recorded_ns).bind_text(10, e.attributes);
    insert->bind_text(11, e.app_version)
        .bind_text(12, e.server_name)
        .bind(13, std::int64_t{e.is_message ? 1 : 0});
    if (e.session.is_zero()) {
      insert->bind_null(14);
    } else {
      insert->bind_blob(14, e.session.view());
    }
    if (auto done = insert->step(); !done) return fail(done);
    if (connection_.changes() == 0) return {};  // known already: a repeat counts once
    return count_in_group(project, e);
  }

  Result<void> count_in_group(const Uuid& project, const PreparedException& e) {
    auto count = statement("exceptions.count_in_group");
    if (!count) return fail(count);
    count->bind_blob(0, project.view())
        .bind_text(1, e.hash)
        .bind_text(2, e.first_line)
        .bind_blob(3, e.id.view());
    count->bind(4, std::int64_t{e.grouping_version})
        .bind(5, std::int64_t{e.is_message ? 1 : 0})
        .bind(6, e.recorded_ns);
    if (auto done = count->step(); !done) return fail(done);
    return {};
  }

  Result<Statement> statement(std::string_view name) {
    return connection_.statement(query("telemetry", name));
  }

  Connection& connection_;
  const DigestMemory& digests_;
  std::unordered_set<Uuid> seen_;
};

}  // namespace

Prepared prepare_batch(TelemetryBatch&& batch) {
  auto payload = std::make_unique<SqlitePayload>();
  Prepared out;
  out.project = batch.project;
  out.digest = batch.digest;
  out.received_ns = batch.received_ns;
  out.records = static_cast<std::uint32_t>(batch.records());
  if (!batch.spans.empty()) payload->spans = blocks::encode_chunk(batch);
  payload->exceptions.reserve(batch.exceptions.size());
  for (const Exception& exception : batch.exceptions)
    payload->exceptions.push_back(prepare_exception(exception, batch));
  out.bytes = sizeof(SqlitePayload) + (payload->spans ? payload->spans->bytes() : 0);
  for (const PreparedException& exception : payload->exceptions) {
    out.bytes += sizeof exception + exception.compressed_text.size() + exception.attributes.size();
  }
  out.payload = std::move(payload);
  return out;
}

Result<void> DigestMemory::load(Connection& connection, std::int64_t now_ns) {
  auto statement = connection.statement(query("telemetry", "blocks.digests_since"));
  if (!statement) return fail(statement);
  statement->bind(0, now_ns - kDigestLifeNs);
  while (true) {
    auto row = statement->step();
    if (!row) return fail(row);
    if (!*row) return {};
    remember(uuid_from_bytes(statement->blob(0)), statement->integer(1));
  }
}

void DigestMemory::remember(const Uuid& digest, std::int64_t received_ns) {
  if (known_.insert(digest).second) by_age_.emplace_back(received_ns, digest);
}

void DigestMemory::forget_before(std::int64_t time_ns) {
  while (!by_age_.empty() && by_age_.front().first < time_ns) {
    known_.erase(by_age_.front().second);
    by_age_.pop_front();
  }
}

Result<Written> append_jobs(Connection& connection, DigestMemory& digests,
                            std::span<Prepared> jobs) {
  if (auto ok = connection.control("BEGIN IMMEDIATE"); !ok) return fail(ok);
  Appender appender(connection, digests);
  Result<Written> written = appender.run(jobs);
  if (written) {
    if (auto ok = connection.control("COMMIT"); !ok) written = fail(ok);
  }
  if (!written) {
    const Error error = written.error();
    // SQLite itself rolls back after some failures, a full disk among them.
    if (connection.in_transaction()) (void)connection.control("ROLLBACK");
    return tl::unexpected(error);
  }
  for (const Prepared& job : jobs) {
    if (!job.digest.is_zero()) digests.remember(job.digest, job.received_ns);
  }
  return written;
}

Result<std::string> decompress_text(std::string_view frame) {
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size > kMaxTextBytes)
    return fail(ErrorCode::kInternal, "a stored text cannot be read", "frame size");
  std::string out(static_cast<std::size_t>(size), '\0');
  const std::size_t got = ZSTD_decompress(out.data(), out.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) != 0 || got != out.size()) {
    return fail(ErrorCode::kInternal, "a stored text cannot be read", "zstd frame");
  }
  return out;
}

}  // namespace traceway::sqlite
