// Sessions as the API shows them, and which ones a list is about.
#pragma once

#include "api/field_filter.h"
#include "api/list_request.h"
#include "base/json.h"
#include "base/result.h"
#include "storage/telemetry_db.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace traceway::sessions {

/// One visit. Durations in ns.
struct Session {
  Uuid id;
  Uuid project_id;
  Timestamp started_at;
  RawJson ended_at;  ///< null while it is open
  std::int64_t duration = 0;
  bool is_open = false;
  std::string client_ip;
  RawJson attributes;  ///< null when there are none
  std::string app_version;
  std::string server_name;
  std::optional<Uuid> distributed_trace_id;
  std::int64_t segments = 0;         ///< recordings of it that can be replayed one after the other
  std::int64_t recording_bytes = 0;  ///< of their files
  std::int64_t exceptions = 0;       ///< errors, without messages
  std::int64_t messages = 0;
};

/// What a list of sessions reads beside the members of every list.
struct Choice {
  std::optional<bool> has_recording;
  std::optional<bool> has_exception;
  /// `version`, `server` and `ip` are columns, any other key is that of an attribute; whole values.
  std::vector<api::FieldFilter> filters;
};

/// One page of a list and how many matched in all (at most 100,000 are looked at).
struct SessionPage {
  std::vector<Session> sessions;
  std::int64_t total = 0;
};

/// By `started_at` or `duration`, newest or longest first unless asked otherwise. Errors: kInvalid
/// for more than ten filters or one without a key; those of the store.
[[nodiscard]] Result<SessionPage> find_sessions(TelemetryDb& telemetry, const Uuid& project,
                                                const api::ListRequest& asked, const Choice& choice,
                                                std::int64_t now_ns);

/// Empty when there is no such session. Errors: those of the store.
[[nodiscard]] Result<std::optional<Session>> find_session(TelemetryDb& telemetry,
                                                          const Uuid& project, const Uuid& id,
                                                          std::int64_t now_ns);

}  // namespace traceway::sessions

namespace traceway {

template <>
inline constexpr auto fields<sessions::Session> =
    std::tuple{field("id", &sessions::Session::id),
               field("project_id", &sessions::Session::project_id),
               field("started_at", &sessions::Session::started_at),
               field("ended_at", &sessions::Session::ended_at),
               field("duration", &sessions::Session::duration),
               field("is_open", &sessions::Session::is_open),
               field("client_ip", &sessions::Session::client_ip, "clientIP"),
               field("attributes", &sessions::Session::attributes),
               field("app_version", &sessions::Session::app_version),
               field("server_name", &sessions::Session::server_name),
               field("distributed_trace_id", &sessions::Session::distributed_trace_id),
               field("segments", &sessions::Session::segments),
               field("recording_bytes", &sessions::Session::recording_bytes),
               field("exceptions", &sessions::Session::exceptions),
               field("messages", &sessions::Session::messages)};

template <>
inline constexpr auto fields<sessions::Choice> =
    std::tuple{field("has_recording", &sessions::Choice::has_recording),
               field("has_exception", &sessions::Choice::has_exception),
               field("filters", &sessions::Choice::filters)};

}  // namespace traceway
