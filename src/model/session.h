// A visit of a person in a browser or an app, and the recordings of what they saw.
#pragma once

#include "base/id.h"
#include "model/span.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace traceway {

/// One report of a session: it is opened, refreshed and closed under the same id. Views into the
/// batch that owns it. Source: ingest 3.8, 7.3.
struct Session {
  Uuid id;
  std::int64_t started_ns = 0;           ///< ns since 1970 UTC; the same in every report of it
  std::optional<std::int64_t> ended_ns;  ///< only in the closing report
  std::string_view client_ip;            ///< as this server sees it
  AttributeRange attributes;             ///< with `client.ip`
  bool has_attributes = false;           ///< the client sent some: they replace those before
  std::string_view app_version;
  std::string_view server_name;
  TraceId trace;  ///< zero for none
};

/// One segment of a session, or what led to one exception. Views into the batch that owns it; the
/// contents are JSON texts exactly as sent. Source: ingest 3.8, 7.4.
struct Recording {
  Uuid id;
  Uuid exception;  ///< the row it belongs to; zero for none
  Uuid session;    ///< zero for none
  std::int64_t segment_index = 0;
  std::string_view exception_key;  ///< what the client calls the exception; empty for none
  std::string_view events;         ///< empty for none, like the next two
  std::string_view logs;
  std::string_view actions;
  std::optional<std::int64_t> started_ns;  ///< of the first event, by the client's clock
  std::optional<std::int64_t> ended_ns;
  std::string_view file_path;  ///< key of the blob with its contents; empty until it is stored
  std::int64_t file_bytes = 0;
};

}  // namespace traceway
