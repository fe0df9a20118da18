// The signals of the crash drill as a table: how a request of one is made, and how one sees whether
// the server has it whole. A new signal is a function of each kind and one line.
#pragma once

#include "support/test_server.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace traceway::crash {

/// What the server has of one request.
enum class Presence : std::uint8_t { kAbsent, kWhole, kHalf, kTwice };

/// A project of its own for each round, so that what came before costs nothing.
struct Scene {
  test::Account account;
  std::vector<std::string> open_issues;  ///< hashes that no command has archived yet

  [[nodiscard]] std::string at(const std::string& path) const { return account.scoped(path); }
};

/// One request and what its client knows of it.
struct Sent {
  std::size_t signal = 0;  ///< index in signals()
  test::Request request;
  std::vector<std::string> ids = {};  ///< by which look() finds it
  bool is_acknowledged = false;
};

struct Signal {
  std::string name;
  /// A request unlike any before; without a target when there is nothing left to send.
  Sent (*make)(Scene&, std::mt19937_64&) = nullptr;
  Presence (*look)(const Scene&, test::HttpClient&, const Sent&) = nullptr;
  /// How many requests of it the server counts in the project, in its own aggregates; null where
  /// a repeat changes nothing by nature.
  std::int64_t (*stored)(const Scene&, test::HttpClient&) = nullptr;
};

[[nodiscard]] const std::vector<Signal>& signals();

/// A new project with issues for the commands to archive; empty when the server refuses.
[[nodiscard]] std::optional<Scene> new_scene(test::HttpClient& client, const test::Account& owner,
                                             std::mt19937_64& random);

}  // namespace traceway::crash
