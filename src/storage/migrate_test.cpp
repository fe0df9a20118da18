#include "storage/migrate.h"

#include "storage/query.h"

#include <doctest/doctest.h>

namespace traceway {

namespace {

const std::vector<MigrationStep> kSteps = {{1, "one", "", "a"}, {2, "two", "", "b"}};

bool says(const Result<std::size_t>& result, std::string_view part) {
  return !result && result.error().message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("migrate: the history decides what is pending") {
  CHECK(*check_history(kSteps, {}) == 0);
  CHECK(*check_history(kSteps, std::vector<AppliedMigration>{{1, "one", "a"}}) == 1);
  CHECK(*check_history(kSteps, std::vector<AppliedMigration>{{1, "one", "a"}, {2, "two", "b"}}) ==
        2);
}

TEST_CASE("migrate: a newer, altered or holed history is refused with a sentence") {
  using History = std::vector<AppliedMigration>;
  CHECK(says(check_history(kSteps, History{{1, "one", "a"}, {2, "two", "b"}, {3, "three", "c"}}),
             "newer Traceway"));
  CHECK(says(check_history(kSteps, History{{1, "one", "x"}}), "differs"));
  CHECK(says(check_history(kSteps, History{{1, "uno", "a"}}), "differs"));
  CHECK(says(check_history(kSteps, History{{2, "two", "b"}}), "hole"));
}

TEST_CASE("migrate: the embedded steps are numbered from one and never empty") {
  for (const char* database : {"main", "telemetry"}) {
    int expected = 1;
    for (const MigrationStep& step : migration_steps(database)) {
      CHECK(step.number == expected++);
      CHECK_FALSE(step.name.empty());
      CHECK_FALSE(step.sql.empty());
      CHECK(step.checksum.size() == 64);
    }
  }
  CHECK_FALSE(migration_steps("main").empty());
}

TEST_CASE("query files: names, parameters and sort columns come from the headers") {
  const auto parsed = parse_queries("things",
                                    "-- What this file is for.\n\n"
                                    "-- name: list\n-- params: a, b\n-- order: x,y\n"
                                    "-- why it is so\nSELECT 1;\n\n"
                                    "-- name: count\nSELECT\n  2;\n");
  REQUIRE(parsed);
  REQUIRE(parsed->size() == 2);
  const Query& list = parsed->front();
  CHECK(list.name == "things.list");
  CHECK(list.params == std::vector<std::string_view>{"a", "b"});
  CHECK(list.order == std::vector<std::string_view>{"x", "y"});
  CHECK(list.sql == "-- why it is so\nSELECT 1;");
  CHECK(parsed->back().name == "things.count");
  CHECK(parsed->back().params.empty());
  CHECK(parsed->back().sql == "SELECT\n  2;");
}

TEST_CASE("query files: what is not of that form is refused") {
  CHECK_FALSE(parse_queries("x", "SELECT 1;"));
  CHECK_FALSE(parse_queries("x", "-- params: a\n-- name: b\nSELECT 1;"));
  CHECK_FALSE(parse_queries("x", "-- name:\nSELECT 1;"));
  CHECK_FALSE(parse_queries("x", "-- name: a\n-- name: b\nSELECT 1;"));
  CHECK_FALSE(parse_queries("x", "-- name: a\n"));
}

}  // namespace traceway
