// Files that are not what they were: truncated, foreign, newer, a WAL cut short. The server starts
// and takes new data, or it refuses with a sentence that names the file and says what to do.
#include "faults/world.h"
#include "support/otlp_builder.h"
#include "support/seed.h"
#include "support/stage.h"

#include <doctest/doctest.h>

#include <fstream>
#include <functional>

namespace traceway::faults {

namespace {

using test::TestServer;
namespace fs = std::filesystem;

constexpr const char* kMain = "traceway.db";
constexpr const char* kTelemetry = "traceway_telemetry.db";

/// What may follow. Empty words: the server starts.
struct Damage {
  std::string name;
  const char* file;
  std::function<void(const fs::path&)> apply;
  std::string refusal = {};
};

void overwrite(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

std::string noise(std::size_t size) {
  std::mt19937_64 random = test::random_generator(40);
  std::string out(size, '\0');
  for (char& byte : out) byte = static_cast<char>(random());
  return out;
}

auto cut_to(double share) {
  return [share](const fs::path& path) {
    const auto size = static_cast<double>(fs::file_size(path));
    fs::resize_file(path, static_cast<std::uintmax_t>(size * share));
  };
}

auto cut_by(std::uintmax_t bytes) {
  return [bytes](const fs::path& path) { fs::resize_file(path, fs::file_size(path) - bytes); };
}

auto filled_with(std::string content) {
  return [content](const fs::path& path) { overwrite(path, content); };
}

void make_foreign(const fs::path& path) {
  fs::remove(path);
  overwrite(path, "");
  CHECK(RawFile(path).ask("CREATE TABLE songs (title TEXT)") == "no row");
}

void make_newer(const fs::path& path) {
  CHECK(
      RawFile(path).ask("INSERT INTO schema_migrations SELECT max(number) + 1, 'from_the_future', "
                        "'', 0 FROM schema_migrations") == "no row");
}

void make_directory(const fs::path& path) {
  fs::remove(path);
  fs::create_directory(path);
}

void remove_file(const fs::path& path) {
  fs::remove(path);
}

/// Of a directory that a server closed.
std::vector<Damage> damages_at_rest(const char* file) {
  return {
      {"nothing", file, [](const fs::path&) {}},
      {"truncated to half", file, cut_to(0.5), "is damaged: restore a backup"},
      {"only a header is left", file, [](const fs::path& path) { fs::resize_file(path, 100); },
       "restore a backup"},
      {"text", file, filled_with("Dear diary, today I was a database."), "is no SQLite database"},
      {"noise", file, filled_with(noise(50'000)), "is no SQLite database"},
      {"another program's", file, make_foreign, "belongs to another program"},
      {"a newer version's", file, make_newer, "newer Traceway"},
      {"a directory", file, make_directory, "cannot be opened"},
      {"missing", file, remove_file},
      {"emptied", file, filled_with("")},
  };
}

/// Of a directory whose server was killed: the newest data is in the WAL only.
std::vector<Damage> damages_of_wal(const char* wal) {
  return {
      {"nothing", wal, [](const fs::path&) {}},
      {"WAL without its last bytes", wal, cut_by(100)},
      {"WAL cut to half", wal, cut_to(0.5)},
      {"WAL with half a header", wal, [](const fs::path& path) { fs::resize_file(path, 20); }},
      {"WAL emptied", wal, filled_with("")},
      {"WAL of noise", wal, filled_with(noise(100'000))},
  };
}

bool reports(test::HttpClient& client, const test::Account& account) {
  std::mt19937_64 random = test::random_generator(41);
  test::OtlpExport wanted;
  wanted.spans = {test::request_span(random)};
  const auto answer = client.send({"POST",
                                   "/api/otel/v1/traces",
                                   {{"Authorization", "Bearer " + account.project_token},
                                    {"Content-Type", "application/x-protobuf"}},
                                   to_protobuf(wanted)});
  return answer.status == 200;
}

/// Damages a copy of the directory and starts a server on it.
void check_damage(const fs::path& source, const test::Account& account, const Damage& damage) {
  const std::string what = damage.name + ": " + damage.file;
  CAPTURE(what);
  const test::TemporaryDirectory copy;
  copy_files(source, copy.path());
  damage.apply(copy.path() / damage.file);
  TestServer server(copy.path());
  const bool has_started = server.start();
  if (!damage.refusal.empty()) {
    CHECK_FALSE(has_started);
    CHECK_MESSAGE(server.log().find(damage.refusal) != std::string::npos, server.log());
    CHECK_MESSAGE(server.log().find(copy.path() / damage.file) != std::string::npos, server.log());
    return;
  }
  REQUIRE_MESSAGE(has_started, server.log());
  auto client = server.client();
  CHECK(client.get("/healthz").status == 200);
  CHECK(client.get("/readyz").status == 200);
  const bool is_main = std::string_view(damage.file).starts_with(kMain);
  // Without its accounts nobody may report; with them everybody can.
  if (!is_main || damage.name == "nothing") {
    CHECK(reports(client, account));
    client.set_bearer(account.jwt);
    CHECK(client.post_json(account.scoped("/api/endpoints"), test::kFirstPage).status == 200);
  }
}

/// A server with data, ended as wanted; its files are the stage's.
void prepare(test::Stage& stage, bool is_killed) {
  std::mt19937_64 random = test::random_generator(42);
  for (int i = 0; i < 20; ++i) stage.report({test::request_span(random)});
  if (is_killed) {
    stage.server.kill9();
  } else {
    REQUIRE(stage.server.stop() == 0);
  }
}

}  // namespace

TEST_CASE("damage: a database file that is not what it was is refused in words, or does no harm") {
  test::Stage stage;
  prepare(stage, false);
  for (const char* file : {kTelemetry, kMain}) {
    for (const Damage& damage : damages_at_rest(file))
      check_damage(stage.server.data_dir(), stage.account, damage);
  }
  check_damage(stage.server.data_dir(), stage.account,
               {"the other database's", kTelemetry,
                [](const fs::path& path) {
                  fs::copy_file(path.parent_path() / kMain, path,
                                fs::copy_options::overwrite_existing);
                },
                "differs from the one in this version"});
}

TEST_CASE("damage: a WAL cut short or full of noise costs at most what it held") {
  test::Stage stage;
  prepare(stage, true);
  const auto wal_of = [](const char* file) { return std::string(file) + "-wal"; };
  for (const std::string& wal : {wal_of(kTelemetry), wal_of(kMain)}) {
    for (const Damage& damage : damages_of_wal(wal.c_str()))
      check_damage(stage.server.data_dir(), stage.account, damage);
  }
}

TEST_CASE("damage: an index of the WAL that lies is rebuilt") {
  test::Stage stage;
  prepare(stage, true);
  check_damage(stage.server.data_dir(), stage.account,
               {"noise", "traceway_telemetry.db-shm", filled_with(noise(32'768))});
}

}  // namespace traceway::faults
