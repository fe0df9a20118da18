// Content decoding under arbitrary bytes: never more than the limit, nothing kept when it fails.
#include "http/body.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t kLimit = 256U << 10U;
constexpr std::array<std::string_view, 4> kEncodings = {"gzip", "deflate", "", "br"};

void require(bool claim) {
  if (!claim) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto* bytes = reinterpret_cast<const char*>(data);
  traceway::ByteBudget budget(kLimit + kLimit / 2);
  {
    const auto decoded = traceway::http::decode_body(std::vector<char>(bytes + 1, bytes + size),
                                                     traceway::ByteLease(budget),
                                                     kEncodings[data[0] % 4], kLimit, budget);
    if (decoded) {
      require(decoded->bytes.size() <= kLimit);
    } else {
      require(!decoded.error().message.empty());
      require(budget.used() == 0);
    }
  }
  require(budget.used() == 0);
  return 0;
}
