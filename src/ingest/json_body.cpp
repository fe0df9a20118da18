#include "ingest/json_body.h"

#include "base/text.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <string_view>

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

}  // namespace

std::size_t prepare_json_body(std::vector<char>& body) {
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
  const std::size_t size = body.size();
  body.resize(size + simdjson::SIMDJSON_PADDING);
  return size;
}

}  // namespace traceway::ingest
