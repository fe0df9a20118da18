#include "http/workers.h"

#include "base/thread.h"

#include <algorithm>
#include <string>
#include <utility>

namespace traceway::http {

namespace {

constexpr std::size_t kMinWaiting = 16;
constexpr int kWaitingPerSlot = 4;

int project_share(int slots) {
  return std::max(1, slots - std::max(1, slots / 4));
}

}  // namespace

Workers::Workers(const WorkerOptions& options)
    : options_(options),
      max_waiting_(
          std::max(kMinWaiting, static_cast<std::size_t>(kWaitingPerSlot * options.ingest_slots))),
      max_per_project_(project_share(options.ingest_slots)) {}

Workers::~Workers() {
  stop();
}

void Workers::start() {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.push_back(
        start_thread("http-" + std::to_string(i), [this](const std::stop_token&) { work(); }));
  }
}

void Workers::stop() {
  {
    const std::scoped_lock lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_all();
  threads_.clear();
  const std::scoped_lock lock(mutex_);
  ready_.clear();
  waiting_.clear();
}

bool Workers::fits(const Uuid& project) const {
  if (slots_taken_ >= options_.ingest_slots) return false;
  const auto found = slots_of_project_.find(project);
  return found == slots_of_project_.end() || found->second < max_per_project_;
}

void Workers::take_slot(const Uuid& project) {
  ++slots_taken_;
  ++slots_of_project_[project];
}

void Workers::free_slot(const Uuid& project) {
  --slots_taken_;
  const auto found = slots_of_project_.find(project);
  if (--found->second == 0) slots_of_project_.erase(found);
  const auto next = std::ranges::find_if(
      waiting_, [this](const auto& waiting) { return fits(waiting->project); });
  if (next == waiting_.end()) return;
  take_slot((*next)->project);
  ready_.push_back(std::move(*next));
  waiting_.erase(next);
  wake_one();
}

void Workers::wake_one() {
  if (idle_threads_ > 0) has_work_.notify_one();
}

bool Workers::submit(std::shared_ptr<Job> job) {
  const std::scoped_lock lock(mutex_);
  if (job->is_ingest) {
    if (!fits(job->project)) {
      if (waiting_.size() >= max_waiting_) return false;
      waiting_.push_back(std::move(job));
      return true;
    }
    take_slot(job->project);
  }
  ready_.push_back(std::move(job));
  wake_one();
  return true;
}

void Workers::submit_all(std::span<std::shared_ptr<Job>> jobs) {
  if (jobs.empty()) return;
  const std::scoped_lock lock(mutex_);
  for (auto& job : jobs) ready_.push_back(std::move(job));
  wake_one();  // a thread that finds more behind its job wakes the next one
}

bool Workers::withdraw(const Job* job) {
  const std::scoped_lock lock(mutex_);
  const auto found =
      std::ranges::find_if(waiting_, [job](const auto& one) { return one.get() == job; });
  if (found == waiting_.end()) return false;
  waiting_.erase(found);
  return true;
}

bool Workers::would_refuse(const Uuid& project) const {
  const std::scoped_lock lock(mutex_);
  return waiting_.size() >= max_waiting_ && !fits(project);
}

void Workers::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_threads_;
    has_work_.wait(lock, [this] { return is_stopping_ || !ready_.empty(); });
    --idle_threads_;
    if (is_stopping_) return;
    std::shared_ptr<Job> job = std::move(ready_.front());
    ready_.pop_front();
    if (!ready_.empty()) wake_one();
    const bool is_ingest = job->is_ingest;
    const Uuid project = job->project;
    lock.unlock();
    job->run();
    job.reset();  // freeing a request is work of its own: not under the lock
    lock.lock();
    if (is_ingest) free_slot(project);
  }
}

}  // namespace traceway::http
