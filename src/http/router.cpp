#include "http/router.h"

#include "base/log.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <map>
#include <span>

namespace traceway::http {

namespace {

constexpr std::size_t kMethodCount = static_cast<std::size_t>(Method::kOther) + 1;

constexpr std::array<std::string_view, kMethodCount> kMethodNames = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", ""};

bool is_api_path(std::string_view path) {
  return path == "/api" || path.starts_with("/api/");
}

/// "/a//b/" -> "a", "", "b", "": segments as they stand, so that only equal shapes match.
std::vector<std::string_view> segments_of(std::string_view path) {
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  return text::split(path, '/');
}

Error defect(std::string detail) {
  return {ErrorCode::kInternal, {}, std::move(detail), 0};
}

}  // namespace

/// One path segment below its parent. Static children are tried first, then the parameter.
struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
  std::unique_ptr<Node> parameter;
  std::array<Route*, kMethodCount> by_method{};

  [[nodiscard]] bool has_routes() const {
    return std::ranges::any_of(by_method, [](const Route* route) { return route != nullptr; });
  }

  [[nodiscard]] bool allows_cors() const {
    return std::ranges::any_of(by_method, [](const Route* route) {
      return route != nullptr && route->options.allows_cors;
    });
  }

  /// Speaks for the path when no route has the method: one with CORS if there is one.
  [[nodiscard]] const Route* speaker() const {
    const Route* found = nullptr;
    for (const Route* route : by_method) {
      if (route != nullptr && (found == nullptr || route->options.allows_cors)) found = route;
    }
    return found;
  }

  [[nodiscard]] const Route* route_for(Method method) const {
    const Route* route = by_method[static_cast<std::size_t>(method)];
    if (route == nullptr && method == Method::kHead) {
      route = by_method[static_cast<std::size_t>(Method::kGet)];
    }
    return route;
  }

  /// "GET, HEAD, POST"; CORS lists leave HEAD out as the specification's header does.
  [[nodiscard]] std::string method_list(bool for_cors) const {
    std::string out;
    const auto append = [&out](std::string_view name) {
      out.append(out.empty() ? "" : ", ").append(name);
    };
    for (std::size_t i = 0; i < kMethodCount; ++i) {
      if (by_method[i] == nullptr) continue;
      append(kMethodNames[i]);
      if (i == static_cast<std::size_t>(Method::kGet) && !for_cors) append("HEAD");
    }
    if (allows_cors()) append("OPTIONS");
    return out;
  }

  /// The CORS lines name every method of the path, so one more route changes them for all.
  void renew_answer_fields() const {
    for (Route* route : by_method) {
      if (route == nullptr || !route->options.allows_cors) continue;
      route->answer_fields =
          "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: " + method_list(true) +
          "\r\nAccess-Control-Allow-Headers: ";
      route->answer_fields.append(route->options.cors_headers);
      route->answer_fields.append(
          "\r\nAccess-Control-Max-Age: 86400\r\nAccess-Control-Expose-Headers: Retry-After\r\n");
    }
  }

  [[nodiscard]] const Node* find(std::span<const std::string_view> segments) const {
    if (segments.empty()) return has_routes() ? this : nullptr;
    const std::string segment = percent_decode(segments.front(), false);
    if (const auto child = children.find(segment); child != children.end()) {
      if (const Node* found = child->second->find(segments.subspan(1))) return found;
    }
    if (parameter && !segment.empty()) return parameter->find(segments.subspan(1));
    return nullptr;
  }
};

Router::Router(Authenticator& accounts) : accounts_(&accounts), root_(std::make_unique<Node>()) {}

Router::~Router() = default;

void Router::set_base_path(std::string_view base_path) {
  while (base_path.ends_with('/')) base_path.remove_suffix(1);
  base_path_ = base_path;
}

void Router::set_fallback(Handler handler) {
  fallback_route_ = std::make_unique<Route>(Route{
      Method::kGet, "/*", guard::open(), std::move(handler), {}, "http/static_files.cpp", {}});
}

void Router::add(Method method, std::string_view pattern, Guard guard, Handler handler,
                 RouteOptions options, const std::source_location& where) {
  Node* node = root_.get();
  for (const std::string_view segment : segments_of(pattern)) {
    auto& next = segment.starts_with(':') ? node->parameter : node->children[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  Route*& place = node->by_method[static_cast<std::size_t>(method)];
  if (place != nullptr) {
    log::error("http", "route added twice", {{"pattern", pattern}});
    std::abort();
  }
  std::string_view file = where.file_name();
  if (const std::size_t at = file.rfind("src/"); at != std::string_view::npos) {
    file.remove_prefix(at + 4);
  }
  routes_.push_back(std::make_unique<Route>(Route{
      method, std::string(pattern), guard, std::move(handler), options, std::string(file), {}}));
  place = routes_.back().get();
  node->renew_answer_fields();
}

std::string_view Router::local_path(const RequestHead& head) const {
  std::string_view path = head.target.empty() ? std::string_view(head.path) : head.target;
  path = path.substr(0, path.find_first_of("?#"));
  if (!base_path_.empty() && path.starts_with(base_path_)) {
    const std::string_view rest = path.substr(base_path_.size());
    if (rest.empty()) return "/";
    if (rest.front() == '/') return rest;
  }
  return path;
}

const Router::Node* Router::match(const RequestHead& head) const {
  return root_->find(segments_of(local_path(head)));
}

HeadVerdict Router::verdict_without_route(const RequestHead& head) const {
  HeadVerdict verdict;
  const bool reads = head.method == Method::kGet || head.method == Method::kHead;
  if (reads && fallback_route_ && !is_api_path(percent_decode(local_path(head), false))) {
    verdict.route = fallback_route_.get();
  } else {
    verdict.refusal = json_error({ErrorCode::kNotFound, "Not found", {}, 0}, head.request_id, {});
  }
  return verdict;
}

HeadVerdict Router::on_head(const RequestHead& head) const {
  const Node* node = match(head);
  if (node == nullptr) return verdict_without_route(head);

  HeadVerdict verdict;
  if (head.method == Method::kOptions && node->allows_cors()) {
    verdict.route = node->speaker();
    verdict.refusal = json_response({}, 204);
    return verdict;
  }
  verdict.route = node->route_for(head.method);
  if (verdict.route == nullptr) {
    verdict.route = node->speaker();
    const std::string_view fixed_allow = verdict.route->options.allow;
    if (!fixed_allow.empty()) {
      verdict.refusal = head.method == Method::kOptions
                            ? json_response({}, 204)
                            : refuse(verdict.route, head, {},
                                     {ErrorCode::kWrongMethod, "Method not allowed", {}, 0});
      verdict.refusal->headers.emplace_back("Allow", fixed_allow);
      return verdict;
    }
    verdict.refusal =
        refuse(verdict.route, head, {}, {ErrorCode::kWrongMethod, "Method not allowed", {}, 0});
    verdict.refusal->headers.emplace_back("Allow", node->method_list(false));
    return verdict;
  }
  const Guard& guard = verdict.route->guard;
  if (guard.phase == GuardPhase::kHead && guard.check != nullptr) {
    if (auto allowed = guard.check(head, verdict.caller, *accounts_); !allowed) {
      verdict.refusal = refuse(verdict.route, head, {}, allowed.error());
      return verdict;
    }
  }
  if (verdict.route->options.is_ingest && admission_ != nullptr) {
    if (auto admitted = admission_->admit(); !admitted) {
      verdict.refusal = refuse(verdict.route, head, verdict.caller, admitted.error());
    }
  }
  return verdict;
}

Response Router::refuse(const Route* route, const RequestHead& head, const Caller& caller,
                        const Error& error) const {
  const ErrorShape shape = route == nullptr ? json_error : route->options.error_shape;
  Response response = shape(error, head.request_id, head.headers.get("Content-Type"));
  if (error.code == ErrorCode::kInternal) {
    log::error("http", "request failed",
               {{"request_id", head.request_id},
                {"method", head.method_name},
                {"route", route == nullptr ? std::string_view() : std::string_view(route->pattern)},
                {"message", error.message},
                {"detail", error.detail}});
  }
  const bool is_ingest = route != nullptr && route->options.is_ingest;
  if (rejections_ != nullptr && is_ingest && !caller.project.is_zero()) {
    const bool is_ours = error.code == ErrorCode::kInternal;
    rejections_->note(caller.project,
                      {head.received_ns, response.status, route->pattern,
                       is_ours ? "internal error " + head.request_id : error.message});
  }
  return response;
}

void Router::bind_path_params(const Route& route, Request& request) const {
  if (route.pattern.find(':') == std::string::npos) return;
  const auto names = segments_of(route.pattern);
  const auto values = segments_of(local_path(request));
  for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) {
    if (!names[i].starts_with(':')) continue;
    request.path_params.emplace_back(std::string(names[i].substr(1)),
                                     percent_decode(values[i], false));
  }
}

Response Router::dispatch(const Route& route, Request& request, Later& later) const {
  try {
    bind_path_params(route, request);
    if (route.guard.phase == GuardPhase::kWorker && route.guard.check != nullptr) {
      if (auto allowed = route.guard.check(request, request.caller, *accounts_); !allowed) {
        return refuse(&route, request, request.caller, allowed.error());
      }
    }
    Result<Response> result = route.handler(request, later);
    if (!result) return refuse(&route, request, request.caller, result.error());
    return std::move(*result);
  } catch (const std::exception& failure) {
    return refuse(&route, request, request.caller, defect(failure.what()));
  } catch (...) {
    return refuse(&route, request, request.caller, defect("unknown exception"));
  }
}

}  // namespace traceway::http
