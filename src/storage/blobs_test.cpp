#include "storage/blobs.h"

#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <vector>

namespace traceway {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMuch = 64U << 20U;
constexpr std::string_view kKey = "recordings/p1/sessions/s1/0.json";

struct Store {
  sqlite::TemporaryDirectory directory;
  std::string root = directory.file("blobs");
  std::unique_ptr<BlobStore> blobs = *BlobStore::open(root);

  std::int64_t put(std::string_view key, std::string_view text) const {
    const auto written = blobs->put(key, std::span(&text, 1));
    REQUIRE(written);
    return *written;
  }

  [[nodiscard]] std::optional<std::string> get(std::string_view key) const {
    auto found = blobs->get(key, kMuch);
    REQUIRE(found);
    return std::move(*found);
  }

  [[nodiscard]] std::vector<std::string> keys() const {
    std::vector<std::string> out;
    blobs->each("recordings", [&](BlobInfo&& info) { out.push_back(std::move(info.key)); });
    std::ranges::sort(out);
    return out;
  }

  [[nodiscard]] std::size_t files_aside() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(root + "/.aside"), {}));
  }
};

std::string noise(std::size_t size) {
  std::mt19937_64 random(size);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

}  // namespace

TEST_CASE("blobs: what is read is what was written, whatever its size") {
  const Store store;
  for (const std::size_t size : {0UL, 1UL, 1000UL, 131'071UL, 131'072UL, 131'073UL, 3'000'000UL}) {
    for (const std::string& text : {noise(size), std::string(size, 'a')}) {
      const std::int64_t bytes = store.put(kKey, text);
      CHECK(static_cast<std::uintmax_t>(bytes) ==
            fs::file_size(store.root + "/" + std::string(kKey)));
      CHECK(store.get(kKey) == text);
    }
  }
  CHECK(store.put(kKey, std::string(3'000'000, 'a')) < 1000);
  const std::vector<std::string_view> pieces = {"{\"events\":", "", "[1,2]", "}"};
  REQUIRE(store.blobs->put(kKey, pieces));
  CHECK(store.get(kKey) == R"({"events":[1,2]})");
  CHECK(store.keys() == std::vector<std::string>{std::string(kKey)});
  CHECK(store.files_aside() == 0);
}

TEST_CASE("blobs: nobody else may read them") {
  const Store store;
  store.put(kKey, "secret");
  struct stat about{};
  REQUIRE(::stat((store.root + "/" + std::string(kKey)).c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0600U);
  REQUIRE(::stat((store.root + "/recordings/p1").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0700U);
}

TEST_CASE("blobs: absent, too large, foreign and damaged files") {
  const Store store;
  CHECK_FALSE(store.get(kKey));
  store.put(kKey, std::string(2'000'000, 'a'));
  CHECK(store.blobs->get(kKey, 1'999'999).error().code == ErrorCode::kTooLarge);
  CHECK(store.blobs->get(kKey, 2'000'000));

  const std::string path = store.root + "/" + std::string(kKey);
  store.put(kKey, noise(500'000));
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(250'000)
      .put('x')
      .put('y');
  CHECK(store.blobs->get(kKey, kMuch).error().code == ErrorCode::kUnavailable);
  store.put(kKey, noise(500'000));
  fs::resize_file(path, 400'000);
  CHECK(store.blobs->get(kKey, kMuch).error().code == ErrorCode::kUnavailable);
  fs::resize_file(path, 4);
  CHECK(store.blobs->get(kKey, kMuch).error().code == ErrorCode::kUnavailable);

  std::ofstream(path, std::ios::binary) << R"({"events":[]})";  // not compressed: read as it is
  CHECK(store.get(kKey) == R"({"events":[]})");
}

TEST_CASE("blobs: a key cannot leave the store") {
  const Store store;
  for (const std::string_view key : {"../x/y", "a/../b", "/etc/passwd", "a", "", "a//b", "a/",
                                     ".aside/0", "a/.hidden", "a/B", "a/b c", "a/b\\c"}) {
    CAPTURE(key);
    const std::string_view text = "x";
    CHECK(store.blobs->put(key, std::span(&text, 1)).error().code == ErrorCode::kInternal);
    CHECK(store.blobs->get(key, 10).error().code == ErrorCode::kInternal);
    CHECK(store.blobs->remove(key).error().code == ErrorCode::kInternal);
  }
}

TEST_CASE("blobs: a removed file takes empty directories along, and only those") {
  const Store store;
  store.put(kKey, "1");
  store.put("recordings/p1/e1.json", "2");
  REQUIRE(store.blobs->remove(kKey));
  CHECK(store.keys() == std::vector<std::string>{"recordings/p1/e1.json"});
  CHECK_FALSE(fs::exists(store.root + "/recordings/p1/sessions"));
  REQUIRE(store.blobs->remove("recordings/p1/e1.json"));
  REQUIRE(store.blobs->remove("recordings/p1/e1.json"));
  CHECK(store.keys().empty());
  CHECK(fs::exists(store.root));
}

TEST_CASE("blobs: what a crash left aside is gone after the next start") {
  Store store;
  store.put(kKey, "kept");
  std::ofstream(store.root + "/.aside/17") << "half";
  store.blobs = *BlobStore::open(store.root);
  CHECK(store.files_aside() == 0);
  CHECK(store.get(kKey) == "kept");
}

TEST_CASE("blobs: a disk that refuses leaves the file that was there") {
  const Store store;
  store.put(kKey, "old");
  fs::remove(store.root + "/.aside");
  std::ofstream(store.root + "/.aside") << "a file where a directory should be";
  const std::string_view text = "new";
  CHECK(store.blobs->put(kKey, std::span(&text, 1)).error().code == ErrorCode::kUnavailable);
  CHECK(store.get(kKey) == "old");
}

TEST_CASE("blobs: writers and sweepers of one place do not disturb each other") {
  const Store store;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&store, i] {
      for (int n = 0; n < 50; ++n) {
        const std::string key = "recordings/p1/sessions/s1/" + std::to_string(i) + ".json";
        const std::string_view text = "contents";
        CHECK(store.blobs->put(key, std::span(&text, 1)));
        CHECK(store.blobs->remove(key));
      }
    });
  }
  threads.clear();
  CHECK(store.keys().empty());
  CHECK(store.files_aside() == 0);
}

}  // namespace traceway
