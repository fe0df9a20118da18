// Routes by segment tree: method, pattern, guard, handler. Dispatch is the fence that turns
// anything thrown into a 500.
#pragma once

#include "base/result.h"
#include "http/guard.h"
#include "http/later.h"
#include "http/rejections.h"
#include "http/request.h"
#include "http/response.h"

#include <chrono>
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
  /// The Allow field where a contract fixes it; empty: the methods of the path. When it names
  /// OPTIONS, that is answered with 204.
  std::string_view allow = {};
  ErrorShape error_shape = json_error;
  std::chrono::milliseconds silence_timeout{
      0};  ///< while the body arrives; 0 = FrontOptions::silence_timeout
  std::chrono::milliseconds body_timeout{
      0};  ///< for the whole body; 0 = FrontOptions::body_timeout
  /// Request headers a page of another origin may send; used with allows_cors.
  std::string_view cors_headers =
      "Content-Type, Content-Encoding, Authorization, traceway-trace-id, traceparent, tracestate, "
      "baggage";
};

struct Route {
  Method method = Method::kGet;
  std::string pattern;  ///< "/api/endpoints/:endpointId"; static segments win over `:name`
  Guard guard;
  Handler handler;
  RouteOptions options;
  std::string source_file;  ///< for `traceway routes`, e.g. "endpoints/endpoints.cpp"
  /// Ready-made field lines (CRLF included) that the front puts on every answer of this route, late
  /// ones too: its CORS headers. Empty without allows_cors. Kept by the router.
  std::string answer_fields;
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
  std::optional<Response>
      refusal;  ///< with Allow where it belongs; CORS comes with the route's answer_fields
  const Route* route = nullptr;  ///< also of a refusal, when the path has one
  Caller caller;                 ///< filled by a head-phase guard
};

/// Built before threads start; then read-only and shared by all of them.
class Router {
 public:
  explicit Router(Authenticator& accounts);
  ~Router();

  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// Adds a route. A duplicate (method, pattern) is a defect and aborts.
  void add(Method method, std::string_view pattern, Guard guard, Handler handler,
           RouteOptions options = {},
           const std::source_location& where = std::source_location::current());

  /// Answers GET and HEAD of paths no route has (embedded assets, the dashboard's page).
  void set_fallback(Handler handler);

  void set_admission(Admission* admission) { admission_ = admission; }

  /// Told of every refused ingest request whose project is known.
  void set_rejections(Rejections* rejections) { rejections_ = rejections; }

  /// Sub-path of the reverse proxy, "/" for none. Requests match with and without it.
  void set_base_path(std::string_view base_path);

  /// Order of ingest 1.1: CORS/OPTIONS, method (405 + Allow), credential, admission. Unknown /api
  /// path: 404 JSON. No I/O.
  [[nodiscard]] HeadVerdict on_head(const RequestHead& head) const;

  /// Worker: path parameters, guard (worker phase), handler, error shaping. Never throws. A
  /// deferred response comes back as such.
  [[nodiscard]] Response dispatch(const Route& route, Request& request, Later& later) const;

  /// A refusal from outside guard and handler (limits, saturation, shutdown), in the route's shape.
  /// Logs kInternal. route: null when there is none. caller: as far as a guard knows it.
  [[nodiscard]] Response refuse(const Route* route, const RequestHead& head, const Caller& caller,
                                const Error& error) const;

  [[nodiscard]] const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  struct Node;
  [[nodiscard]] std::string_view local_path(const RequestHead& head) const;
  [[nodiscard]] const Node* match(const RequestHead& head) const;
  void bind_path_params(const Route& route, Request& request) const;
  [[nodiscard]] HeadVerdict verdict_without_route(const RequestHead& head) const;

  Authenticator* accounts_;
  Admission* admission_ = nullptr;
  Rejections* rejections_ = nullptr;
  std::string base_path_;  ///< without trailing slash; empty = none
  std::unique_ptr<Node> root_;
  std::unique_ptr<Route> fallback_route_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace traceway::http
