// Which ids a block may hold: a sorted list of hashes while there are few, a Bloom filter beyond.
//
//   u8 0 | n x u64 hashes, ascending
//   u8 1 | u32 bits | bits / 8 bytes; 10 bits a key, 7 probes by double hashing
#pragma once

#include "base/id.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// The hash under which a trace or entity id goes into a filter. Stored: it never changes.
[[nodiscard]] std::uint64_t id_hash(const Uuid& id);

/// Takes the hashes by value because it sorts them; repeats are welcome.
[[nodiscard]] std::string make_filter(std::vector<std::uint64_t> hashes);

/// False is certain. Bytes that are no filter may contain anything.
[[nodiscard]] bool may_contain(std::string_view filter, std::uint64_t hash);

}  // namespace traceway::sqlite::blocks
