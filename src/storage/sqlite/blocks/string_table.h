// The distinct strings of one chunk: texts become small numbers while a chunk is encoded, and back
// when it is read.
//
//   varint count | count x u64 XXH3 of the text | packed column of lengths | the bytes, joined
#pragma once

#include "storage/sqlite/blocks/wire.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite::blocks {

/// Encoding side. Keeps views: the texts must live until write(). Reused from chunk to chunk.
class StringTable {
 public:
  void clear();
  /// The text's number, in order of first appearance.
  [[nodiscard]] std::uint32_t id_of(std::string_view text);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  [[nodiscard]] std::string_view text(std::uint32_t id) const { return entries_[id].text; }

  void write(std::string& out) const;

 private:
  struct Entry {
    std::uint64_t hash;
    std::string_view text;
  };

  void grow();

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // open addressing: id + 1, 0 = free
};

/// Encoding side of one text column: consecutive rows often carry the very same view, which costs
/// no hashing.
class TextColumn {
 public:
  void clear() {
    ids_.clear();
    last_ = {};
    last_id_ = -1;
  }

  void add(std::string_view text, StringTable& table) {
    if (last_id_ < 0 || text.data() != last_.data() || text.size() != last_.size()) {
      last_id_ = table.id_of(text);
      last_ = text;
    }
    ids_.push_back(last_id_);
  }

  [[nodiscard]] std::span<const std::int64_t> ids() const { return ids_; }

 private:
  std::vector<std::int64_t> ids_;
  std::string_view last_;
  std::int64_t last_id_ = -1;
};

/// Reading side; views into the encoded bytes.
class Dictionary {
 public:
  /// False when the bytes are not a string table.
  [[nodiscard]] bool read(Reader& from);

  [[nodiscard]] std::size_t size() const { return texts_.size(); }

  /// The empty text for a number that is not in the table.
  [[nodiscard]] std::string_view text(std::int64_t id) const {
    const auto index = static_cast<std::size_t>(id);
    return index < texts_.size() ? texts_[index] : std::string_view();
  }

  [[nodiscard]] std::uint64_t hash(std::int64_t id) const {
    const auto index = static_cast<std::size_t>(id);
    return index < texts_.size() ? load<std::uint64_t>(hashes_ + index * 8) : 0;
  }

 private:
  const char* hashes_ = nullptr;
  std::vector<std::string_view> texts_;
};

}  // namespace traceway::sqlite::blocks
