// Blocks that rot: a flipped byte in any part, an unknown version, garbage under a right checksum,
// a page of the file gone bad. Each is skipped and reported; what lies beside it answers, and new
// data is taken.
#include "base/hash.h"
#include "base/text.h"
#include "faults/phases.h"
#include "faults/telemetry_world.h"
#include "support/seed.h"

#include <cstring>
#include <fstream>

namespace traceway::faults {

namespace {

constexpr std::uint64_t kJobs = 8;  // each is a block of its own

#if defined(__SANITIZE_ADDRESS__)
constexpr int kRounds = 20;
#else
constexpr int kRounds = 80;
#endif

/// Where a part of a block rests.
struct Place {
  const char* name;
  const char* table;
  const char* key;  ///< of block 3, the job 3's
};

constexpr Place kPlaces[] = {
    {"hot", "span_hot", "block_id = 3"},
    {"ids", "span_cold", "part_id = 13"},
    {"attributes", "span_cold", "part_id = 14"},
    {"the rest", "span_cold", "part_id = 15"},
};

void fill(TelemetryWorld& world) {
  must(world.open());
  for (std::uint64_t job = 1; job <= kJobs; ++job) must(world.append({job}));
  world.close();
}

std::string blob_of(const RawFile& file, const Place& place) {
  return text::from_hex(file.ask(std::string("SELECT lower(hex(data)) FROM ") + place.table +
                                 " WHERE " + place.key))
      .value_or("");
}

void store_blob(const RawFile& file, const Place& place, const std::string& data) {
  CHECK(file.ask(std::string("UPDATE ") + place.table + " SET data = x'" + text::to_hex(data) +
                 "' WHERE " + place.key) == "no row");
}

/// Everybody but job 3 is there, questions over all of them answer, and a new job is taken.
void check_others(TelemetryWorld& world, const std::string& what) {
  CAPTURE(what);
  must(world.open());
  must(world.answers());
  for (std::uint64_t job = 1; job <= kJobs; ++job) {
    if (job != 3) CHECK_MESSAGE(world.has(job), "job ", job);
  }
  must(world.append({40}));
  CHECK(world.has(40));
  world.close();
}

}  // namespace

TEST_CASE("damage: a flipped byte in any part of a block costs that block and nothing else") {
  install_fault_vfs();
  std::mt19937_64 random = test::random_generator(30);
  TelemetryWorld whole;
  fill(whole);
  for (const Place& place : kPlaces) {
    for (int round = 0; round < kRounds / 8; ++round) {
      TelemetryWorld world(whole);
      {
        const RawFile file(world.path());
        std::string blob = blob_of(file, place);
        REQUIRE(blob.size() > 32);
        char& byte = blob[random() % blob.size()];
        byte = static_cast<char>(byte ^ static_cast<char>(1U << (random() % 8)));
        store_blob(file, place, blob);
      }
      check_others(world, std::string("a flip in ") + place.name);
      must(world.open());
      CHECK_FALSE(world.has(3));
    }
  }
}

TEST_CASE("damage: a part cut short, emptied, lost or of a later version is skipped") {
  install_fault_vfs();
  TelemetryWorld whole;
  fill(whole);
  for (const Place& place : kPlaces) {
    const std::string blob = blob_of(RawFile(whole.path()), place);
    std::string later = blob;
    later[12] = 99;  // the version; under a right checksum
    const std::uint64_t checksum = hash64(std::string_view(later).substr(8));
    std::memcpy(later.data(), &checksum, sizeof checksum);
    for (const std::string& changed :
         {blob.substr(0, blob.size() / 2), blob.substr(0, 20), std::string(), later}) {
      TelemetryWorld world(whole);
      store_blob(RawFile(world.path()), place, changed);
      check_others(world, std::string("changed: ") + place.name);
      must(world.open());
      CHECK_FALSE(world.has(3));
    }
    TelemetryWorld world(whole);
    CHECK(RawFile(world.path())
              .ask(std::string("DELETE FROM ") + place.table + " WHERE " + place.key) == "no row");
    check_others(world, std::string("deleted: ") + place.name);
  }
}

TEST_CASE("damage: garbage under a right checksum is no danger") {
  install_fault_vfs();
  std::mt19937_64 random = test::random_generator(31);
  TelemetryWorld whole;
  fill(whole);
  for (const Place& place : kPlaces) {
    for (int round = 0; round < kRounds; ++round) {
      TelemetryWorld world(whole);
      {
        const RawFile file(world.path());
        std::string blob = blob_of(file, place);
        for (std::uint64_t flips = 1 + random() % 4; flips > 0; --flips)
          blob[16 + random() % (blob.size() - 16)] = static_cast<char>(random());
        const std::uint64_t checksum = hash64(std::string_view(blob).substr(8));
        std::memcpy(blob.data(), &checksum, sizeof checksum);
        store_blob(file, place, blob);
      }
      check_others(world, std::string("garbage in ") + place.name);
    }
  }
}

TEST_CASE("damage: a page of the file gone bad ends no process and hides only what it held") {
  install_fault_vfs();
  std::mt19937_64 random = test::random_generator(32);
  TelemetryWorld whole;
  fill(whole);
  const auto size = std::filesystem::file_size(whole.path());
  int opened = 0;
  for (int round = 0; round < kRounds; ++round) {
    TelemetryWorld world(whole);
    {
      std::fstream file(world.path(), std::ios::binary | std::ios::in | std::ios::out);
      // Page 1 decides whether it is a database at all; that is the server's test.
      const std::uint64_t page = 1 + random() % (size / 16384 - 1);
      for (int i = 0; i < 64; ++i) {
        file.seekp(static_cast<std::streamoff>(page * 16384 + random() % 16384));
        file.put(static_cast<char>(random()));
      }
    }
    if (const auto done = world.open(); !done) {
      CHECK_MESSAGE(done.error().message.find("restore a backup") != std::string::npos,
                    done.error().message);
      continue;
    }
    ++opened;
    (void)world.answers();
    (void)world.append({41});
    (void)world.archive(2);
    (void)world.checkpoint();
  }
  CHECK(opened > kRounds / 2);
}

TEST_CASE("damage: a broken page under some blocks does not end questions over the others") {
  install_fault_vfs();
  constexpr std::uint64_t kMany = 300;
  TelemetryWorld world;
  must(world.open());
  for (std::uint64_t job = 1; job <= kMany; ++job) must(world.append({job}));
  world.close();
  for (const char* table : {"span_hot", "span_cold"}) {
    TelemetryWorld damaged(world);
    const auto page = std::stoul(RawFile(damaged.path())
                                     .ask(std::string("SELECT pageno FROM dbstat WHERE name = '") +
                                          table + "' AND pagetype = 'leaf' ORDER BY path"));
    {
      std::fstream raw(damaged.path(), std::ios::binary | std::ios::in | std::ios::out);
      raw.seekp(static_cast<std::streamoff>((page - 1) * 16384));
      raw.put('\xff');  // no such kind of page
    }
    must(damaged.open());
    must(damaged.answers());
    CHECK_FALSE(damaged.has(1));
    CHECK(damaged.has(kMany));
    must(damaged.append({kMany + 1}));
    CHECK(damaged.has(kMany + 1));
  }
}

}  // namespace traceway::faults
