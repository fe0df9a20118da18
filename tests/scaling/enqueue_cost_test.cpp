// Handing a job to the writer costs no heap allocation and, while the writer is awake, no system
// call: counted, not timed. A child process that the kernel ends at its first system call enqueues.
#include "pipeline/test_support.h"
#include "pipeline/writer.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <linux/seccomp.h>
#include <new>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

std::uint64_t allocations = 0;
std::size_t allocated_bytes = 0;

void* counted(void* made, std::size_t size) {
  ++allocations;
  allocated_bytes += size;
  return made == nullptr ? throw std::bad_alloc() : made;
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(std::malloc(size == 0 ? 1 : size), size);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto step = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(step, (size + step - 1) / step * step), size);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace traceway::pipeline {

namespace {

constexpr std::int64_t kJobs = 10'000;
constexpr int kNotAllowed = 77;

/// From now on anything but read, write and the end of the thread is SIGKILL.
bool forbid_system_calls() {
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0;
}

[[noreturn]] void end(int code) {
  ::syscall(SYS_exit, code);  // what exit() calls is forbidden
  std::abort();
}

/// 0: every job was accepted; 1: one was not; 2: memory was allocated.
int enqueue_all(TelemetryWriter& writer, std::vector<std::unique_ptr<Job>>& jobs) {
  const std::uint64_t before = allocations;
  for (std::unique_ptr<Job>& job : jobs) {
    if (writer.submit(job) != Submit::kAccepted) return 1;
  }
  return allocations == before ? 0 : 2;
}

/// How the child ended: its code, or minus its signal. With `and_sleep` it makes a system call.
int enqueue_in_child(bool and_sleep) {
  FaultyDb db;
  const SystemClock clock;
  // Without a thread of its own it never sleeps, which is what an awake writer looks like.
  TelemetryWriter writer(db, clock, {.queue_capacity = 16'384});
  std::vector<std::unique_ptr<Job>> jobs;
  for (std::int64_t i = 0; i < kJobs; ++i) {
    jobs.push_back(std::make_unique<Job>(Job{job_of(i), [](const CommitResult&) {}}));
  }
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (!forbid_system_calls()) end(kNotAllowed);
    if (and_sleep) ::getppid();
    end(enqueue_all(writer, jobs));
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

TEST_CASE("enqueue: a job that exists costs no allocation and no system call") {
  const int ended = enqueue_in_child(false);
  if (ended == kNotAllowed) {
    MESSAGE("this system does not let a process give up its system calls");
    return;
  }
  CHECK(ended == 0);
  CHECK(enqueue_in_child(true) == -SIGKILL);  // the kernel does watch
}

TEST_CASE("enqueue: an empty pipeline of the default size takes less than 4 MiB") {
  FaultyDb db;
  const SystemClock clock;
  const std::size_t before = allocated_bytes;
  const TelemetryWriter writer(db, clock, {});
  CHECK(allocated_bytes - before > 8192 * kCacheLineBytes);  // the ring is counted
  CHECK(allocated_bytes - before < 4U << 20U);
}

}  // namespace traceway::pipeline
