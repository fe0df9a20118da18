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

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const made = std::malloc(size == 0 ? 1 : size)) return made;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
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

}  // namespace traceway::pipeline
