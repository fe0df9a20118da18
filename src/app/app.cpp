#include "app/app.h"

#include "accounts/accounts.h"
#include "app/data_dir.h"
#include "app/services.h"
#include "app/slices.h"
#include "base/log.h"
#include "base/thread.h"
#include "http/front.h"
#include "http/rejections.h"
#include "metrics/registry.h"
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
  options.batch_window = std::chrono::milliseconds(config.batch_window_ms);
  options.admission_wait = std::chrono::milliseconds(config.admission_wait_ms);
  options.internal_queue_capacity = config.internal_queue_capacity;
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

/// Where the operator's browser finds this server.
std::string dashboard_url(const Config& config, const std::vector<std::string>& addresses) {
  if (!config.base_url.empty()) return config.base_url;
  return "http://" + (addresses.empty() ? std::string("127.0.0.1") : addresses.front()) +
         config.base_path.substr(0, config.base_path.size() - 1);
}

}  // namespace

/// In order of construction; destroyed in reverse.
struct App::Parts {
  explicit Parts(const Config& given)
      : config(given),
        body_budget(given.receive_bytes + given.queue_bytes),
        parser_budget(2 * body_budget.limit()) {}

  Config config;
  SystemClock clock;
  ByteBudget body_budget;
  ByteBudget parser_budget;
  http::Rejections rejections;
  std::unique_ptr<DataDir> directory;
  std::unique_ptr<MainDb> main;
  std::unique_ptr<TelemetryDb> telemetry;
  std::unique_ptr<projects::Projects> projects;
  std::unique_ptr<accounts::Accounts> accounts;
  std::unique_ptr<metrics::Registry> metrics;
  std::unique_ptr<pipeline::TelemetryWriter> writer;
  std::unique_ptr<WriterAdmission> admission;
  std::unique_ptr<Services> services;
  std::unique_ptr<http::Router> router;
  std::unique_ptr<http::Front> front;
  bool is_started = false;
  bool is_stopped = false;
  int exit_code = 0;

  Result<void> open_databases();
  Result<void> build();
};

Result<void> App::Parts::open_databases() {
  auto opened = DataDir::open(config.data_dir, config.allow_low_disk);
  if (!opened) return fail(opened);
  directory = std::move(*opened);
  auto main_db = sqlite::open_main_db({directory->main_db_path(), directory->backup_dir()}, clock);
  if (!main_db) return fail(main_db);
  main = std::move(*main_db);
  sqlite::TelemetryDbOptions options;
  options.path = directory->telemetry_db_path();
  options.backup_dir = directory->backup_dir();
  options.is_durability_full = config.durability == "full";
  options.max_pages = config.telemetry_max_pages;
  auto telemetry_db = sqlite::open_telemetry_db(options, clock);
  if (!telemetry_db) return fail(telemetry_db);
  telemetry = std::move(*telemetry_db);
  return {};
}

Result<void> App::Parts::build() {
  if (config.jwt_secret.empty()) {
    auto secret = directory->secret();
    if (!secret) return fail(secret);
    config.jwt_secret = std::move(*secret);
  }
  auto loaded = projects::Projects::load(*main, clock, config);
  if (!loaded) return fail(loaded);
  projects = std::move(*loaded);
  accounts = std::make_unique<accounts::Accounts>(
      accounts::Dependencies{*main, *projects, clock, config}, config.jwt_secret);
  metrics = std::make_unique<metrics::Registry>(*main, clock);
  writer = std::make_unique<pipeline::TelemetryWriter>(*telemetry, clock, writer_options(config));
  admission = std::make_unique<WriterAdmission>(*writer);
  services = std::make_unique<Services>(Services{*main, *telemetry, *writer, projects->directory(),
                                                 body_budget, clock, config, rejections,
                                                 parser_budget, *metrics});
  router = std::make_unique<http::Router>(*accounts);
  router->set_admission(admission.get());
  router->set_rejections(&rejections);
  router->set_base_path(config.base_path);
  add_slices(*router, *services, {*accounts, *projects, *metrics});
  front =
      std::make_unique<http::Front>(front_options(config, *directory), *router, body_budget, clock);
  return {};
}

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

App::~App() {
  (void)stop();
}

Result<std::unique_ptr<App>> App::create(const Config& config) {
  auto parts = std::make_unique<Parts>(config);
  if (auto ok = parts->open_databases(); !ok) return fail(ok);
  if (auto ok = parts->build(); !ok) return fail(ok);
  return std::unique_ptr<App>(new App(std::move(parts)));
}

Result<void> App::start() {
  parts_->writer->start();
  if (auto ok = parts_->front->start(); !ok) return ok;
  parts_->is_started = true;
  const auto addresses = parts_->front->addresses();
  for (const std::string& address : addresses)
    log::info("app", "listening", {{"address", address}});
  const auto is_first_run = parts_->accounts->is_first_run();
  const bool has_page = !parts_->config.api_only;
  if (has_page && is_first_run && *is_first_run) {
    log::info("app", "create the first account",
              {{"link", dashboard_url(parts_->config, addresses) + "/register"}});
  }
  return {};
}

int App::stop() {
  Parts& p = *parts_;
  if (p.is_stopped) return p.exit_code;
  p.is_stopped = true;
  p.front->stop_accepting();
  // Drained before the front is joined: then every waiting request has its answer, and a stuck disk
  // holds up the end for the drain timeout only.
  const pipeline::DrainReport drained = p.writer->drain(p.config.drain_timeout);
  p.front->stop(kFrontDeadline);
  if (drained.lost_records > 0) {
    p.exit_code = kRecordsLost;
    for (const Uuid& project : drained.projects) {
      log::error("app", "records lost in the drain", {{"project", to_string(project)}});
    }
    log::error("app", "the drain timeout passed; records are lost",
               {{"records", drained.lost_records}, {"jobs", drained.lost_jobs}});
  }
  if (p.is_started) log::info("app", "stopped", {{"exit_code", p.exit_code}});
  return p.exit_code;
}

const http::Router& App::router() const {
  return *parts_->router;
}

}  // namespace traceway
