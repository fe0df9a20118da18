// Parts of chunks of log records: written, framed, read back equal; damage is told.
#include "storage/sqlite/blocks/encode_logs.h"
#include "storage/sqlite/blocks/log_bodies.h"
#include "storage/sqlite/logs_for_test.h"

#include <doctest/doctest.h>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::int64_t kNoon = 1'790'000'000'000'000'000;

std::string_view part_of(const EncodedChunk& chunk, Part part) {
  return chunk.parts[static_cast<std::size_t>(part)];
}

std::string padded(std::string_view bytes) {
  return std::string(bytes) + std::string(kPadding, '\0');
}

EncodedChunk some_chunk(std::size_t rows) {
  std::mt19937_64 random(4);
  BatchBuilder builder(BatchBuilder::id_of(1), 1);
  for (std::size_t i = 0; i < rows; ++i) add_log(builder, random_log(random, kNoon, 1000));
  const TelemetryBatch batch = builder.take();
  return thread_log_encoder().encode(batch.logs, batch.attributes);
}

}  // namespace

TEST_CASE("log blocks: parts that are cut short are refused, never read past") {
  const EncodedChunk chunk = some_chunk(30);
  for (const Part part : {Part::kHot, Part::kIds, Part::kAttributes, Part::kBodies}) {
    CAPTURE(static_cast<int>(part));
    std::string buffer;
    const bool is_packed = part == Part::kAttributes || part == Part::kBodies;
    const std::string raw(is_packed ? *decompress(part_of(chunk, part), buffer)
                                    : part_of(chunk, part));
    for (std::size_t size = 0; size < raw.size(); ++size) {
      const std::string bytes = padded(std::string_view(raw).substr(0, size));
      const std::string_view cut = std::string_view(bytes).substr(0, size);
      HotChunk hot;
      ChunkLogIds ids;
      ChunkLogAttributes attributes;
      ChunkBodies bodies;
      if (part == Part::kHot) CHECK_FALSE(hot.read(cut, BlockFamily::kLogs));
      if (part == Part::kIds) CHECK_FALSE(ids.read(cut, 30));
      if (part == Part::kAttributes) CHECK_FALSE(attributes.read(cut, 30));
      if (part == Part::kBodies) CHECK_FALSE(bodies.read(cut, 30));
    }
  }
}

TEST_CASE("log blocks: ordinary lines of 63 bytes rest in at most 16 bytes each") {
  std::mt19937_64 random(5);
  BatchBuilder builder(BatchBuilder::id_of(1), 1);
  std::int64_t now = kNoon;
  std::size_t bytes = 0;
  const std::vector<std::string> lines = {
      "GET /api/v1/orders/# completed with status 200 in ## milliseconds",
      "user # signed in from the mobile app, session is valid for ## h ",
      "cache miss for product:# in region eu-central, loaded in ## ms  ",
      "payment # was accepted by the provider after ## ms, no retries  "};
  for (std::size_t i = 0; i < kMaxChunkRows; ++i) {
    LogFact fact;
    now += static_cast<std::int64_t>(random() % 2'000) * 1'000;
    fact.timestamp = now;
    fact.severity = random() % 20 == 0 ? 17 : 9;
    fact.service = "shop";
    for (const char c : lines[random() % lines.size()])
      fact.body += c == '#' ? std::to_string(random() % 100) : std::string(1, c);
    fact.body.resize(63, ' ');
    fact.host = "web-1";
    add_log(builder, fact);
  }
  const TelemetryBatch batch = builder.take();
  const EncodedChunk chunk = thread_log_encoder().encode(batch.logs, batch.attributes);
  for (const std::string& part : chunk.parts) bytes += part.size();
  MESSAGE("bytes per line: " << static_cast<double>(bytes) / kMaxChunkRows);
  CHECK(bytes <= 16 * kMaxChunkRows);
}

}  // namespace traceway::sqlite::blocks
