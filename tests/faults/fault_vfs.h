// A layer over SQLite's file system and allocator: a watcher sees every call before it happens and
// may answer in its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace traceway::faults {

/// What SQLite asks for.
enum class Call : std::uint8_t {
  kOpen,
  kRead,
  kWrite,
  kSync,
  kTruncate,
  kDelete,
  kMap,  ///< a region of the WAL's index (shared memory)
  kAllocate,
};

inline constexpr std::size_t kCalls = 8;

/// One call. Views are valid while it lasts.
struct CallInfo {
  Call call = Call::kOpen;
  std::string_view path = {};  ///< empty for temporary files and for memory
  std::int64_t offset = 0;     ///< kWrite; kTruncate: the new size
  std::string_view data = {};  ///< kWrite
  bool is_journal = false;     ///< kOpen: creates the name of a WAL or rollback journal
};

/// SQLITE_OK lets a call happen. Any other result code is its answer; of a write, the first
/// `kept_bytes` still reach the file. An allocation answers null whatever the code.
struct Verdict {
  int result = 0;
  std::size_t kept_bytes = 0;
};

class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual Verdict before(const CallInfo& call) = 0;

  /// The call was done and succeeded. Never for allocations.
  virtual void after(const CallInfo& /*call*/) {}
};

/// Watches every connection of the process from construction to destruction. One at a time, and
/// only while one thread uses SQLite.
class Watching {
 public:
  explicit Watching(Watcher& watcher);
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;
  ~Watching();
};

/// Makes the layer SQLite's default, and keeps the log quiet: thousands of failures are wanted
/// here. Before the first connection of the process; once is enough. From then on nothing is synced
/// to the disk, which makes the tests fast and takes nothing from a process that stays alive.
void install_fault_vfs();

}  // namespace traceway::faults
