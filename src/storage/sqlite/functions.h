// Our own SQL functions, known to every connection.
#pragma once

struct sqlite3;

namespace traceway::sqlite {

/// stack_contains(data, needle): 1 when the stack text that put_compressed() wrote as `data`
/// contains `needle`, ASCII letters of either case being equal; 0 otherwise, for damaged data, too.
void register_functions(sqlite3* database);

}  // namespace traceway::sqlite
