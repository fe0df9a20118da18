#include "faults/telemetry_world.h"

#include "base/text.h"
#include "storage/sqlite/batch_for_test.h"
#include "storage/sqlite/telemetry_db.h"

#include <utility>

namespace traceway::faults {

namespace {

using sqlite::BatchBuilder;

constexpr std::int64_t kBegin = 1'789'999'000'000'000'000;
constexpr std::int64_t kStep = 1'000'000;
constexpr std::uint64_t kSpansPerJob = 4;
constexpr std::uint64_t kExceptionsPerJob = 2;
constexpr std::uint64_t kLogsPerJob = 3;

Uuid project_of(std::uint64_t job) {
  return BatchBuilder::id_of(700 + job % 2);
}

Uuid trace_of(std::uint64_t job) {
  return BatchBuilder::id_of(100'000 + job);
}

std::int64_t time_of(std::uint64_t job) {
  return kBegin + static_cast<std::int64_t>(job) * kStep;
}

/// Sixteen hex digits of the job's own.
std::string hash_of(std::uint64_t job) {
  return to_hex(BatchBuilder::id_of(job)).substr(0, 16);
}

TelemetryBatch batch_of(std::uint64_t job) {
  BatchBuilder builder(project_of(job), 1000 + job);
  const std::uint64_t first = job * 16;
  for (std::uint64_t i = 0; i < kSpansPerJob; ++i) {
    const std::int64_t start = time_of(job) + static_cast<std::int64_t>(i);
    Span& span = i == 0 ? builder.endpoint(first, "GET /fault", start, kStep)
                        : builder.span(first + i, start, kStep / 10);
    span.trace = trace_of(job);
    if (i > 0) span.parent = BatchBuilder::span_id_of(first);
    span.attributes = builder.attributes({{"job", std::to_string(job)}, {"i", std::to_string(i)}});
  }
  for (std::uint64_t i = 0; i < kExceptionsPerJob; ++i) {
    const std::string stack = "Error: fault " + std::to_string(job) + (i == 0 ? "" : " again");
    Exception& exception = builder.exception(first + 8 + i, stack, time_of(job));
    exception.trace = trace_of(job);
    exception.hash = builder.text(hash_of(job));
    exception.app_version = builder.text("1.0");
  }
  for (std::uint64_t i = 0; i < kLogsPerJob; ++i) {
    LogRecord& record = builder.batch().logs.emplace_back();
    record.timestamp_ns = time_of(job) + static_cast<std::int64_t>(i);
    record.trace = trace_of(job);
    record.severity_number = 9;
    record.severity_text = "INFO";
    record.service_name = "shop";
    record.body = builder.text("line " + std::to_string(i) + " of job " + std::to_string(job));
  }
  return builder.take();
}

std::string text_of(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* real = std::get_if<double>(&value)) return std::to_string(*real);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* blob = std::get_if<Blob>(&value)) return text::to_hex(blob->bytes);
  return "-";
}

void add_text(const Rows& rows, std::string& out) {
  for (const Row& row : rows) {
    for (const Value& value : row.values()) out.append(text_of(value)).push_back('|');
    out.push_back('\n');
  }
}

AggregateQuery count_query(std::uint64_t job) {
  AggregateQuery query{.family = Family::kEndpoints, .filter = {project_of(job), {}, {}}};
  query.group_by = {"endpoint"};
  query.measures = {{MeasureKind::kCount, {}, 0, {}, "count"},
                    {MeasureKind::kQuantile, "duration", 0.5, {}, "p50"}};
  return query;
}

}  // namespace

TelemetryWorld::TelemetryWorld(const TelemetryWorld& other)
    : notes(other.notes), is_durability_full(other.is_durability_full) {
  copy_files(other.directory_.path(), directory_.path());
}

Result<void> TelemetryWorld::open() {
  sqlite::TelemetryDbOptions options;
  options.path = path();
  options.backup_dir = directory_.file("backups");
  options.is_durability_full = is_durability_full;
  auto opened = sqlite::open_telemetry_db(options, clock_);
  if (!opened) return fail(opened);
  db_ = std::move(*opened);
  return {};
}

Result<std::vector<Prepared>> TelemetryWorld::prepare(std::initializer_list<std::uint64_t> jobs) {
  std::vector<Prepared> out;
  for (const std::uint64_t job : jobs) {
    auto prepared = db_->prepare(batch_of(job));
    if (!prepared) return fail(prepared);
    out.push_back(std::move(*prepared));
  }
  return out;
}

Result<Written> TelemetryWorld::append(std::initializer_list<std::uint64_t> jobs) {
  return write(jobs, &TelemetryDb::append);
}

Result<Written> TelemetryWorld::append_each(std::initializer_list<std::uint64_t> jobs) {
  return write(jobs, &TelemetryDb::append_each);
}

Result<Written> TelemetryWorld::write(std::initializer_list<std::uint64_t> jobs, Write write_with) {
  notes.attempted.insert(jobs.begin(), jobs.end());
  auto prepared = prepare(jobs);
  if (!prepared) return fail(prepared);
  auto written = (*db_.*write_with)(*prepared);
  if (!written) {
    note_failure();
  } else if (written->rejected.empty()) {
    notes.acknowledged.insert(jobs.begin(), jobs.end());
  } else {
    misjudged_.push_back("a fault is laid at a record's door: " + written->rejected.front().detail);
  }
  return written;
}

/// Nothing is wrong with the jobs, so the writer must not be told to give them up.
void TelemetryWorld::note_failure() {
  if (db_->last_failure().can_heal()) return;
  misjudged_.push_back("a fault is taken for one that cannot heal, of class " +
                       std::to_string(static_cast<int>(db_->last_failure().failure_class)));
}

Result<void> TelemetryWorld::checkpoint() {
  return db_->apply({Command::Kind::kCheckpoint, {}, {}});
}

Result<Written> TelemetryWorld::archive(std::uint64_t job) {
  notes.archiving.insert(job);
  std::vector<Command> commands;
  commands.push_back({Command::Kind::kArchiveIssue,
                      project_of(job),
                      {{"exception_hash", hash_of(job)},
                       {"archived_at", clock_.now_ns()},
                       {"archived_by", to_value("ana")},
                       {"until", to_value("5 more events")},
                       {"until_kind", to_value("events")},
                       {"until_value", std::int64_t{5}}}});
  auto prepared = db_->prepare(std::move(commands));
  if (!prepared) return fail(prepared);
  auto written = db_->append(std::span(&*prepared, 1));
  if (written && written->rejected.empty()) notes.archived.insert(job);
  return written;
}

Result<void> TelemetryWorld::retry() {
  for (const std::uint64_t job : std::set(notes.attempted)) {
    if (notes.acknowledged.contains(job)) continue;
    if (auto done = append({job}); !done) return fail(done);
  }
  for (const std::uint64_t job : std::set(notes.archiving)) {
    if (notes.archived.contains(job)) continue;
    if (auto done = archive(job); !done) return fail(done);
  }
  return {};
}

Result<std::string> TelemetryWorld::answers() {
  std::string out;
  for (const std::uint64_t job : {0U, 1U}) {
    auto groups = db_->aggregate(count_query(job));
    if (!groups) return fail(groups);
    add_text(groups->rows, out);
    ListQuery newest;
    newest.filter.project = project_of(job);
    auto page = db_->list(newest);
    if (!page) return fail(page);
    out += std::to_string(page->total) + "\n";
    add_text(page->rows, out);
  }
  for (const std::uint64_t job : notes.attempted) {
    for (const Family family :
         {Family::kSpans, Family::kEndpoints, Family::kExceptions, Family::kLogs}) {
      auto rows = db_->lookup(family, {project_of(job), trace_of(job), {}});
      if (!rows) return fail(rows);
      add_text(*rows, out);
    }
  }
  return out;
}

bool TelemetryWorld::has(std::uint64_t job) {
  const auto spans = db_->lookup(Family::kSpans, {project_of(job), trace_of(job), {}});
  return spans && !spans->empty();
}

void TelemetryWorld::look_at_job(std::uint64_t job, Problems& out) {
  struct Part {
    Family family;
    const char* name;
    std::uint64_t wanted;
  };

  constexpr Part kJobParts[] = {{Family::kSpans, "spans", kSpansPerJob},
                                {Family::kExceptions, "exceptions", kExceptionsPerJob},
                                {Family::kLogs, "logs", kLogsPerJob}};
  std::string found;
  bool is_whole = true;
  bool is_absent = true;
  for (const Part& part : kJobParts) {
    const auto rows = db_->lookup(part.family, {project_of(job), trace_of(job), {}});
    if (!rows) {
      out.push_back("job " + std::to_string(job) + " cannot be asked for: " + rows.error().detail);
      return;
    }
    is_whole = is_whole && rows->size() == part.wanted;
    is_absent = is_absent && rows->empty();
    found += " " + std::to_string(rows->size()) + " " + part.name;
  }
  if (is_whole || (is_absent && !notes.acknowledged.contains(job))) return;
  out.push_back("job " + std::to_string(job) + " has" + found);
}

void TelemetryWorld::look_at_tables(Problems& out) const {
  const RawFile file(path());
  file.expect("PRAGMA integrity_check", "ok", out);
  file.expect("PRAGMA journal_mode", "wal", out);
  file.expect("PRAGMA auto_vacuum", "2", out);
  file.expect("PRAGMA page_size", "16384", out);
  const std::string blocks = "(SELECT count(*) FROM span_blocks)";
  file.expect("SELECT count(*) = " + blocks + " FROM span_filters", "1", out);
  file.expect("SELECT count(*) = " + blocks + " FROM span_hot", "1", out);
  file.expect("SELECT count(*) = 3 * " + blocks + " FROM span_cold", "1", out);
  const std::string log_blocks = "(SELECT count(*) FROM log_blocks)";
  file.expect("SELECT count(*) = " + log_blocks + " FROM log_hot", "1", out);
  file.expect("SELECT count(*) = " + log_blocks + " FROM log_tokens", "1", out);
  const std::string exceptions = "(SELECT count(*) FROM exception_stack_traces)";
  file.expect("SELECT coalesce(sum(count), 0) = " + exceptions + " FROM exception_groups", "1",
              out);
  file.expect("SELECT coalesce(sum(count), 0) = " + exceptions + " FROM exception_hours", "1", out);
  file.expect(
      "SELECT count(*) FROM exception_stack_traces WHERE stack_text_id NOT IN "
      "(SELECT id FROM stack_texts)",
      "0", out);
  for (const std::uint64_t job : notes.archived) {
    const std::string where = " WHERE exception_hash = '" + hash_of(job) + "'";
    file.expect("SELECT count(*) FROM archived_exceptions" + where, "1", out);
    file.expect("SELECT count(*) FROM archive_conditions" + where, "1", out);
    file.expect("SELECT count(*) FROM issue_activity" + where, "1", out);
  }
}

Problems TelemetryWorld::problems() {
  if (!is_open()) {
    if (const auto opened = open(); !opened)
      return {"it does not open: " + opened.error().message + " / " + opened.error().detail};
  }
  Problems out = misjudged_;
  for (const std::uint64_t job : notes.attempted) look_at_job(job, out);
  look_at_tables(out);
  return out;
}

}  // namespace traceway::faults
