#include "http/body.h"

#include "base/text.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace traceway::http {

namespace {

// deflate cannot expand more: an announced size beyond this ratio is a lie and is not even used as
// a hint.
constexpr std::size_t kMaxDeflateRatio = 1032;
constexpr std::size_t kMinGzipBytes = 18;
constexpr std::size_t kFirstGuessRatio = 4;
constexpr std::size_t kMinRoomBytes = 4096;
constexpr std::size_t kGrowth = 4;
constexpr std::size_t kWorthShrinking = 64U << 10U;

enum class Format : std::uint8_t { kGzip, kZlib };

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* one) const { libdeflate_free_decompressor(one); }
};

libdeflate_decompressor* decompressor_of_thread() {
  thread_local const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
      libdeflate_alloc_decompressor());
  return decompressor.get();
}

/// Grows an output that never passes max_bytes + 1 and never holds memory the budget has not
/// granted.
class Inflater {
 public:
  Inflater(Format format, std::size_t max_bytes, ByteBudget& budget)
      : format_(format), cap_(max_bytes + 1), out_{{}, ByteLease(budget)} {}

  Result<DecodedBody> run(std::string_view input) {
    libdeflate_decompressor* const decompressor = decompressor_of_thread();
    if (decompressor == nullptr) return fail(ErrorCode::kUnavailable, kBusy);
    if (auto room = make_room(first_guess(input)); !room) return fail(std::move(room));
    do {
      std::size_t read = 0;
      std::size_t written = 0;
      const libdeflate_result result = step(decompressor, input, read, written);
      if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
        if (out_.bytes.size() >= cap_) return fail(ErrorCode::kTooLarge, kTooLargeText);
        if (auto room = make_room(out_.bytes.size() * kGrowth); !room) return fail(std::move(room));
        continue;
      }
      if (result != LIBDEFLATE_SUCCESS || read == 0) return malformed();
      used_ += written;
      if (used_ >= cap_) return fail(ErrorCode::kTooLarge, kTooLargeText);
      input.remove_prefix(read);
      if (input.empty()) return finish();
      if (format_ == Format::kZlib) return malformed();
    } while (true);
  }

 private:
  static constexpr const char* kBusy = "Out of memory for request bodies, retry later";
  static constexpr const char* kTooLargeText = "Request body too large";

  [[nodiscard]] tl::unexpected<Error> malformed() const {
    return fail(ErrorCode::kMalformed,
                format_ == Format::kGzip ? "Invalid gzip" : "Invalid deflate");
  }

  libdeflate_result step(libdeflate_decompressor* decompressor, std::string_view input,
                         std::size_t& read, std::size_t& written) {
    char* const to = out_.bytes.data() + used_;
    const std::size_t room = out_.bytes.size() - used_;
    return format_ == Format::kGzip
               ? libdeflate_gzip_decompress_ex(decompressor, input.data(), input.size(), to, room,
                                               &read, &written)
               : libdeflate_zlib_decompress_ex(decompressor, input.data(), input.size(), to, room,
                                               &read, &written);
  }

  /// The trailer of a gzip member says the size modulo 2^32: right for honest single members, a
  /// hint for the rest. What the hint costs is bounded by the input's own size, the cap and the
  /// budget.
  [[nodiscard]] std::size_t first_guess(std::string_view input) const {
    std::size_t guess = input.size() * kFirstGuessRatio;
    if (format_ == Format::kGzip && input.size() >= kMinGzipBytes) {
      std::size_t announced = 0;
      for (std::size_t i = 1; i <= 4; ++i) {
        announced = announced << 8U | static_cast<unsigned char>(input[input.size() - i]);
      }
      if (announced / kMaxDeflateRatio <= input.size()) guess = std::max(announced, kMinRoomBytes);
    }
    return guess;
  }

  Result<void> make_room(std::size_t wanted) {
    const std::size_t size = std::min(std::max(wanted, kMinRoomBytes), cap_);
    if (!out_.lease.extend(size - out_.bytes.size())) return fail(ErrorCode::kUnavailable, kBusy);
    if (size <= out_.bytes.capacity()) {
      out_.bytes.resize(size);
      return {};
    }
    // Growth copies, and for that moment both buffers count: from a quarter of the cap on there is
    // room for all of it, which costs address space only, and nothing is copied any more.
    std::vector<char> larger;
    larger.reserve(size > cap_ / kGrowth || !out_.bytes.empty() ? cap_ : size);
    larger.assign(out_.bytes.begin(), out_.bytes.begin() + static_cast<std::ptrdiff_t>(used_));
    larger.resize(size);
    out_.bytes = std::move(larger);
    return {};
  }

  Result<DecodedBody> finish() {
    const std::size_t surplus = out_.bytes.size() - used_;
    out_.bytes.resize(used_);
    if (surplus > std::max(used_ / 4, kWorthShrinking)) {
      out_.bytes.shrink_to_fit();
      out_.lease.shrink(surplus);
    }
    return std::move(out_);
  }

  const Format format_;
  const std::size_t cap_;
  DecodedBody out_;
  std::size_t used_ = 0;
};

}  // namespace

Result<DecodedBody> decode_body(std::vector<char>&& body, ByteLease&& body_lease,
                                std::string_view content_encoding, std::size_t max_bytes,
                                ByteBudget& budget) {
  const std::string_view encoding = text::trim(content_encoding);
  if (encoding.empty() || text::equals_ignore_case(encoding, "identity")) {
    if (body.size() > max_bytes) return fail(ErrorCode::kTooLarge, "Request body too large");
    return DecodedBody{std::move(body), std::move(body_lease)};
  }
  Format format = Format::kGzip;
  if (text::equals_ignore_case(encoding, "deflate")) {
    format = Format::kZlib;
  } else if (!text::equals_ignore_case(encoding, "gzip") &&
             !text::equals_ignore_case(encoding, "x-gzip")) {
    return fail(ErrorCode::kUnsupported, "Unsupported content encoding");
  }
  const std::vector<char> input = std::move(body);
  const ByteLease input_lease = std::move(body_lease);
  return Inflater(format, max_bytes, budget).run({input.data(), input.size()});
}

std::string gzip(std::string_view bytes, int level) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(level), libdeflate_free_compressor);
  std::string out(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
  out.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), out.data(),
                                      out.size()));
  return out;
}

}  // namespace traceway::http
