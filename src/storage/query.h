// Named queries: the statements under sql/, embedded, found by "file.name".
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace traceway {

/// One statement of a file in sql/*/queries. Views into the executable.
struct Query {
  std::string name;      ///< "projects.list": file stem, dot, the name after `-- name:`
  std::string_view sql;  ///< without the header lines
  std::vector<std::string_view> params;  ///< without the colon, from `-- params:`
  std::vector<std::string_view> order;   ///< allowed sort columns, from `-- order:`
};

/// The query of that name of a folder under sql/: "main", "telemetry", or "shared" (both
/// databases). A name that does not exist is a defect: it logs and aborts; a unit test prepares
/// every query so that this cannot ship.
[[nodiscard]] const Query& query(std::string_view database, std::string_view name);

/// All queries of a database, in file order.
[[nodiscard]] const std::vector<Query>& queries(std::string_view database);

/// The statements of one file. Each begins with `-- name: x`, then optionally `-- params: a, b` and
/// `-- order: a, b`. The views point into `text`. Errors: kInternal with what is wrong and where.
[[nodiscard]] Result<std::vector<Query>> parse_queries(std::string_view stem,
                                                       std::string_view text);

}  // namespace traceway
