// A JSON body made readable for a strict parser, and parsed: byte order mark, ill-formed UTF-8,
// lone surrogates, numbers out of range.
#pragma once

#include "base/result.h"

#include <simdjson.h>

#include <span>
#include <string_view>
#include <vector>

namespace traceway::ingest {

/// Parses a request's body. A byte order mark goes, ill-formed UTF-8 and escaped lone surrogates
/// become U+FFFD (ingest 2.3), an integer past 64 bits becomes a double, a number past a double
/// null: `body` is changed to what was read, without the padding that the parser needs meanwhile.
/// The element lives as long as the parser does and needs the body no more.
/// Errors: kMalformed for what is no JSON value, or nested deeper than 10,000; kUnavailable when
/// the system has no memory left.
[[nodiscard]] Result<simdjson::dom::element> parse_json_body(simdjson::dom::parser& parser,
                                                             std::vector<char>& body);

/// Bytes of memory that parse_json_body() may fill for this body, beside the body itself: from the
/// length of long texts to thirteen times that of many short values. Pure; reads the body once when
/// it is large.
[[nodiscard]] std::size_t parse_memory(std::span<const char> body);

/// Where the items of an array lie in a JSON text that a parser has accepted: `member` of the
/// object at its top, the last of that name. Empty when there is no such array. A name spelt with
/// escapes is not found. Of more than `max_items` the rest is left out.
[[nodiscard]] std::vector<std::string_view> items_of_member(std::string_view json,
                                                            std::string_view member,
                                                            std::size_t max_items);

}  // namespace traceway::ingest
