#include "base/text.h"
#include "storage/sqlite/batch_for_test.h"
#include "storage/sqlite/blocks/encode.h"
#include "storage/sqlite/blocks/filter.h"
#include "storage/sqlite/blocks/hot_chunk.h"
#include "storage/sqlite/blocks/packed_column.h"
#include "storage/sqlite/blocks/sample.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::int64_t kNoon = 1'790'000'000'000'000'000;

std::string_view part_of(const EncodedChunk& chunk, Part part) {
  return chunk.parts[static_cast<std::size_t>(part)];
}

/// Framed and opened again, as it would be read from a file.
struct Read {
  std::string hot_blob, ids_blob, attributes_blob, rest_blob, attributes_raw, rest_raw;
  HotChunk hot;
  ChunkIds ids;
  ChunkAttributes attributes;
  ChunkRest rest;

  explicit Read(const EncodedChunk& chunk) {
    const EncodedChunk* const one[] = {&chunk};
    hot_blob = join_chunks(one, Part::kHot);
    ids_blob = join_chunks(one, Part::kIds);
    attributes_blob = join_chunks(one, Part::kAttributes);
    rest_blob = join_chunks(one, Part::kRest);
    REQUIRE(hot.read(BlockView::open(hot_blob, Part::kHot)->chunk(0), BlockFamily::kSpans));
    REQUIRE(ids.read(BlockView::open(ids_blob, Part::kIds)->chunk(0), hot.rows));
    const auto packed = BlockView::open(attributes_blob, Part::kAttributes)->chunk(0);
    const auto raw = decompress(packed, attributes_raw);
    REQUIRE(raw.has_value());
    REQUIRE(attributes.read(*raw, hot.rows, hot.entities));
    const auto rest_view = decompress(BlockView::open(rest_blob, Part::kRest)->chunk(0), rest_raw);
    REQUIRE(rest_view.has_value());
    REQUIRE(rest.read(*rest_view, hot.rows));
  }
};

std::string map_json(const TelemetryBatch& batch, const Span& span) {
  std::string out = "{";
  for (std::uint32_t i = 0; i < span.attributes.count; ++i) {
    const Attribute& attribute = batch.attributes[span.attributes.first + i];
    if (i > 0) out += ',';
    text::append_json_string(out, attribute.key);
    out += ':';
    text::append_json_string(out, attribute.value);
  }
  return out + "}";
}

/// Any text: empty, repeated, long, not ASCII, hostile to JSON.
std::string odd_text(std::mt19937_64& random) {
  switch (random() % 8) {
    case 0:
      return "";
    case 1:
      return "GET";
    case 2:
      return std::string(random() % 3000, 'x');
    case 3:
      return "\xF0\x9F\x92\xA5 \"\\\n\x01";
    case 4:
      return std::to_string(random() % 5);
    default:
      return std::to_string(random());
  }
}

std::int64_t odd_number(std::mt19937_64& random) {
  switch (random() % 6) {
    case 0:
      return INT64_MAX;
    case 1:
      return INT64_MIN;
    case 2:
      return 0;
    default:
      return static_cast<std::int64_t>(random() >> (random() % 60));
  }
}

void add_odd_span(BatchBuilder& builder, std::uint64_t number, std::mt19937_64& random) {
  const bool is_calm = random() % 3 != 0;
  const std::int64_t start =
      is_calm ? kNoon + static_cast<std::int64_t>(random() % 1000) : odd_number(random);
  Span& span = builder.span(number, start, odd_number(random) & INT64_MAX);
  if (random() % 4 == 0) span.source_start_ns = random();
  if (random() % 4 == 0) span.source_end_ns = UINT64_MAX;
  span.trace = BatchBuilder::id_of(random() % 5);
  switch (random() % 4) {
    case 0:
      break;
    case 1:
      span.parent = BatchBuilder::span_id_of(random() % 50);
      break;
    case 2:
      span.parent = span_id_from_bytes(BatchBuilder::id_of(random()).view());
      break;
    default:
      span.id = span_id_from_bytes(BatchBuilder::id_of(number).view());
  }
  for (std::string_view* field :
       {&span.name, &span.status_message, &span.service_name, &span.service_version,
        &span.scope_name, &span.scope_version, &span.trace_state, &span.resource_schema_url,
        &span.scope_schema_url, &span.resource_json, &span.scope_json, &span.events_json,
        &span.links_json})
    *field = builder.text(odd_text(random));
  span.kind = static_cast<SpanKind>(random() % 6);
  span.status_code = static_cast<std::uint8_t>(random() % 3);
  span.flags = static_cast<std::uint32_t>(random());
  span.dropped_events = static_cast<std::uint32_t>(random() % 2);
  std::map<std::string, std::string> map;
  const auto count = random() % 6;
  for (std::uint64_t i = 0; i < count; ++i)
    map["key " + std::to_string(random() % 8)] = odd_text(random);
  span.attributes = builder.attributes({map.begin(), map.end()});
  if (random() % 3 != 0) return;
  span.entity = static_cast<EntityKind>(1 + random() % 3);
  span.entity_id = BatchBuilder::id_of(number);
  span.entity_name = builder.text(odd_text(random));
  span.http_status = static_cast<std::uint16_t>(random());
  span.body_size = odd_number(random);
  span.client_ip = builder.text(odd_text(random));
  span.is_stream = random() % 2 == 0;
  if (random() % 2 == 0) span.linked_trace = BatchBuilder::id_of(random());
}

void check_entity(const Read& read, std::size_t entity, const Span& span, std::uint32_t row) {
  CHECK(read.hot.at(HotColumn::kEntityRow, entity) == row);
  CHECK(read.hot.kind_of(entity) == span.entity);
  CHECK(read.hot.entity_id(entity) == span.entity_id);
  CHECK(read.hot.text(HotColumn::kEntityName, entity) == span.entity_name);
  CHECK(read.hot.at(HotColumn::kHttpStatus, entity) == span.http_status);
  CHECK(read.hot.at(HotColumn::kBodySize, entity) == span.body_size);
  CHECK(read.hot.at(HotColumn::kIsStream, entity) == (span.is_stream ? 1 : 0));
  CHECK(read.attributes.client_ip(static_cast<std::uint32_t>(entity)) == span.client_ip);
}

void check_span(const Read& read, const Span& span, std::uint32_t row) {
  CHECK(read.hot.at(HotColumn::kStart, row) == span.start_ns);
  CHECK(read.hot.at(HotColumn::kDuration, row) == span.duration_ns);
  CHECK(read.hot.at(HotColumn::kKind, row) == static_cast<std::int64_t>(span.kind));
  CHECK(read.hot.at(HotColumn::kSpanStatus, row) == span.status_code);
  CHECK(read.hot.at(HotColumn::kIsRoot, row) == (span.parent.is_empty() ? 1 : 0));
  CHECK(read.hot.text(HotColumn::kName, row) == span.name);
  CHECK(read.hot.text(HotColumn::kService, row) == span.service_name);
  CHECK(read.hot.text(HotColumn::kVersion, row) == span.service_version);
  CHECK(read.ids.traces[read.ids.trace[row]] == span.trace);
  CHECK(read.ids.span[row] == span.id.view());
  CHECK(read.ids.parent[row] == span.parent.view());
  CHECK(read.ids.linked_trace(row) == span.linked_trace);
  const std::pair<RestText, std::string_view> texts[] = {
      {RestText::kStatusMessage, span.status_message},
      {RestText::kTraceState, span.trace_state},
      {RestText::kScopeName, span.scope_name},
      {RestText::kScopeVersion, span.scope_version},
      {RestText::kResourceSchemaUrl, span.resource_schema_url},
      {RestText::kScopeSchemaUrl, span.scope_schema_url},
      {RestText::kResource, span.resource_json},
      {RestText::kScope, span.scope_json},
      {RestText::kEvents, span.events_json},
      {RestText::kLinks, span.links_json}};
  for (const auto& [column, expected] : texts) CHECK(read.rest.text(column, row) == expected);
  CHECK(read.rest.number(RestNumber::kFlags, row) == span.flags);
  CHECK(read.rest.number(RestNumber::kDroppedEvents, row) == span.dropped_events);
  const SourceTimes times = read.rest.source_times(row, span.start_ns, span.duration_ns);
  CHECK(times.start_ns == span.source_start_ns);
  CHECK(times.end_ns == span.source_end_ns);
}

}  // namespace

TEST_CASE("blocks: every column of hostile spans reads back equal, whatever chunk came before") {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U, 6U}) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    BatchBuilder builder(BatchBuilder::id_of(7), seed);
    const std::uint64_t rows = 1 + random() % 120;
    for (std::uint64_t i = 0; i < rows; ++i) add_odd_span(builder, i + 1, random);
    const TelemetryBatch batch = builder.take();
    const Read read(thread_encoder().encode(batch.spans, batch.attributes));
    REQUIRE(read.hot.rows == rows);
    std::size_t entity = 0;
    std::vector<std::uint32_t> all;
    for (std::uint32_t row = 0; row < rows; ++row) {
      check_span(read, batch.spans[row], row);
      if (batch.spans[row].entity != EntityKind::kNone)
        check_entity(read, entity++, batch.spans[row], row);
      all.push_back(row);
    }
    CHECK(read.hot.entities == entity);
    const auto maps = read.attributes.maps(all);
    REQUIRE(maps.size() == rows);
    for (std::uint32_t row = 0; row < rows; ++row)
      CHECK(maps[row] == map_json(batch, batch.spans[row]));
    const std::uint32_t last[] = {all.back()};
    CHECK(read.attributes.maps(last) == std::vector{maps.back()});
  }
}

TEST_CASE("blocks: 256 KiB values and a thousand keys on one span read back equal") {
  BatchBuilder builder(BatchBuilder::id_of(7), 1);
  std::vector<std::pair<std::string, std::string>> map;
  for (int i = 0; i < 1024; ++i) map.emplace_back("k" + std::to_string(i), std::to_string(i));
  map.emplace_back("big", std::string(256 * 1024, 'b'));
  builder.span(1, kNoon, 1).attributes = builder.attributes(map);
  builder.span(2, kNoon, 1);
  const TelemetryBatch batch = builder.take();
  const Read read(thread_encoder().encode(batch.spans, batch.attributes));
  const std::uint32_t rows[] = {0, 1};
  const auto maps = read.attributes.maps(rows);
  REQUIRE(maps.size() == 2);
  CHECK(maps[0] == map_json(batch, batch.spans[0]));
  CHECK(maps[1] == "{}");
}

TEST_CASE("blocks: a part with any byte changed, cut or of another kind is refused") {
  BatchBuilder builder(BatchBuilder::id_of(7), 1);
  builder.endpoint(1, "GET /", kNoon, 5);
  const TelemetryBatch batch = builder.take();
  const EncodedChunk chunk = thread_encoder().encode(batch.spans, batch.attributes);
  const EncodedChunk* const two[] = {&chunk, &chunk};
  const std::string blob = join_chunks(two, Part::kHot);
  REQUIRE(BlockView::open(blob, Part::kHot).has_value());
  CHECK(BlockView::open(blob, Part::kHot)->chunks() == 2);
  CHECK(BlockView::open(blob, Part::kHot)->rows() == 2);
  CHECK(BlockView::open(blob, Part::kHot)->chunk(1) == part_of(chunk, Part::kHot));
  CHECK_FALSE(BlockView::open(blob, Part::kIds).has_value());
  for (std::size_t at = 0; at < blob.size(); ++at) {
    std::string damaged = blob;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    CHECK_FALSE(BlockView::open(damaged, Part::kHot).has_value());
    CHECK_FALSE(BlockView::open(std::string_view(blob).substr(0, at), Part::kHot).has_value());
  }
}

TEST_CASE("blocks: decoders refuse what is cut short instead of reading past it") {
  std::mt19937_64 random(11);
  BatchBuilder builder(BatchBuilder::id_of(7), 1);
  for (std::uint64_t i = 0; i < 20; ++i) add_odd_span(builder, i + 1, random);
  const TelemetryBatch batch = builder.take();
  const EncodedChunk chunk = thread_encoder().encode(batch.spans, batch.attributes);
  const auto cut = [](std::string_view whole, std::size_t size) {
    return std::string(whole.substr(0, size)) + std::string(kPadding, '\0');
  };
  const std::string_view hot = part_of(chunk, Part::kHot);
  for (std::size_t size = 0; size < hot.size(); ++size) {
    const std::string padded = cut(hot, size);
    HotChunk out;
    CHECK_FALSE(out.read(std::string_view(padded).substr(0, size), BlockFamily::kSpans));
  }
  const std::string_view ids = part_of(chunk, Part::kIds);
  for (std::size_t size = 0; size < ids.size(); ++size) {
    const std::string padded = cut(ids, size);
    ChunkIds out;
    CHECK_FALSE(out.read(std::string_view(padded).substr(0, size), 20));
  }
}

TEST_CASE("packed column: any width, random access and unpacking agree") {
  std::mt19937_64 random(5);
  for (unsigned bits = 0; bits <= 64; ++bits) {
    CAPTURE(bits);
    std::vector<std::int64_t> values(137);
    const std::int64_t base = odd_number(random) / 2;
    for (std::int64_t& value : values) {
      const std::uint64_t offset = bits == 0 ? 0 : random() >> (64 - bits);
      value = static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + offset);
    }
    std::string out;
    put_packed(out, values);
    out.append(kPadding, '\x55');
    Reader from(std::string_view(out).substr(0, out.size() - kPadding));
    const PackedColumn column(from, values.size());
    REQUIRE(from.ok());
    CHECK(from.left() == 0);
    std::vector<std::int64_t> unpacked(values.size());
    column.unpack(unpacked.data());
    CHECK(unpacked == values);
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(column[i] == values[i]);
  }
}

TEST_CASE(
    "filter: every id that went in is found, few others are, as a list and as a Bloom filter") {
  for (const std::size_t count : {0U, 1U, 64U, 65U, 5000U}) {
    CAPTURE(count);
    std::vector<std::uint64_t> hashes;
    for (std::size_t i = 0; i < count; ++i) hashes.push_back(id_hash(BatchBuilder::id_of(i)));
    const std::string filter = make_filter(hashes);
    for (const std::uint64_t hash : hashes) CHECK(may_contain(filter, hash));
    int false_alarms = 0;
    for (std::uint64_t i = 0; i < 10'000; ++i)
      false_alarms += may_contain(filter, id_hash(BatchBuilder::id_of(1'000'000 + i))) ? 1 : 0;
    CHECK(false_alarms < 200);  // 0.8 % is the theory at ten bits a key
    if (count <= 64) CHECK(false_alarms == 0);
  }
  CHECK(may_contain("damaged", 1));
}

TEST_CASE("sample: exact quantiles interpolate, histogram quantiles stay within 1.6 percent") {
  Sample empty;
  CHECK(empty.quantile(0.5) == 0);
  std::mt19937_64 random(9);
  std::vector<std::int64_t> values;
  Sample exact;
  Sample rough;
  Sample half;
  rough.to_histogram();
  for (int i = 0; i < 5000; ++i) {
    const auto value = static_cast<std::int64_t>(random() >> (20 + random() % 30));
    values.push_back(value);
    exact.add(value);
    (i % 2 == 0 ? rough : half).add(value);
  }
  rough.merge(half);
  CHECK(rough.count() == values.size());
  std::ranges::sort(values);
  for (const double p : {0.0, 0.01, 0.5, 0.95, 0.99, 0.9999, 1.0}) {
    CAPTURE(p);
    const double x = p * 4999;
    const auto low = static_cast<std::size_t>(x);
    const std::size_t high = std::min<std::size_t>(low + 1, 4999);
    const double below = static_cast<double>(values[low]);
    const double expected =
        below + (x - static_cast<double>(low)) * (static_cast<double>(values[high]) - below);
    CHECK(exact.quantile(p) == doctest::Approx(expected).epsilon(1e-12));
    CHECK(rough.quantile(p) == doctest::Approx(expected).epsilon(0.033));
  }
  CHECK(exact.quantile(0.5) == exact.quantile(0.5));
}

TEST_CASE("sample: small and negative values keep their bucket to themselves in a histogram") {
  Sample sample;
  for (const std::int64_t value : {-40, -3, 0, 1, 63}) sample.add(value);
  sample.to_histogram();
  CHECK(sample.quantile(0.0) == -40);
  CHECK(sample.quantile(0.25) == -3);
  CHECK(sample.quantile(0.5) == 0);
  CHECK(sample.quantile(0.75) == 1);
  CHECK(sample.quantile(1.0) == 63);
}

}  // namespace traceway::sqlite::blocks
