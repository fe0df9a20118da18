// OTLP protobuf logs under arbitrary bytes: refused or rows that keep their promises.
#include "otlp_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return traceway::fuzz::run_decoder(data, size, traceway::ingest::decode_logs_protobuf);
}
