#include "support/stage.h"

#include "storage/sqlite/connection.h"

#include <doctest/doctest.h>

namespace traceway::test {

Stage::Stage() {
  REQUIRE(server.start());
  client = server.client();
  const auto registered = register_owner(client);
  REQUIRE(registered);
  account = *registered;
  client.set_bearer(account.jwt);
}

Fields Stage::ingest(const std::string& type, const std::string& encoding) const {
  Fields fields = {{"Authorization", "Bearer " + account.project_token}, {"Content-Type", type}};
  if (!encoding.empty()) fields.emplace_back("Content-Encoding", encoding);
  return fields;
}

void Stage::report(const std::vector<OtlpSpan>& spans, std::string_view version) {
  OtlpExport wanted;
  wanted.spans = spans;
  if (!version.empty()) wanted.resource.emplace_back("service.version", std::string(version));
  const RawAnswer answer = client.send({.method = "POST",
                                        .target = "/api/otel/v1/traces",
                                        .fields = ingest("application/x-protobuf"),
                                        .body = to_protobuf(wanted)});
  REQUIRE(answer.status == 200);
}

void Stage::report(const OtlpLogExport& logs) {
  const RawAnswer answer = client.send({.method = "POST",
                                        .target = "/api/otel/v1/logs",
                                        .fields = ingest("application/x-protobuf"),
                                        .body = to_protobuf(logs)});
  REQUIRE(answer.status == 200);
}

void Stage::set_role(const std::string& role) {
  const std::string path = (server.data_dir() / "traceway.db").string();
  auto database = sqlite::Connection::open({path, sqlite::Role::kMainWriter});
  REQUIRE(database);
  REQUIRE((*database)->control("DELETE FROM organization_users"));
  if (role.empty()) return;
  REQUIRE((*database)->control(
      "INSERT INTO organization_users (user_id, organization_id, role, created_at) VALUES (" +
      std::to_string(account.user_id) + ", " + std::to_string(account.organization_id) + ", '" +
      role + "', 0)"));
}

void check_roles(Stage& stage, const std::vector<Request>& requests) {
  for (const std::string role : {"owner", "admin", "user", "readonly", ""}) {
    stage.set_role(role);
    for (const Request& request : requests) {
      const std::string what = request.method + " " + request.target + " as " + role;
      CAPTURE(what);
      const RawAnswer answer = stage.client.send(request);
      CHECK(answer.status == (role.empty() ? 403 : 200));
      if (role.empty()) CHECK(answer.body == R"({"error":"Access denied"})");
    }
  }
  stage.set_role("owner");
}

}  // namespace traceway::test
