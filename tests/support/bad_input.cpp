#include "support/bad_input.h"

#include "support/scenario.h"
#include "support/stage.h"

#include <doctest/doctest.h>
#include <libdeflate.h>
#include <protozero/pbf_reader.hpp>

#include <algorithm>
#include <memory>

namespace traceway::test {

namespace {

constexpr std::string_view kProtobuf = "application/x-protobuf";

/// google.rpc.Code of the statuses that ingest answers. Source: ingest 4.2.
std::int64_t rpc_code_of(int status) {
  switch (status) {
    case 401:
      return 16;
    case 408:
      return 4;
    case 413:
    case 429:
      return 8;
    case 500:
      return 13;
    case 503:
      return 14;
    default:
      return 3;
  }
}

struct NumberAndText {
  std::uint64_t number = 0;
  std::string text;
};

/// Field 1 as a varint, field 2 as text: Status, and every partial success.
NumberAndText number_and_text(std::string_view bytes) {
  NumberAndText out;
  protozero::pbf_reader reader(bytes.data(), bytes.size());
  while (reader.next()) {
    if (reader.tag() == 1) {
      out.number = reader.get_uint64();
    } else if (reader.tag() == 2) {
      out.text = reader.get_string();
    } else {
      reader.skip();
    }
  }
  return out;
}

IngestAnswer read_protobuf(const RawAnswer& answer) {
  IngestAnswer out;
  if (answer.status != 200) {
    const NumberAndText status = number_and_text(answer.body);
    return {static_cast<std::int64_t>(status.number), 0, status.text};
  }
  protozero::pbf_reader reader(answer.body.data(), answer.body.size());
  while (reader.next(1)) {
    const auto view = reader.get_view();
    const NumberAndText partial = number_and_text({view.data(), view.size()});
    out.rejected = partial.number;
    out.text = partial.text;
  }
  return out;
}

std::uint64_t number_of(const json::Value& value) {
  return static_cast<std::uint64_t>(value.as_int().value_or(0));
}

IngestAnswer read_report(const RawAnswer& answer) {
  const json::Value body = json_of(answer);
  if (answer.status == 401) {
    CHECK(answer.body.empty());
    return {};
  }
  IngestAnswer out{0, number_of(body.at("rejected")), body.at("error").as_string().value_or("")};
  for (const json::Value& error : body.at("errors").items()) {
    out.text += error.as_string().value_or("") + "\n";
  }
  return out;
}

IngestAnswer read_json(const RawAnswer& answer) {
  const json::Value body = json_of(answer);
  CHECK(body.is_object());
  if (answer.status != 200) {
    return {body.at("code").as_int().value_or(-1), 0, body.at("message").as_string().value_or("")};
  }
  IngestAnswer out;
  const json::Value partial = body.at("partialSuccess");
  for (const std::string& key : partial.keys()) {
    const std::string text = partial.at(key).as_string().value_or("");
    if (key.starts_with("rejected")) {
      out.rejected = std::stoull(text);
    } else {
      out.text = text;
    }
  }
  return out;
}

bool is_partial_or_refused(const BadInput& input) {
  return input.rejected > 0 || input.status != 200;
}

void check_answer(const IngestRoute& route, const BadInput& input, const RawAnswer& answer) {
  CHECK(answer.status == input.status);
  CHECK(answer.field("Access-Control-Allow-Origin") == "*");
  const bool may_heal = answer.status == 429 || answer.status == 503;
  CHECK(answer.field("Retry-After").empty() != may_heal);
  if (answer.status != input.status) return;
  const IngestAnswer said = read_answer(route, answer);
  CHECK(said.rejected == input.rejected);
  CHECK_MESSAGE(said.text.find(input.text) != std::string::npos, "said: ", said.text);
  if (is_partial_or_refused(input)) {
    CHECK_FALSE(said.text.empty());
  } else {
    CHECK(answer.body == (answer.field("Content-Type") == kProtobuf ? "" : "{}"));
  }
}

}  // namespace

IngestAnswer read_answer(const IngestRoute& route, const RawAnswer& answer) {
  if (!route.is_otlp()) return read_report(answer);
  const IngestAnswer said =
      answer.field("Content-Type") == kProtobuf ? read_protobuf(answer) : read_json(answer);
  CHECK(said.code == (answer.status == 200 ? 0 : rpc_code_of(answer.status)));
  return said;
}

std::string unquoted(std::string_view text) {
  std::string out(text);
  std::ranges::replace(out, '\'', '"');
  return out;
}

std::string deflated(std::string_view bytes) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(6), libdeflate_free_compressor);
  std::string out(libdeflate_zlib_compress_bound(compressor.get(), bytes.size()), '\0');
  out.resize(libdeflate_zlib_compress(compressor.get(), bytes.data(), bytes.size(), out.data(),
                                      out.size()));
  return out;
}

std::vector<std::string> IngestDesk::small_limits() {
  return {"--max-body", std::to_string(kMaxBody), "--report-max-body", std::to_string(kMaxBody)};
}

IngestDesk::IngestDesk(const std::vector<std::string>& options) {
  REQUIRE(server_.start(options));
  owner_ = server_.client();
  const auto registered = register_owner(owner_);
  REQUIRE(registered);
  account_ = *registered;
  owner_.set_bearer(account_.jwt);
}

TestProject IngestDesk::add_project(std::string_view framework) {
  const std::string body = R"({"name":"project )" + std::to_string(++projects_) +
                           R"(","framework":")" + std::string(framework) + R"("})";
  const RawAnswer answer = owner_.post_json(account_.scoped("/api/projects"), body);
  REQUIRE(answer.status == 201);
  const json::Value project = json_of(answer);
  return {project.at("id").as_string().value_or(""), project.at("token").as_string().value_or("")};
}

RawAnswer IngestDesk::send(const IngestRoute& route, const TestProject& project,
                           const BadInput& input) {
  Request request{"POST", route.path, {{"Authorization", "Bearer " + project.token}}, input.body};
  if (!input.type.empty()) request.fields.emplace_back("Content-Type", input.type);
  if (!input.encoding.empty()) request.fields.emplace_back("Content-Encoding", input.encoding);
  HttpClient client = server_.client();
  return client.send(request);
}

std::uint64_t IngestDesk::committed() {
  const RawAnswer answer = owner_.get("/api/diagnostics/trace-pipeline");
  REQUIRE(answer.status == 200);
  return number_of(json_of(answer).at("traceway").at("committed_records_total"));
}

json::Value IngestDesk::ask(const TestProject& project, std::string question) {
  constexpr std::string_view kId = "{id}";
  if (const std::size_t at = question.find(kId); at != std::string::npos) {
    const auto rows = ask(project, "/api/endpoints").at("data").items();
    REQUIRE_FALSE(rows.empty());
    question.replace(at, kId.size(), rows.front().at("id").as_string().value_or(""));
  }
  const std::string target =
      question + (question.find('?') == std::string::npos ? "?" : "&") + "projectId=" + project.id;
  const bool is_get = has_route("GET", question);
  const RawAnswer answer = is_get ? owner_.get(target) : owner_.post_json(target, kFirstPage);
  INFO(target, ": ", answer.body);
  CHECK(answer.status == 200);
  return json_of(answer);
}

std::vector<json::Value> IngestDesk::noted(const TestProject& project) {
  return ask(project, "/api/connection/status").at("rejections").items();
}

void IngestDesk::check_serves(const IngestRoute& route, const TestProject& project) {
  const std::uint64_t before = committed();
  CHECK(send(route, project, {"the next client", route.good(Encoding::kJson)}).status == 200);
  CHECK(committed() == before + 1);
}

void IngestDesk::run(const IngestRoute& route, const BadInput& input) {
  INFO(route.path, ", ", input.type, ": ", input.name);
  const TestProject project = add_project();
  const std::uint64_t before = committed();
  const RawAnswer answer = send(route, project, input);
  INFO("answer: ", answer.body.substr(0, 500));
  check_answer(route, input, answer);
  CHECK(committed() - before == input.kept);
  const auto rejections = noted(project);
  CHECK(rejections.size() == (is_partial_or_refused(input) ? 1 : 0));
  for (const json::Value& one : rejections) {
    CHECK(one.at("status").as_int() == input.status);
    CHECK(one.at("route").as_string() == route.path);
    CHECK_FALSE(one.at("reason").as_string().value_or("").empty());
  }
  if (!input.question.empty()) {
    RawAnswer found;
    found.body = ask(project, input.question).dump();
    const auto problem = is_like(unquoted(input.answer))(found);
    CHECK_MESSAGE(!problem, problem.value_or(""), " in ", found.body.substr(0, 2000));
  }
  check_serves(route, project);
}

void IngestDesk::run_all(const IngestRoute& route, const std::vector<BadInput>& inputs) {
  for (const BadInput& input : inputs) run(route, input);
}

}  // namespace traceway::test
