#include "faults/fault_vfs.h"

#include "base/log.h"

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <system_error>

namespace traceway::faults {

namespace {

Watcher* watcher = nullptr;
sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs shim_vfs;
sqlite3_mem_methods real_memory;

/// SQLite gives each file szOsFile bytes: ours first, the real file's behind them.
struct File {
  sqlite3_file base;
  const char* path;  // SQLite keeps it until the file is closed

  [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& file_of(sqlite3_file* file) {
  return *reinterpret_cast<File*>(file);
}

sqlite3_file* real_of(sqlite3_file* file) {
  return file_of(file).real();
}

CallInfo call_of(Call call, const char* path) {
  return {.call = call, .path = path == nullptr ? std::string_view() : std::string_view(path)};
}

Verdict ask(const CallInfo& call) {
  return watcher == nullptr ? Verdict{} : watcher->before(call);
}

/// Asks, does, and tells when it worked.
template <class Do>
int watched(const CallInfo& call, Do&& really) {
  if (const Verdict verdict = ask(call); verdict.result != SQLITE_OK) return verdict.result;
  const int result = really();
  if (result == SQLITE_OK && watcher != nullptr) watcher->after(call);
  return result;
}

// --- files ---

int close_file(sqlite3_file* file) {
  return real_of(file)->pMethods->xClose(real_of(file));
}

int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  return watched(call_of(Call::kRead, file_of(file).path),
                 [&] { return real_of(file)->pMethods->xRead(real_of(file), to, size, offset); });
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  CallInfo call = call_of(Call::kWrite, file_of(file).path);
  call.offset = offset;
  call.data = {static_cast<const char*>(from), static_cast<std::size_t>(size)};
  sqlite3_file* const real = real_of(file);
  if (const Verdict verdict = ask(call); verdict.result != SQLITE_OK) {
    if (verdict.kept_bytes > 0) {
      call.data = call.data.substr(0, verdict.kept_bytes);
      real->pMethods->xWrite(real, from, static_cast<int>(call.data.size()), offset);
    }
    return verdict.result;
  }
  const int result = real->pMethods->xWrite(real, from, size, offset);
  if (result == SQLITE_OK && watcher != nullptr) watcher->after(call);
  return result;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  CallInfo call = call_of(Call::kTruncate, file_of(file).path);
  call.offset = size;
  return watched(call, [&] { return real_of(file)->pMethods->xTruncate(real_of(file), size); });
}

/// Not passed on to the disk: the process stays alive, so what it wrote is there.
int sync_file(sqlite3_file* file, int /*flags*/) {
  return watched(call_of(Call::kSync, file_of(file).path), [] { return SQLITE_OK; });
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

int lock_file(sqlite3_file* file, int level) {
  return real_of(file)->pMethods->xLock(real_of(file), level);
}

int unlock_file(sqlite3_file* file, int level) {
  return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

int check_reserved(sqlite3_file* file, int* is_reserved) {
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), is_reserved);
}

int control_file(sqlite3_file* file, int operation, void* argument) {
  return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

int sector_size(sqlite3_file* file) {
  return real_of(file)->pMethods->xSectorSize(real_of(file));
}

int characteristics(sqlite3_file* file) {
  return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

int map_shared(sqlite3_file* file, int region, int size, int extends, void volatile** to) {
  return watched(call_of(Call::kMap, file_of(file).path), [&] {
    return real_of(file)->pMethods->xShmMap(real_of(file), region, size, extends, to);
  });
}

int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

void barrier(sqlite3_file* file) {
  real_of(file)->pMethods->xShmBarrier(real_of(file));
}

int unmap_shared(sqlite3_file* file, int deletes) {
  return real_of(file)->pMethods->xShmUnmap(real_of(file), deletes);
}

/// Version 2: shared memory, but no mapping of the file itself, so that every read is seen.
constexpr sqlite3_io_methods kMethods = {2,
                                         close_file,
                                         read_file,
                                         write_file,
                                         truncate_file,
                                         sync_file,
                                         file_size,
                                         lock_file,
                                         unlock_file,
                                         check_reserved,
                                         control_file,
                                         sector_size,
                                         characteristics,
                                         map_shared,
                                         lock_shared,
                                         barrier,
                                         unmap_shared,
                                         nullptr,
                                         nullptr};

int open_file(sqlite3_vfs* /*vfs*/, const char* path, sqlite3_file* file, int flags,
              int* flags_out) {
  auto* const opened = new (file) File{{nullptr}, path};
  CallInfo call = call_of(Call::kOpen, path);
  call.is_journal = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  const int result = watched(
      call, [&] { return real_vfs->xOpen(real_vfs, path, opened->real(), flags, flags_out); });
  if (result == SQLITE_OK) opened->base.pMethods = &kMethods;
  return result;
}

int delete_file(sqlite3_vfs* /*vfs*/, const char* path, int syncs_directory) {
  return watched(call_of(Call::kDelete, path),
                 [&] { return real_vfs->xDelete(real_vfs, path, syncs_directory); });
}

// --- memory ---

bool is_memory_refused() {
  return ask({.call = Call::kAllocate}).result != SQLITE_OK;
}

void* allocate(int size) {
  return is_memory_refused() ? nullptr : real_memory.xMalloc(size);
}

void* reallocate(void* block, int size) {
  return is_memory_refused() ? nullptr : real_memory.xRealloc(block, size);
}

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "fault vfs: %s\n", what);
  std::abort();
}

/// The default temporary directory may lie on a disk; thousands of small databases need none.
void prefer_memory_for_files() {
  std::error_code missing;
  if (std::filesystem::is_directory("/dev/shm", missing)) ::setenv("TMPDIR", "/dev/shm", 0);
}

void install_once() {
  prefer_memory_for_files();
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) != SQLITE_OK)
    give_up("a connection was opened before");
  sqlite3_mem_methods memory = real_memory;
  memory.xMalloc = allocate;
  memory.xRealloc = reallocate;
  if (sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) != SQLITE_OK)
    give_up("the allocator is refused");
  real_vfs = sqlite3_vfs_find(nullptr);
  if (real_vfs == nullptr) give_up("no default file system");
  shim_vfs = *real_vfs;
  shim_vfs.zName = "faults";
  shim_vfs.pNext = nullptr;
  shim_vfs.szOsFile += static_cast<int>(sizeof(File));
  shim_vfs.xOpen = open_file;
  shim_vfs.xDelete = delete_file;
  if (sqlite3_vfs_register(&shim_vfs, 1) != SQLITE_OK) give_up("it is refused");
  if (!log::configure("logfmt", "off")) give_up("the log cannot be silenced");
}

}  // namespace

Watching::Watching(Watcher& by) {
  if (watcher != nullptr) give_up("two watchers at once");
  watcher = &by;
}

Watching::~Watching() {
  watcher = nullptr;
}

void install_fault_vfs() {
  [[maybe_unused]] static const bool is_installed = (install_once(), true);
}

}  // namespace traceway::faults
