// Makes a JSON body readable for a strict parser: byte order mark, ill-formed UTF-8, lone
// surrogates.
#pragma once

#include <vector>

namespace traceway::ingest {

/// Removes a byte order mark, replaces ill-formed UTF-8 and escaped lone surrogates with U+FFFD
/// (ingest 2.3), and appends the padding simdjson reads over. Returns the length of the JSON text.
[[nodiscard]] std::size_t prepare_json_body(std::vector<char>& body);

}  // namespace traceway::ingest
