#include "storage/sqlite/blocks/block_format.h"

#include "base/hash.h"
#include "storage/sqlite/blocks/wire.h"

#include <zstd.h>

#include <algorithm>
#include <memory>

namespace traceway::sqlite::blocks {

namespace {

constexpr std::uint32_t kMagic = 0x42535754;  // "TWSB"
constexpr std::size_t kHead = 24;
constexpr char kRaw = 0;
constexpr char kZstd = 1;
constexpr int kZstdLevel = 1;
/// Below this many bytes a zstd frame is larger than what it holds.
constexpr std::size_t kMinCompressed = 64;
/// A buffer that one huge request grew is not kept.
constexpr std::size_t kMaxKeptScratch = 4U << 20U;
/// No request is larger: a size beyond this is damage, not data.
constexpr std::uint64_t kMaxRawBytes = std::uint64_t{1} << 30U;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }

  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_CCtx* compression() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  return context.get();
}

ZSTD_DCtx* decompression() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  return context.get();
}

}  // namespace

std::string_view to_string(BlockFamily family) {
  switch (family) {
    case BlockFamily::kSpans:
      return "spans";
    case BlockFamily::kLogs:
      return "logs";
    case BlockFamily::kMetrics:
      return "metric points";
  }
  return {};
}

void BlockStats::merge(const BlockStats& other) {
  rows += other.rows;
  endpoints += other.endpoints;
  tasks += other.tasks;
  errors += other.errors;
  severities |= other.severities;
  if (first_number == 0) first_number = other.first_number;
  last_number = std::max(last_number, other.last_number);
  min_time = std::min(min_time, other.min_time);
  max_time = std::max(max_time, other.max_time);
  min_duration = std::min(min_duration, other.min_duration);
  max_duration = std::max(max_duration, other.max_duration);
}

std::size_t EncodedChunk::bytes() const {
  std::size_t sum = sizeof(EncodedChunk) + id_hashes.capacity() * sizeof(std::uint64_t);
  for (const std::string& part : parts) sum += part.capacity();
  return sum;
}

std::string join_chunks(std::span<const EncodedChunk* const> chunks, Part part) {
  const auto index = static_cast<std::size_t>(part);
  std::size_t size = kHead + chunks.size() * sizeof(std::uint32_t) + kPadding;
  for (const EncodedChunk* chunk : chunks) size += chunk->parts[index].size();
  std::string out;
  out.reserve(size);
  put_fixed(out, std::uint64_t{0});
  put_fixed(out, kMagic);
  out.push_back(static_cast<char>(kFormatVersion));
  out.push_back(static_cast<char>(part));
  put_fixed(out, std::uint16_t{0});
  put_fixed(out, static_cast<std::uint32_t>(chunks.size()));
  std::uint32_t rows = 0;
  for (const EncodedChunk* chunk : chunks) rows += chunk->stats.rows;
  put_fixed(out, rows);
  std::uint32_t end = 0;
  for (const EncodedChunk* chunk : chunks) {
    end += static_cast<std::uint32_t>(chunk->parts[index].size());
    put_fixed(out, end);
  }
  for (const EncodedChunk* chunk : chunks) out.append(chunk->parts[index]);
  out.append(kPadding, '\0');
  const std::uint64_t checksum = hash64(std::string_view(out).substr(sizeof(std::uint64_t)));
  std::memcpy(out.data(), &checksum, sizeof checksum);
  return out;
}

std::optional<BlockView> BlockView::open(std::string_view blob, Part part) {
  Reader head(blob);
  const auto checksum = head.fixed<std::uint64_t>();
  const auto magic = head.fixed<std::uint32_t>();
  const auto version = head.fixed<std::uint8_t>();
  const auto kind = head.fixed<std::uint8_t>();
  const auto zero = head.fixed<std::uint16_t>();
  BlockView view;
  view.blob_ = blob;
  view.chunks_ = head.fixed<std::uint32_t>();
  view.rows_ = head.fixed<std::uint32_t>();
  if (!head.ok() || magic != kMagic || version != kFormatVersion || zero != 0 ||
      kind != static_cast<std::uint8_t>(part) || hash64(blob.substr(sizeof checksum)) != checksum) {
    return std::nullopt;
  }
  if (head.left() < kPadding || view.chunks_ > (head.left() - kPadding) / sizeof(std::uint32_t)) {
    return std::nullopt;
  }
  const std::size_t room = head.left() - kPadding - view.chunks_ * sizeof(std::uint32_t);
  std::uint32_t before = 0;
  for (std::size_t i = 0; i < view.chunks_; ++i) {
    const auto end = head.fixed<std::uint32_t>();
    if (end < before || end > room) return std::nullopt;
    before = end;
  }
  return before == room ? std::optional(view) : std::nullopt;
}

std::string_view BlockView::chunk(std::size_t index) const {
  const char* const ends = blob_.data() + kHead;
  const char* const data = ends + chunks_ * sizeof(std::uint32_t);
  const std::uint32_t begin =
      index == 0 ? 0 : load<std::uint32_t>(ends + (index - 1) * sizeof(std::uint32_t));
  const auto end = load<std::uint32_t>(ends + index * sizeof(std::uint32_t));
  return {data + begin, end - begin};
}

void put_compressed(std::string& out, std::string_view raw) {
  if (raw.size() >= kMinCompressed) {
    thread_local std::vector<char> scratch;
    scratch.resize(std::max(scratch.size(), ZSTD_compressBound(raw.size())));
    const std::size_t size = ZSTD_compressCCtx(compression(), scratch.data(), scratch.size(),
                                               raw.data(), raw.size(), kZstdLevel);
    const bool is_smaller = ZSTD_isError(size) == 0 && size < raw.size();
    if (is_smaller) {
      out.push_back(kZstd);
      put_varint(out, raw.size());
      out.append(scratch.data(), size);
    }
    if (scratch.size() > kMaxKeptScratch) std::vector<char>().swap(scratch);
    if (is_smaller) return;
  }
  out.push_back(kRaw);
  put_varint(out, raw.size());
  out.append(raw);
}

std::optional<std::string_view> decompress(std::string_view part, std::string& buffer) {
  Reader from(part);
  const auto codec = from.fixed<char>();
  const std::uint64_t size = from.varint();
  if (!from.ok() || size > kMaxRawBytes) return std::nullopt;
  buffer.assign(size + kPadding, '\0');
  const std::string_view data = from.bytes(from.left());
  if (codec == kRaw) {
    if (data.size() != size) return std::nullopt;
    std::memcpy(buffer.data(), data.data(), data.size());
  } else if (codec != kZstd || ZSTD_decompressDCtx(decompression(), buffer.data(), size,
                                                   data.data(), data.size()) != size) {
    return std::nullopt;
  }
  return std::string_view(buffer).substr(0, size);
}

}  // namespace traceway::sqlite::blocks
