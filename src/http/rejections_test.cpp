#include "http/rejections.h"

#include <doctest/doctest.h>

namespace traceway::http {

namespace {

Uuid project_of(std::uint8_t high, std::uint8_t low) {
  Uuid id;
  id.bytes[8] = high;
  id.bytes[15] = low;
  return id;
}

}  // namespace

TEST_CASE("rejections: a project has its newest twenty, newest first") {
  Rejections rejections;
  const Uuid project = project_of(1, 1);
  for (int i = 0; i < 25; ++i)
    rejections.note(project, {i, 400, "/api/report", "number " + std::to_string(i)});
  const auto known = rejections.of(project);
  REQUIRE(known.size() == Rejections::kMostPerProject);
  CHECK(known.front().reason == "number 24");
  CHECK(known.back().reason == "number 5");
  CHECK(rejections.of(project_of(1, 2)).empty());
}

TEST_CASE("rejections: the project that has been quiet longest makes room") {
  Rejections rejections;
  for (std::size_t i = 0; i <= Rejections::kMostProjects; ++i) {
    const auto number = static_cast<std::int64_t>(i);
    rejections.note(project_of(static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i)),
                    {number, 413, "/api/report", "too large"});
    if (i == 1) rejections.note(project_of(0, 0), {2, 413, "/api/report", "again"});
  }
  CHECK(rejections.of(project_of(0, 0)).size() == 2);
  CHECK(rejections.of(project_of(0, 1)).empty());
  CHECK(rejections.of(project_of(0, 2)).size() == 1);
}

TEST_CASE("rejections: a long reason is cut between characters") {
  Rejections rejections;
  std::string reason = "x";
  while (reason.size() < 2 * Rejections::kMaxReasonBytes) reason += "\u00e9";
  rejections.note(project_of(0, 0), {1, 400, "/api/report", reason});
  const std::string kept = rejections.of(project_of(0, 0)).front().reason;
  CHECK(kept.size() == Rejections::kMaxReasonBytes - 1);
  CHECK(kept == reason.substr(0, kept.size()));
}

}  // namespace traceway::http
