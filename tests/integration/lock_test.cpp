// One data directory, one process: a second one is refused in words, a dead one's lock is taken
// over, whatever its file says.
#include "support/test_server.h"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace traceway::test {

namespace {

std::string lock_text(const TestServer& server) {
  std::ostringstream all;
  all << std::ifstream(server.data_dir() / "lock").rdbuf();
  return all.str();
}

void write_lock(const TestServer& server, const std::string& text) {
  std::ofstream(server.data_dir() / "lock", std::ios::trunc) << text;
}

Finished second_process(const TestServer& server, const std::string& command) {
  std::vector<std::string> words{command, "--data-dir", server.data_dir().string()};
  if (command == "serve") words.insert(words.end(), {"--listen", "127.0.0.1:0"});
  return run_traceway(words);
}

}  // namespace

TEST_CASE("lock: every command that would write is refused with the holder's id and what to do") {
  TestServer server;
  REQUIRE(server.start());
  const std::string holder = "in use by process " + std::to_string(server.pid());
  for (const std::string command : {"serve", "migrate"}) {
    CAPTURE(command);
    const Finished second = second_process(server, command);
    CHECK(second.exit_code == 1);
    CHECK(second.err.find(holder) != std::string::npos);
    CHECK(second.err.find("stop it, or choose another with --data-dir") != std::string::npos);
  }
  CHECK(server.client().get("/healthz").status == 200);
}

TEST_CASE("lock: a holder that hangs still holds") {
  TestServer server;
  REQUIRE(server.start());
  REQUIRE(::kill(server.pid(), SIGSTOP) == 0);
  const Finished second = second_process(server, "serve");
  CHECK(::kill(server.pid(), SIGCONT) == 0);
  CHECK(second.exit_code == 1);
  CHECK(second.err.find("in use by process " + std::to_string(server.pid())) != std::string::npos);
  CHECK(server.client().get("/healthz").status == 200);
}

TEST_CASE("lock: the lock of a dead process is taken over, whatever its file says") {
  TestServer server;
  REQUIRE(server.start());
  const std::string before = lock_text(server);
  CHECK(before == std::to_string(server.pid()) + "\n");
  server.kill9();
  CHECK(lock_text(server) == before);
  // The id of the dead; one that lives, but is somebody else; nobody's; no id at all; nothing.
  const std::string living = std::to_string(::getpid()) + "\n";
  for (const std::string& text :
       {before, living, std::string("999999999\n"), std::string("what?"), std::string()}) {
    CAPTURE(text);
    write_lock(server, text);
    REQUIRE_MESSAGE(server.start(), server.log());
    CHECK(lock_text(server) == std::to_string(server.pid()) + "\n");
    server.kill9();
  }
}

TEST_CASE("lock: of several processes that start at once exactly one serves") {
  TestServer first;
  REQUIRE(first.start());
  REQUIRE(first.stop() == 0);
  for (int round = 0; round < 3; ++round) {
    std::array<TestServer, 4> servers{TestServer(first.data_dir()), TestServer(first.data_dir()),
                                      TestServer(first.data_dir()), TestServer(first.data_dir())};
    int serving = 0;
    for (TestServer& server : servers) REQUIRE(server.spawn());
    for (TestServer& server : servers) {
      if (server.wait_until_listening()) {
        ++serving;
      } else {
        CHECK(server.log().find("in use by process") != std::string::npos);
      }
    }
    CHECK(serving == 1);
  }
}

}  // namespace traceway::test
