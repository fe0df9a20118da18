#include "sessions/sessions.h"

#include "api/recordings.h"
#include "app/services.h"
#include "base/text.h"
#include "http/router.h"
#include "sessions/session_rows.h"

namespace traceway::sessions {

namespace {

/// One recording of a session, without its contents.
struct Segment {
  std::int64_t segment_index = 0;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> ended_at;
  Timestamp recorded_at;
  std::int64_t file_bytes = 0;
};

/// What went wrong, or was reported, during a session.
struct SessionException {
  Uuid id;
  std::string exception_hash;
  std::string type;
  std::string first_line;  ///< of the stack text
  Timestamp recorded_at;
  bool is_message = false;
  bool has_recording = false;  ///< one of its own
};

}  // namespace

}  // namespace traceway::sessions

namespace traceway {

template <>
inline constexpr auto fields<sessions::Segment> =
    std::tuple{field("segment_index", &sessions::Segment::segment_index),
               field("started_at", &sessions::Segment::started_at),
               field("ended_at", &sessions::Segment::ended_at),
               field("recorded_at", &sessions::Segment::recorded_at),
               field("file_bytes", &sessions::Segment::file_bytes)};

template <>
inline constexpr auto fields<sessions::SessionException> =
    std::tuple{field("id", &sessions::SessionException::id),
               field("exception_hash", &sessions::SessionException::exception_hash),
               field("type", &sessions::SessionException::type),
               field("first_line", &sessions::SessionException::first_line),
               field("recorded_at", &sessions::SessionException::recorded_at),
               field("is_message", &sessions::SessionException::is_message),
               field("has_recording", &sessions::SessionException::has_recording)};

}  // namespace traceway

namespace traceway::sessions {

namespace {

using http::Request;
using http::Response;

/// Of one answer; what is left is asked for with `from`.
constexpr std::size_t kMaxAnswerBytes = 16U << 20U;

/// The rows of a statement about one session as structs.
template <class T>
Result<std::vector<T>> rows_of_session(std::string_view query, const Request& request,
                                       const Uuid& session, Services& services) {
  auto rows = services.telemetry.run(
      query, {{"project_id", to_value(request.caller.project)}, {"session_id", to_value(session)}});
  if (!rows) return fail(rows);
  std::vector<T> out;
  for (const Row& row : *rows) out.push_back(from_row<T>(row));
  return out;
}

Result<Uuid> session_id_of(const Request& request) {
  const auto id = parse_uuid(request.path_param("sessionId"));
  if (!id) return fail(ErrorCode::kMalformed, "invalid session id");
  return *id;
}

Result<Session> session_of(const Request& request, const Uuid& id, Services& services) {
  auto found =
      find_session(services.telemetry, request.caller.project, id, services.clock.now_ns());
  if (!found) return fail(found);
  if (!*found) return fail(ErrorCode::kNotFound, "Session not found");
  return std::move(**found);
}

Result<Response> list(const Request& request, Services& services) {
  auto asked = api::parse_list_request(request.body_text());
  if (!asked) return fail(asked);
  auto choice = from_json<Choice>(request.body_text());
  if (!choice) return fail(choice);
  auto page = find_sessions(services.telemetry, request.caller.project, *asked, *choice,
                            services.clock.now_ns());
  if (!page) return fail(page);
  return api::page_response(page->sessions, api::page_info(*asked->pagination, page->total));
}

Result<Response> detail(const Request& request, Services& services) {
  const auto id = session_id_of(request);
  if (!id) return fail(id);
  auto session = session_of(request, *id, services);
  if (!session) return fail(session);
  auto segments = rows_of_session<Segment>("sessions.segments", request, *id, services);
  if (!segments) return fail(segments);
  auto exceptions =
      rows_of_session<SessionException>("sessions.exceptions", request, *id, services);
  if (!exceptions) return fail(exceptions);
  json::Writer out;
  out.begin_object().key("session");
  json::write(out, *session);
  out.key("segments");
  json::write(out, *segments);
  out.key("exceptions");
  json::write(out, *exceptions);
  out.end_object();
  return http::json_response(out.take());
}

/// The segments from number `from` on, as many as fit one answer, at least one; `nextSegment` says
/// where the next answer begins.
Result<Response> recording(const Request& request, Services& services) {
  const auto id = session_id_of(request);
  if (!id) return fail(id);
  const auto from = text::parse_int(request.query_param("from").value_or("0"));
  if (!from) return fail(ErrorCode::kMalformed, "from is no segment index");
  if (auto session = session_of(request, *id, services); !session) return fail(session);
  auto segments = rows_of_session<api::RecordingRow>("sessions.segments", request, *id, services);
  if (!segments) return fail(segments);
  std::erase_if(*segments,
                [&](const api::RecordingRow& segment) { return segment.segment_index < *from; });
  api::JoinedRecording joined(services.blobs);
  auto next = segments->begin();
  while (next != segments->end() && joined.bytes() < kMaxAnswerBytes) joined.add(*next++);
  json::Writer out;
  out.begin_object();
  joined.write(out);
  if (next != segments->end()) out.key("nextSegment").value(next->segment_index);
  out.end_object();
  return http::json_response(out.take());
}

Result<Response> recording_of_exception(const Request& request, Services& services) {
  const auto id = parse_uuid(request.path_param("exceptionId"));
  if (!id) return fail(ErrorCode::kMalformed, "invalid exception id");
  auto row = api::recording_of_exception(services.telemetry, request.caller.project, *id);
  if (!row) return fail(row);
  api::JoinedRecording joined(services.blobs);
  if (!*row || !joined.add(**row)) return fail(ErrorCode::kNotFound, "Recording not found");
  json::Writer out;
  out.begin_object();
  joined.write(out);
  out.end_object();
  return http::json_response(out.take());
}

}  // namespace

void add_session_routes(http::Router& router, Services& services) {
  using http::Later;
  using http::Method;
  const auto read = http::guard::project_read();
  const std::string base = "/api/sessions";
  router.add(Method::kPost, base, read,
             [&services](Request& r, Later&) { return list(r, services); });
  router.add(Method::kPost, base + "/:sessionId", read,
             [&services](Request& r, Later&) { return detail(r, services); });
  router.add(Method::kGet, base + "/:sessionId/recording", read,
             [&services](Request& r, Later&) { return recording(r, services); });
  router.add(Method::kGet, "/api/exception-stack-traces/by-id/:exceptionId/recording", read,
             [&services](Request& r, Later&) { return recording_of_exception(r, services); });
}

}  // namespace traceway::sessions
