#include "app/app.h"

#include "accounts/accounts.h"
#include "app/data_dir.h"
#include "app/services.h"
#include "app/slices.h"
#include "base/log.h"
#include "base/thread.h"
#include "http/front.h"
#include "pipeline/writer.h"
#include "projects/projects.h"
#include "storage/sqlite/main_db.h"
#include "storage/sqlite/telemetry_db.h"

#include <chrono>

namespace traceway {

namespace {

constexpr int kRecordsLost = 3;

/// How long running requests may take to finish once the server stops.
constexpr std::chrono::seconds kFrontDeadline{10};

/// The writer's state as the front's admission: a full or closed pipeline refuses on the head.
class WriterAdmission final : public http::Admission {
 public:
  explicit WriterAdmission(const pipeline::TelemetryWriter& writer) : writer_(writer) {}

  Result<void> admit() override { return pipeline::refusal_of(writer_.would_accept()); }

 private:
  const pipeline::TelemetryWriter& writer_;
};

pipeline::WriterOptions writer_options(const Config& config) {
  pipeline::WriterOptions options;
  options.queue_capacity = config.queue_capacity;
  options.queue_bytes = config.queue_bytes;
  options.batch_max_jobs = config.batch_max_jobs;
  options.batch_max_rows = config.batch_max_rows;
  options.batch_max_bytes = config.batch_max_bytes;
  options.durability = config.durability;
  options.ack = config.ack;
  options.debug_writer_delay = config.debug_writer_delay;
  return options;
}

http::FrontOptions front_options(const Config& config, const DataDir& directory) {
  http::FrontOptions options;
  options.listen = config.listen;
  options.workers = static_cast<int>(config.http_threads);
  options.ingest_slots = static_cast<int>(config.ingest_slots);
  options.ingest_wait = std::chrono::milliseconds(config.ingest_wait_ms);
  options.receive_bytes = config.receive_bytes;
  options.spool_dir = directory.spool_dir();
  return options;
}

}  // namespace
}  // namespace traceway
