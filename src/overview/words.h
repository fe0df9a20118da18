// Figures as the sentences of the overview write them: the formats of the dashboard.
#pragma once

#include <cstdint>
#include <string>

namespace traceway::overview {

/// `840 ns`, `4.31 ms`, `2.45 s`, `1 m 12 s`, `3 h 04 m`; thin spaces. Source: dashboard-ui 2.7.
[[nodiscard]] std::string duration_words(std::int64_t ns);
/// `9,999`, `12.3 k`, `1.04 M`.
[[nodiscard]] std::string count_words(std::int64_t count);
/// `3.2 %`, `<0.1 %` when there is something.
[[nodiscard]] std::string percent_words(double percent);
/// `1 run`, `2,400 runs`.
[[nodiscard]] std::string count_of(std::int64_t count, const std::string& noun);

}  // namespace traceway::overview
