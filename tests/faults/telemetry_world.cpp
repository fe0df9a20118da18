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
  notes.attempted.insert(jobs.begin(), jobs.end());
  auto prepared = prepare(jobs);
  if (!prepared) return fail(prepared);
  auto written = db_->append(*prepared);
  if (!written) {
    note_class();
    return written;
  }
  std::size_t index = 0;
  for (const std::uint64_t job : jobs) {
    if (written->rejected[index++] == 0) notes.acknowledged.insert(job);
  }
  return written;
}

/// Nothing is wrong with the jobs, so no failure may be laid at their door: the writer would drop
/// them.
void TelemetryWorld::note_class() {
  const WriteFailureClass failure = db_->last_failure_class();
  if (failure == WriteFailureClass::kConnection || failure == WriteFailureClass::kUnknown) return;
  misclassified_.push_back("a fault is taken for failure class " +
                           std::to_string(static_cast<int>(failure)));
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
  if (written && written->rejected.front() == 0) notes.archived.insert(job);
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
    for (const Family family : {Family::kSpans, Family::kEndpoints, Family::kExceptions}) {
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
  const std::string name = "job " + std::to_string(job);
  const auto spans = db_->lookup(Family::kSpans, {project_of(job), trace_of(job), {}});
  const auto exceptions = db_->lookup(Family::kExceptions, {project_of(job), trace_of(job), {}});
  if (!spans || !exceptions) {
    out.push_back(name + " cannot be asked for: " +
                  (spans ? exceptions.error().detail : spans.error().detail));
    return;
  }
  const bool is_whole = spans->size() == kSpansPerJob && exceptions->size() == kExceptionsPerJob;
  const bool is_absent = spans->empty() && exceptions->empty();
  if (!is_whole && !is_absent) {
    out.push_back(name + " has " + std::to_string(spans->size()) + " spans and " +
                  std::to_string(exceptions->size()) + " exceptions");
  } else if (is_absent && notes.acknowledged.contains(job)) {
    out.push_back(name + " was acknowledged and is lost");
  }
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
  Problems out = misclassified_;
  for (const std::uint64_t job : notes.attempted) look_at_job(job, out);
  look_at_tables(out);
  return out;
}

}  // namespace traceway::faults
