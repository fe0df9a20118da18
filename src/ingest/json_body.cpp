#include "ingest/json_body.h"

#include "base/json_ranges.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

namespace traceway::ingest {

namespace {

constexpr std::string_view kEscapedReplacement = "\\ufffd";

/// The code unit of a `\uXXXX` escape at `at`; -1 when there is none.
int escaped_unit(std::string_view json, std::size_t at) {
  if (at + 6 > json.size() || json[at] != '\\' || json[at + 1] != 'u') return -1;
  int unit = 0;
  const char* first = json.data() + at + 2;
  const auto read = std::from_chars(first, first + 4, unit, 16);
  return read.ptr == first + 4 && unit >= 0 ? unit : -1;
}

/// `\ud83d` without its other half becomes `\ufffd`, which is as long.
void replace_lone_surrogates(char* data, std::size_t size) {
  const std::string_view json(data, size);
  std::size_t at = json.find('\\');
  while (at != std::string_view::npos) {
    const int unit = escaped_unit(json, at);
    std::size_t length = unit < 0 ? 2 : 6;
    if (unit >= 0xD800 && unit <= 0xDFFF) {
      const int next = escaped_unit(json, at + 6);
      if (unit < 0xDC00 && next >= 0xDC00 && next <= 0xDFFF) {
        length = 12;
      } else {
        std::ranges::copy(kEscapedReplacement, data + at);
      }
    }
    at = json.find('\\', at + length);
  }
}

/// At most `size` bytes from the front, never the first part of a sequence only.
std::string_view piece_of(std::string_view text, std::size_t size) {
  constexpr std::size_t kLongestTail = 3;
  if (text.size() <= size) return text;
  for (std::size_t back = 0; back <= kLongestTail; ++back) {
    const bool is_lead = (static_cast<unsigned char>(text[size - back]) & 0xC0U) != 0x80U;
    if (is_lead) return text.substr(0, size - back);
  }
  return text.substr(0, size);  // amid stray bytes, of which each stands for itself
}

/// Piece by piece, so that a large body is in memory twice and not four times.
std::vector<char> cleaned(std::string_view text) {
  constexpr std::size_t kPieceBytes = 64 * 1024;
  std::vector<char> clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    Arena arena;
    const std::string_view piece = piece_of(text, kPieceBytes);
    const std::string_view readable = text::clean_utf8(piece, arena);
    clean.insert(clean.end(), readable.begin(), readable.end());
    text.remove_prefix(piece.size());
  }
  return clean;
}

void repair_text(std::vector<char>& body) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (std::string_view(body.data(), body.size()).starts_with(kByteOrderMark)) {
    body.erase(body.begin(), body.begin() + kByteOrderMark.size());
  }
  if (!simdjson::validate_utf8(body.data(), body.size())) {
    body = cleaned({body.data(), body.size()});
  }
  replace_lone_surrogates(body.data(), body.size());
}

/// What the parser may write for each byte of text: 16 bytes for a value and 4 for its place, 8 and
/// 4 for a name, 4 for the place of each mark, 5 beside each string, and a copy of its bytes.
constexpr std::array<std::uint8_t, 256> parser_weights() {
  std::array<std::uint8_t, 256> weights{};
  weights.fill(1);
  for (std::size_t byte = 0x80; byte < weights.size(); ++byte)
    weights[byte] = 3;  // U+FFFD at worst
  for (const char mark : {',', '[', '{'}) weights[static_cast<unsigned char>(mark)] = 24;
  for (const char mark : {']', '}'}) weights[static_cast<unsigned char>(mark)] = 4;
  weights[':'] = 16;
  weights['"'] = 3;
  return weights;
}

/// Rewrites a number that the parser has no type for, at equal length: an integer past 64 bits
/// gives its last two digits for an exponent, what no double holds becomes null.
void repair_number(char* number, std::size_t size) {
  constexpr std::size_t kMostDigits = 300;  // of an integer that a double holds
  constexpr std::size_t kLeastDigits = 19;  // of an integer past 64 bits
  constexpr std::string_view kNull = "null";
  const std::string_view text(number, size);
  const bool is_integer = text.find_first_of(".eE") == std::string_view::npos;
  double value = 0;
  const bool is_out_of_range =
      std::from_chars(number, number + size, value).ec == std::errc::result_out_of_range;
  const bool is_huge = is_out_of_range && text.find('-', 1) == std::string_view::npos;
  if (is_huge || (is_integer && size > kMostDigits)) {
    std::fill_n(number, size, ' ');
    std::ranges::copy(kNull, number);
    return;
  }
  std::uint64_t whole = 0;
  const char* const first_digit = number + (text.starts_with('-') ? 1 : 0);
  if (!is_integer || size < kLeastDigits ||
      (std::from_chars(first_digit, number + size, whole).ec == std::errc{} &&
       (whole <= INT64_MAX || first_digit == number))) {
    return;
  }
  number[size - 2] = 'e';
  number[size - 1] = '2';
}

void repair_numbers(std::span<char> body) {
  const std::string_view text(body.data(), body.size());
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      at = json::end_of_string(text, at);
    } else if (text[at] == '-' || (text[at] >= '0' && text[at] <= '9')) {
      const std::size_t end = std::min(text.find_first_not_of("0123456789.eE+-", at), text.size());
      repair_number(body.data() + at, end - at);
      at = end;
    } else {
      ++at;
    }
  }
}

}  // namespace

std::size_t parse_memory(std::span<const char> body) {
  constexpr std::size_t kMostPerByte = 14;  // what the parser reserves, were all of it used
  constexpr std::size_t kSmallBody = 256 * 1024;
  constexpr std::size_t kBesides = 256 * 1024;  // nesting, rounding
  static constexpr auto kWeights = parser_weights();
  const std::size_t most = kBesides + kMostPerByte * body.size();
  if (body.size() <= kSmallBody) return most;
  std::size_t weight = 0;
  for (const char byte : body) weight += kWeights[static_cast<unsigned char>(byte)];
  const bool is_clean = simdjson::validate_utf8(body.data(), body.size());
  if (is_clean) return std::min(most, kBesides + weight);
  return kBesides + 2 * weight;  // the repaired text lies beside the first one
}

Result<simdjson::dom::element> parse_json_body(simdjson::dom::parser& parser,
                                               std::vector<char>& body) {
  constexpr std::size_t kMaxNesting = 10'000;
  repair_text(body);
  const std::size_t size = body.size();
  if (parser.allocate(size, kMaxNesting) != simdjson::SUCCESS) {
    return fail(ErrorCode::kUnavailable, "Out of memory for parsing, retry later");
  }
  body.resize(size + simdjson::SIMDJSON_PADDING);
  simdjson::dom::element element;
  auto problem = parser.parse(body.data(), size, false).get(element);
  if (problem == simdjson::NUMBER_ERROR) {
    repair_numbers({body.data(), size});
    problem = parser.parse(body.data(), size, false).get(element);
  }
  body.resize(size);
  if (problem != simdjson::SUCCESS) return fail(ErrorCode::kMalformed, "invalid JSON");
  return element;
}

}  // namespace traceway::ingest
