// Routes by segment tree: method, pattern, guard, handler. Dispatch is the fence that turns
// anything thrown into a 500.
#pragma once

#include "base/result.h"
#include "http/guard.h"
#include "http/later.h"
#include "http/request.h"
#include "http/response.h"

#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::http {

using Handler = std::function<Result<Response>(Request&, Later&)>;

/// What a route allows and how it speaks, beyond guard and handler.
struct RouteOptions {
  std::size_t max_body =
      1024 * 1024;         ///< bytes on the wire; more is 413, refused on the head when declared
  bool is_ingest = false;  ///< admission on the head, an ingest slot while a worker has it
  bool allows_cors =
      false;  ///< the headers of ingest 1.3 on every answer; OPTIONS answered with 204
  ErrorShape error_shape = json_error;
};

struct Route {
  Method method = Method::kGet;
  std::string pattern;  ///< "/api/endpoints/:endpointId"; static segments win over `:name`
  Guard guard;
  Handler handler;
  RouteOptions options;
  std::string source_file;  ///< for `traceway routes`, e.g. "endpoints/endpoints.cpp"
};

/// May the pipeline take more? Asked on the head of every ingest request. App wires the writer to
/// it. Thread-safe.
class Admission {
 public:
  virtual ~Admission() = default;
  [[nodiscard]] virtual Result<void>
  admit() = 0;  ///< kOverloaded / kUnavailable with retry_after_s
};

/// The front's verdict on a head: a refusal to send at once, or the route whose body may be read.
struct HeadVerdict {
  std::optional<Response> refusal;  ///< complete with CORS and Allow headers where they belong
  const Route* route = nullptr;
  Caller caller;  ///< filled by a head-phase guard
};

/// Built before threads start; then read-only and shared by all of them.
class Router {
 public:
  explicit Router(Authenticator& accounts) : accounts_(&accounts) {}

  /// Adds a route. A duplicate (method, pattern) is a defect and aborts.
  void add(Method method, std::string_view pattern, Guard guard, Handler handler,
           RouteOptions options = {},
           const std::source_location& where = std::source_location::current());

  /// Answers GET and HEAD of paths no route has (embedded assets, the dashboard's page).
  void set_fallback(Handler handler) { fallback_ = std::move(handler); }

  void set_admission(Admission* admission) { admission_ = admission; }

  /// Order of ingest 1.1: CORS/OPTIONS, method (405 + Allow), credential, admission. Unknown /api
  /// path: 404 JSON. No I/O.
  [[nodiscard]] HeadVerdict on_head(const RequestHead& head) const;

  /// Worker: guard (worker phase), handler, error shaping. Never throws. A deferred response comes
  /// back as such.
  [[nodiscard]] Response dispatch(const Route& route, Request& request, Later& later) const;

  [[nodiscard]] const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  struct Match;
  [[nodiscard]] Match match(std::string_view path) const;

  Authenticator* accounts_;
  Admission* admission_ = nullptr;
  Handler fallback_;
  std::unique_ptr<Route> fallback_route_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace traceway::http
