// A pool of read-only connections. A lease is RAII and never crosses an outbound call.
#pragma once

#include "base/result.h"
#include "storage/sqlite/connection.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace traceway::sqlite {

class ReaderPool;

/// One connection for one question; goes back to the pool when destroyed. Must not outlive the
/// pool.
class Lease {
 public:
  Lease(ReaderPool& pool, std::unique_ptr<Connection> connection);
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) = delete;
  ~Lease();

  Connection& operator*() const { return *connection_; }

  Connection* operator->() const { return connection_.get(); }

 private:
  ReaderPool* pool_;
  std::unique_ptr<Connection> connection_;
};

/// Opens connections on demand up to `size`, then callers wait (kUnavailable when the wait ends in
/// vain). Any thread. The file must exist and have been opened by a writer.
class ReaderPool {
 public:
  ReaderPool(OpenOptions options, std::size_t size);
  ~ReaderPool();
  /// The deadline of the connection's statements starts now.
  [[nodiscard]] Result<Lease> lease(std::chrono::milliseconds wait = std::chrono::seconds(5));

 private:
  friend class Lease;
  void give_back(std::unique_ptr<Connection> connection);
  const OpenOptions options_;
  const std::size_t size_;
  std::mutex mutex_;  // guards idle_, open_
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t open_ = 0;
};

}  // namespace traceway::sqlite
