// The bad-input matrix: a row is one request to an ingest route, its answer, and what is kept of
// it. Source: ingest 10.
#pragma once

#include "support/ingest_routes.h"
#include "support/test_server.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::test {

/// One row. Besides what it states, every row claims: CORS fields on the answer; errors and partial
/// success in the request's own words; Retry-After on 429 and 503 only; a refusal or a loss noted
/// for the project; and that the next client is served.
struct BadInput {
  std::string name;
  std::string body;
  int status = 200;
  std::uint64_t kept = 0;      ///< records that were committed
  std::uint64_t rejected = 0;  ///< elements that a 200 says it skipped
  std::string text = {};  ///< part of what the answer says: why it was refused, or what was skipped
  std::string encoding = {};              ///< Content-Encoding
  std::string type = "application/json";  ///< Content-Type; empty: none
  std::string question =
      {};  ///< a path of the API, asked as the owner; `{id}` is the id of the first endpoint
  std::string answer = {};  ///< JSON that its answer must be like (scenario.h)
};

/// A project of its own for every row: what is kept and noted is nobody else's.
struct TestProject {
  std::string id;
  std::string token;
};

/// A server, its owner, and projects as they are needed.
class IngestDesk {
 public:
  static constexpr std::size_t kMaxBody = 1U << 20U;

  /// Fails the running test when the server does not start with these options.
  explicit IngestDesk(const std::vector<std::string>& options = small_limits());

  /// Bodies of kMaxBody at most.
  [[nodiscard]] static std::vector<std::string> small_limits();

  [[nodiscard]] TestServer& server() { return server_; }

  /// Signed in as the owner.
  [[nodiscard]] HttpClient& owner() { return owner_; }

  [[nodiscard]] TestProject add_project(std::string_view framework = "opentelemetry");
  /// Sends a body with the project's token over a connection of its own.
  [[nodiscard]] RawAnswer send(const IngestRoute& route, const TestProject& project,
                               const BadInput& input);
  /// Records that the pipeline has committed since the start.
  [[nodiscard]] std::uint64_t committed();
  /// POST, or GET where the route says so, as the owner in this project: the answer as JSON. The
  /// status must be 200.
  [[nodiscard]] json::Value ask(const TestProject& project, std::string question);
  /// Rejections noted for the project, newest first.
  [[nodiscard]] std::vector<json::Value> noted(const TestProject& project);

  void run(const IngestRoute& route, const BadInput& input);
  void run_all(const IngestRoute& route, const std::vector<BadInput>& inputs);
  /// A good request of a fresh client is stored.
  void check_serves(const IngestRoute& route, const TestProject& project);

 private:
  TestServer server_;
  HttpClient owner_{""};
  Account account_;
  std::size_t projects_ = 0;
};

/// What an ingest route's answer says in its own words.
struct IngestAnswer {
  std::int64_t code = 0;  ///< google.rpc.Code; 0 on success and for a report
  std::uint64_t rejected = 0;
  std::string text;
};

/// Fails the running test when the body is not what the route answers in this encoding.
[[nodiscard]] IngestAnswer read_answer(const IngestRoute& route, const RawAnswer& answer);

/// Ill-formed requests that no JSON writer makes: `'` stands for `"`.
[[nodiscard]] std::string unquoted(std::string_view text);

/// zlib format, as `Content-Encoding: deflate` means it.
[[nodiscard]] std::string deflated(std::string_view bytes);

}  // namespace traceway::test
