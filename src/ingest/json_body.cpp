#include "ingest/json_body.h"

#include "base/json_ranges.h"
#include "base/text.h"

#include <algorithm>
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

void repair_text(std::vector<char>& body) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (std::string_view(body.data(), body.size()).starts_with(kByteOrderMark)) {
    body.erase(body.begin(), body.begin() + kByteOrderMark.size());
  }
  if (!simdjson::validate_utf8(body.data(), body.size())) {
    Arena arena;
    const std::string_view clean = text::clean_utf8({body.data(), body.size()}, arena);
    body.assign(clean.begin(), clean.end());
  }
  replace_lone_surrogates(body.data(), body.size());
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

Result<simdjson::dom::element> parse_json_body(simdjson::dom::parser& parser,
                                               std::vector<char>& body) {
  constexpr std::size_t kMaxNesting = 10'000;
  repair_text(body);
  const std::size_t size = body.size();
  if (parser.allocate(size, kMaxNesting) != simdjson::SUCCESS) {
    return fail(ErrorCode::kMalformed, "invalid JSON");
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
