#include "issues/issues.h"

#include "app/services.h"
#include "http/router.h"
#include "issues/archive.h"
#include "issues/issue_detail.h"
#include "issues/issue_facts.h"
#include "issues/issue_list.h"

namespace traceway::issues {

void add_issue_routes(http::Router& router, Services& services) {
  using http::Later;
  using http::Method;
  using http::Request;
  const auto read = http::guard::project_read();
  const auto write = http::guard::project_write();
  const std::string base = "/api/exception-stack-traces";
  router.add(Method::kPost, base, read,
             [&services](Request& r, Later&) { return list(r, services); });
  router.add(Method::kPost, base + "/archive", write,
             [&services](Request& r, Later& later) { return archive(r, later, services); });
  router.add(Method::kPost, base + "/unarchive", write,
             [&services](Request& r, Later& later) { return unarchive(r, later, services); });
  router.add(Method::kPost, base + "/by-id/:exceptionId", read,
             [&services](Request& r, Later&) { return one_occurrence(r, services); });
  router.add(Method::kPost, base + "/:hash", read,
             [&services](Request& r, Later&) { return one_issue(r, services); });
  router.add(Method::kPost, base + "/:hash/facts", read,
             [&services](Request& r, Later&) { return facts(r, services); });
  router.add(Method::kPost, base + "/:hash/events", read,
             [&services](Request& r, Later&) { return events(r, services); });
}

}  // namespace traceway::issues
