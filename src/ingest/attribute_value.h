// Attribute values in their two stored forms, string and typed JSON, and the maps made of them.
#pragma once

#include "base/bytes.h"
#include "ingest/wire_span.h"
#include "model/batch.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::ingest {

inline constexpr std::size_t kMaxKeyBytes = 256;
inline constexpr std::size_t kMaxValueBytes = 256 * 1024;
inline constexpr std::size_t kMaxNameBytes = 2 * 1024;  ///< endpoint, task and span names
inline constexpr std::size_t kMaxLabelBytes = 512;      ///< service, version, scope, address
inline constexpr std::size_t kMaxStackBytes = 1024 * 1024;
inline constexpr std::size_t kMaxBodyBytes = 1024 * 1024;  ///< log bodies
inline constexpr std::size_t kMaxAttributes = 1024;  ///< per map, the first ones in wire order

/// Clean UTF-8, cut to max_bytes at a code point boundary. The argument itself where possible, else
/// a copy in the arena.
[[nodiscard]] std::string_view stored_text(std::string_view text, std::size_t max_bytes,
                                           Arena& arena);

/// The string form of ingest 2.4. kAbsent gives the empty text.
[[nodiscard]] std::string_view to_text(const AttributeValue& value, Arena& arena);

/// The typed form of ingest 4.6 appended as JSON: integers as JSON integers, bytes as base64 text,
/// NaN and infinities as text, kAbsent as null.
void append_typed(std::string& out, const AttributeValue& value, Arena& arena);

/// The first string of that key; empty for none. Not repaired.
[[nodiscard]] std::string_view text_of(std::span<const WireAttribute> attributes,
                                       std::string_view key);

/// Tolerant typed lookups of ingest 2.4.
[[nodiscard]] std::optional<std::int64_t> as_integer(const AttributeValue& value);
[[nodiscard]] bool is_true(const AttributeValue& value);
/// The elements of a kJson array as text and numbers; empty for anything else.
[[nodiscard]] std::vector<std::string> string_items(const AttributeValue& value);
[[nodiscard]] std::vector<std::int64_t> integer_items(const AttributeValue& value);

/// Finds the attributes a map keeps: at most 1,024, no key over 256 bytes, none without a value;
/// of equal keys the last value stands at the place of the first. Reused between maps.
class UniqueAttributes {
 public:
  struct Entry {
    std::string_view key;  ///< clean UTF-8
    const AttributeValue* value = nullptr;
  };

  /// The entries stay valid until the next call, as long as `attributes` does.
  [[nodiscard]] std::span<const Entry> of(std::span<const WireAttribute> attributes, Arena& arena);

 private:
  static constexpr std::size_t kSlots = 4096;  ///< more than three times kMaxAttributes

  /// A slot is taken when its round is the current one, so no round starts by clearing the table.
  struct Slot {
    std::uint32_t round = 0;
    std::uint32_t entry = 0;
  };

  [[nodiscard]] Entry* find_linear(std::string_view key);
  [[nodiscard]] Entry* find_or_claim(std::string_view key);

  std::vector<Entry> entries_;
  std::vector<Slot> slots_;
  std::uint32_t round_ = 0;
  std::uint64_t seen_ = 0;  ///< bit per cheap key hash: a clear bit means "certainly new"
};

/// Appends the map in string form to the batch's attributes, leaving out the key `without`, unless
/// that is empty.
[[nodiscard]] AttributeRange append_map(TelemetryBatch& batch,
                                        std::span<const UniqueAttributes::Entry> entries,
                                        std::string_view without);

/// Appends the map as a JSON object of typed values.
void append_typed_map(std::string& out, std::span<const UniqueAttributes::Entry> entries,
                      Arena& arena);

}  // namespace traceway::ingest
