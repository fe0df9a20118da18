// What happened in the company, before it is put into any wire format.
#pragma once

#include "base/id.h"
#include "model/span.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace traceway::demo {

using Value = std::variant<std::string, std::int64_t>;
using Attributes = std::vector<std::pair<std::string_view, Value>>;  ///< keys are literals

/// The programs that report.
enum class ServiceId : std::uint8_t {
  kGateway,     ///< Node, OTLP
  kOrders,      ///< Go, OTLP
  kPayments,    ///< Java, OTLP
  kWarehouse,   ///< .NET, OTLP
  kBackoffice,  ///< PHP, OTLP
  kWorker,      ///< Python, native report
  kStorefront,  ///< a browser, native report
  kCount
};

/// An exception as its language's SDK would send it.
struct Failure {
  std::string type;
  std::string message;
  std::string stack;  ///< whole text, header included
};

/// One timed piece of work: a span; every SERVER span has HTTP attributes and is an endpoint too.
struct Work {
  ServiceId service = ServiceId::kGateway;
  std::size_t host = 0;  ///< of the service's hosts
  TraceId trace;
  std::uint64_t id = 0;
  std::uint64_t parent = 0;  ///< 0: a root
  std::string name;
  SpanKind kind = SpanKind::kInternal;
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  Attributes attributes = {};
  int http_status = 0;  ///< SERVER spans
  bool is_task = false;
  bool is_error = false;
  std::optional<Failure> failure = {};  ///< raised at the end of the work

  [[nodiscard]] std::int64_t end_ns() const { return start_ns + duration_ns; }
};

/// An exception of a browser, or a message: something reported without work around it. Only the
/// native protocol knows these.
struct Notice {
  ServiceId service = ServiceId::kStorefront;
  std::size_t host = 0;
  std::int64_t at_ns = 0;
  std::string text;
  bool is_message = false;
  TraceId trace = {};     ///< the distributed trace it belongs to; zero for none
  std::uint64_t run = 0;  ///< id of the task it happened in; 0 for none
  Attributes attributes = {};
};

/// One request or task with all that it set off.
struct Activity {
  std::vector<Work> work;
  std::vector<Notice> notices;
};

/// What the server should count once it has all of it.
struct Tally {
  std::uint64_t requests = 0;
  std::uint64_t tasks = 0;
  std::uint64_t exceptions = 0;
  std::uint64_t messages = 0;
  std::uint64_t spans = 0;

  Tally& operator+=(const Tally& other) {
    requests += other.requests;
    tasks += other.tasks;
    exceptions += other.exceptions;
    messages += other.messages;
    spans += other.spans;
    return *this;
  }

  friend bool operator==(const Tally&, const Tally&) = default;
};

[[nodiscard]] inline Tally tally_of(const Work& work) {
  Tally tally;
  tally.spans = 1;
  tally.requests = work.kind == SpanKind::kServer ? 1 : 0;
  tally.tasks = work.is_task ? 1 : 0;
  tally.exceptions = work.failure ? 1 : 0;
  return tally;
}

[[nodiscard]] inline Tally tally_of(const Notice& notice) {
  Tally tally;
  (notice.is_message ? tally.messages : tally.exceptions) = 1;
  return tally;
}

}  // namespace traceway::demo
