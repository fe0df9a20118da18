// The data directory: created, locked, its secret read or made. Layout: traceway.db,
// traceway_telemetry.db, secret, lock, blobs/, spool/, backups/.
#pragma once

#include "base/result.h"

#include <memory>
#include <string>

namespace traceway {

/// Holds the exclusive lock on a data directory for as long as it lives. The kernel releases the
/// lock of a dead process, so a stale file never blocks a start.
class DataDir {
 public:
  /// Creates what is missing (mode 0700), takes the lock, checks for 16 MiB of free space unless
  /// `allows_low_disk`. Errors: kUnavailable with the next thing to try: another process has it, no
  /// permission, no space.
  [[nodiscard]] static Result<std::unique_ptr<DataDir>> open(const std::string& path,
                                                             bool allows_low_disk);
  ~DataDir();

  DataDir(const DataDir&) = delete;
  DataDir& operator=(const DataDir&) = delete;

  [[nodiscard]] std::string main_db_path() const { return path_ + "/traceway.db"; }

  [[nodiscard]] std::string telemetry_db_path() const { return path_ + "/traceway_telemetry.db"; }

  [[nodiscard]] std::string backup_dir() const { return path_ + "/backups"; }

  /// Created by whoever uses it: it may lie elsewhere (`--storage-path`).
  [[nodiscard]] std::string blob_dir() const { return path_ + "/blobs"; }

  [[nodiscard]] std::string spool_dir() const { return path_ + "/spool"; }

  [[nodiscard]] const std::string& path() const { return path_; }

  /// The generated signing key: read from `secret`, or made and written with mode 0600.
  [[nodiscard]] Result<std::string> secret() const;

 private:
  DataDir(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}

  std::string path_;
  int lock_fd_;
};

}  // namespace traceway
