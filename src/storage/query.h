// Named queries: the statements under sql/, embedded, found by "file.name".
#pragma once

#include <string_view>
#include <vector>

namespace traceway {

/// One statement of a file in sql/*/queries. Views into the executable.
struct Query {
  std::string_view name;  ///< "projects.list": file stem, dot, the name after `-- name:`
  std::string_view sql;
  std::vector<std::string_view> params;  ///< without the colon, from `-- params:`
  std::vector<std::string_view> order;   ///< allowed sort columns, from `-- order:`
};

/// The query of that name ("main" or "telemetry" database). A name that does not exist is a defect:
/// it logs and aborts; a unit test prepares every query so that this cannot ship.
[[nodiscard]] const Query& query(std::string_view database, std::string_view name);

/// All queries of a database, in file order.
[[nodiscard]] const std::vector<Query>& queries(std::string_view database);

}  // namespace traceway
