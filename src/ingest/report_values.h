// Values of a report as the rules allow and repair them. An argument of null stands for an absent
// field; a value of an unusable type counts as absent. Source: ingest 2, 3.4, 10.
#pragma once

#include "base/bytes.h"
#include "base/id.h"
#include "ingest/attribute_value.h"
#include "ingest/wire_span.h"
#include "model/batch.h"

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace traceway::ingest::report_values {

using Element = simdjson::dom::element;

/// Clean text of at most max_bytes in the arena; empty when absent.
[[nodiscard]] std::string_view text(const Element* from, std::size_t max_bytes, Arena& arena);

/// A whole number; floats are rounded, digit strings parsed, what exceeds 64 bits saturates.
[[nodiscard]] std::optional<std::int64_t> whole(const Element* from);

/// Nanoseconds, never negative: `ns` as a whole number, failing that `ms` as milliseconds with
/// fractions, failing that 0.
[[nodiscard]] std::int64_t duration_ns(const Element* ns, const Element* ms);

/// RFC 3339 to ns since 1970 UTC. Absent, unreadable, before 1677 or more than 24 h ahead: the
/// receive time.
[[nodiscard]] std::int64_t time_ns(const Element* from, std::int64_t received_ns);

/// The same, but empty when absent or unreadable.
[[nodiscard]] std::optional<std::int64_t> time_if_given(const Element* from,
                                                        std::int64_t received_ns);

/// Absent, or an array or object without members.
[[nodiscard]] bool is_empty(const Element* from);

/// True for `true` and `"true"`.
[[nodiscard]] bool flag(const Element* from);

/// UUID text; zero for anything else.
[[nodiscard]] Uuid uuid(const Element* from);

/// UUID text as it is, other text as the UUID v5 it has in `name_space`, so that all who name it
/// meet; zero when absent, empty or the zero UUID.
[[nodiscard]] Uuid named_id(const Element* from, const Uuid& name_space);

/// Attribute maps of a report, with the memory they are built in. Reused between maps.
class AttributeMaps {
 public:
  /// Appends the map to the batch's attributes; empty when absent or no object.
  [[nodiscard]] AttributeRange append(const Element* from, TelemetryBatch& batch);

 private:
  WireAttributes wire_;
  UniqueAttributes unique_;
};

}  // namespace traceway::ingest::report_values
