// Exceptions of a batch as the rows that the writer stores: everything computed that needs no
// database.
#pragma once

#include "base/bytes.h"
#include "model/batch.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::sqlite {

/// One exception. Views into the arena it was made with.
struct PreparedException {
  Exception row;  ///< its texts live in the arena; `attributes` is not used
  std::string_view attributes_json;
  std::string_view type;        ///< "java.lang.IllegalStateException", empty for messages
  std::string_view first_line;  ///< of the stack text
  std::string_view user_id;     ///< whom it happened to, empty when unknown
  std::string_view run_name;  ///< the endpoint or task of its span or of the nearest span above it;
                              ///< empty when that is not in the batch
  Uuid content_hash;          ///< of the stack text
  std::size_t stack_bytes = 0;  ///< of the stack text
  std::string_view compressed;  ///< the stack text as put_compressed() wrote it
};

/// A JSON object of strings; of a repeated key the last value.
[[nodiscard]] std::string map_json(std::span<const Attribute> map);

/// The batch's exceptions, in its order. Pure CPU, any thread.
[[nodiscard]] std::vector<PreparedException> prepare_exceptions(const TelemetryBatch& batch,
                                                                Arena& arena);

}  // namespace traceway::sqlite
