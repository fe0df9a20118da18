// What holds for the rows of any OTLP request, whatever its bytes.
#pragma once

#include "ingest/otlp.h"
#include "row_check.h"

#include <utility>

namespace traceway::fuzz {

template <class Decode>
int run_decoder(const std::uint8_t* data, std::size_t size, Decode decode) {
  constexpr std::size_t kIdBytes = 8;
  if (size == 0) return 0;
  FuzzedRequest request = fuzzed_request(data, size);
  const auto batch = decode(std::move(request.body), request.context);
  if (!batch) {
    require(batch.error().code == ErrorCode::kMalformed ||
            batch.error().code == ErrorCode::kTooLarge);
    return 0;
  }
  require_rows(*batch, kIdBytes);
  for (const Exception& row : batch->exceptions) require(!row.stack_trace.empty());
  require((batch->rejected == 0) == batch->rejected_reason.empty());
  return 0;
}

}  // namespace traceway::fuzz
