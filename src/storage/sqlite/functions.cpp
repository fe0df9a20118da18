#include "storage/sqlite/functions.h"

#include "base/log.h"
#include "base/text.h"
#include "storage/sqlite/blocks/block_format.h"

#include <sqlite3.h>

#include <string>

namespace traceway::sqlite {

namespace {

std::string_view bytes_of(sqlite3_value* value) {
  const void* data = sqlite3_value_blob(value);
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

void stack_contains(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) {
  auto& buffer = *static_cast<std::string*>(sqlite3_user_data(context));
  const auto text = blocks::decompress(bytes_of(arguments[0]), buffer);
  const bool is_found = text && text::contains_ignore_case(*text, bytes_of(arguments[1]));
  sqlite3_result_int(context, is_found ? 1 : 0);
}

}  // namespace

void register_functions(sqlite3* database) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  const auto free_buffer = [](void* buffer) { delete static_cast<std::string*>(buffer); };
  const int code =
      sqlite3_create_function_v2(database, "stack_contains", 2, kFlags, new std::string(),
                                 stack_contains, nullptr, nullptr, free_buffer);
  if (code != SQLITE_OK) {
    log::error("storage", "an SQL function could not be registered", {{"code", code}});
  }
}

}  // namespace traceway::sqlite
