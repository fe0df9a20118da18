// A server with an owner and a project, as most scenarios of the API want it.
#pragma once

#include "support/otlp_builder.h"
#include "support/test_server.h"

#include <string>
#include <string_view>
#include <vector>

namespace traceway::test {

/// Everything a paged route needs: all time, twenty rows.
inline constexpr const char* kFirstPage =
    R"({"fromDate":"2020-01-01T00:00:00Z","pagination":{"page":1,"pageSize":20}})";

/// The client is signed in as the owner. Fails the running test when the server does not start.
struct Stage {
  TestServer server;
  HttpClient client{""};
  Account account;

  Stage();

  /// "/api/tasks" -> "/api/tasks?projectId=...".
  [[nodiscard]] std::string at(std::string_view path) const { return account.scoped(path); }

  /// The fields of a request to an ingest route, with the project's token.
  [[nodiscard]] Fields ingest(const std::string& type, const std::string& encoding = "") const;

  /// Reports the spans; they are committed on return.
  void report(const std::vector<OtlpSpan>& spans, std::string_view version = {});

  /// Reports the log records; they are committed on return.
  void report(const OtlpLogExport& logs);

  /// Gives the owner another role in the organization, in the database of the running server.
  /// Empty: none.
  void set_role(const std::string& role);
};

/// Asks every route as each role of the project's organization, then as nobody of it: 200 for all
/// members, 403 for the stranger.
void check_roles(Stage& stage, const std::vector<Request>& requests);

}  // namespace traceway::test
