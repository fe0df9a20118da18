// OTLP/JSON as protobuf, by the field numbers of the wire format: one text describes a request in
// both encodings.
#pragma once

#include "support/ingest_routes.h"

#include <string>
#include <string_view>

namespace traceway::test {

/// `json`: an export request of this signal, names in lowerCamelCase. Members that the schema does
/// not name fail the running test. Source: ingest 4.3.
[[nodiscard]] std::string protobuf_of(Signal signal, std::string_view json);

}  // namespace traceway::test
