#include "storage/sqlite/reader_pool.h"

namespace traceway::sqlite {

Lease::Lease(ReaderPool& pool, std::unique_ptr<Connection> connection)
    : pool_(&pool), connection_(std::move(connection)) {}

Lease::Lease(Lease&&) noexcept = default;

Lease::~Lease() {
  if (connection_) pool_->give_back(std::move(connection_));
}

ReaderPool::ReaderPool(OpenOptions options, std::size_t size)
    : options_(std::move(options)), size_(size == 0 ? 1 : size) {}

ReaderPool::~ReaderPool() = default;

Result<Lease> ReaderPool::lease(std::chrono::milliseconds wait) {
  std::unique_ptr<Connection> connection;
  {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, wait, [&] { return !idle_.empty() || open_ < size_; })) {
      return fail(ErrorCode::kUnavailable, "Too many queries at once. Try again.",
                  "no reader came free");
    }
    if (idle_.empty()) {
      ++open_;  // the place is taken before the file is opened, outside the lock
    } else {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!connection) {
    auto opened = Connection::open(options_);
    if (!opened) {
      give_back(nullptr);
      return fail(opened);
    }
    connection = std::move(*opened);
  }
  connection->arm_deadline();
  return Lease(*this, std::move(connection));
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    if (connection) {
      idle_.push_back(std::move(connection));
    } else {
      --open_;
    }
  }
  returned_.notify_one();
}

}  // namespace traceway::sqlite
