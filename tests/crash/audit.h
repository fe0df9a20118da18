// What the server has of what was sent to it.
#pragma once

#include "crash/signals.h"

#include <cstdint>
#include <string>
#include <vector>

namespace traceway::crash {

struct Findings {
  int whole = 0;
  int absent = 0;
  int lost = 0;                            ///< acknowledged and not whole
  int half = 0;                            ///< some of it is there
  int twice = 0;                           ///< more is there than was sent
  std::vector<std::string> examples = {};  ///< of what is wrong, a few

  [[nodiscard]] bool is_clean() const { return lost == 0 && half == 0 && twice == 0; }

  Findings& operator+=(const Findings& other);
};

/// Asks for each request through the API.
[[nodiscard]] Findings audit(const Scene& scene, test::HttpClient& client,
                             const std::vector<Sent>& sent);

/// Sends every request again that was not acknowledged, and some that were, as clients do that have
/// missed the answer. How many were refused.
[[nodiscard]] int retry(test::HttpClient& client, std::vector<Sent>& sent, std::mt19937_64& random);

/// After the retries the server's own counts must equal what was sent: one for each request.
[[nodiscard]] Findings compare_counts(const Scene& scene, test::HttpClient& client,
                                      const std::vector<Sent>& sent);

}  // namespace traceway::crash
