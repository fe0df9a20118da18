// Compressed request bodies for tests.
#pragma once

#include <string>
#include <string_view>

namespace traceway::test {

/// One gzip member.
[[nodiscard]] std::string gzip(std::string_view bytes);

}  // namespace traceway::test
