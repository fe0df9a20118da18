// What a disk may hold after a power cut: books of what was synced and what was only written.
#pragma once

#include "faults/fault_vfs.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace traceway::faults {

/// File name -> content, of one directory.
using Image = std::map<std::string, std::string>;

/// Writes the files of an image into a directory.
void restore(const Image& image, const std::string& directory);

/// Keeps books of the files of one directory while SQLite works on them. The rules of the disk:
///   synced bytes stay; of the rest, any part may be missing, and a write may be torn between
///   sectors of 512 bytes, but bytes outside of a write are never touched (SQLite's "powersafe
///   overwrite", which it assumes of every disk);
///   a new or deleted name stays so once its directory was synced, which SQLite does with the first
///   sync of a journal or WAL it has created; until then any of the name's states may come back.
class PowerCut final : public Watcher {
 public:
  /// Files that are there already count as synced. `now_and_then` is called between two calls of
  /// SQLite, each time with the same probability of one in `every`.
  PowerCut(std::string directory, std::mt19937_64& random, unsigned every,
           std::function<void(PowerCut&)> now_and_then);

  Verdict before(const CallInfo& call) override;
  void after(const CallInfo& call) override;

  /// One of the images that the disk could hold if power failed now.
  [[nodiscard]] Image cut();

 private:
  /// How much of what was not synced survives a cut.
  enum class Mercy : std::uint8_t { kNothing, kPrefix, kWrites, kSectors };

  struct Change {
    std::int64_t offset = 0;
    std::string data;
    bool is_truncation = false;  // to `offset`
  };

  struct File {
    std::string synced;
    std::vector<Change> pending;
    bool is_new_journal = false;
  };

  /// What a name meant since its directory was last synced, oldest first; null: nothing.
  using States = std::vector<std::shared_ptr<File>>;

  /// The file's name in the directory; empty when it is elsewhere.
  [[nodiscard]] std::string name_of(const CallInfo& call) const;
  void opened(const std::string& name, bool is_journal);
  void synced(File& file);
  [[nodiscard]] std::string content_of(const File& file, Mercy mercy);
  void apply_torn(const Change& change, std::string& to);

  std::string directory_;
  std::mt19937_64& random_;
  const unsigned every_;
  std::function<void(PowerCut&)> now_and_then_;
  std::map<std::string, States> names_;
};

}  // namespace traceway::faults
