#include "api/impact.h"

#include <doctest/doctest.h>

namespace traceway::api {

TEST_CASE("impact: each term wins where the table says so") {
  struct Case {
    const char* what;
    ImpactInput input;
    double score;
    const char* reason;
  };

  const Case cases[] = {
      {"no rows", {}, 0, "Endpoint is healthy"},
      {"all fast", {"GET /", 100, 100, 0, 0, 0, 20, 0, false}, 0, "Endpoint is healthy"},
      {"fast but failing",
       {"GET /", 100, 60, 0, 0, 40, 20, 0, false},
       0.75,
       "40% of requests are slow or failing"},
      {"all tolerable",
       {"GET /", 100, 0, 100, 0, 0, 1400, 0, false},
       0.5,
       "100% of requests are slow or failing"},
      {"slow tail", {"GET /", 1000, 990, 9, 0, 0, 9000, 0, false}, 0.75, "P99 latency is 9.0s"},
      {"very slow tail",
       {"GET /", 1000, 990, 9, 0, 0, 12'400, 0, false},
       0.75,
       "P99 latency is 12s"},
      {"slow by nature",
       {"GET /", 1000, 1000, 0, 0, 0, 9000, 8500, false},
       0,
       "Endpoint is healthy"},
      {"client errors",
       {"GET /", 100, 100, 0, 40, 0, 10, 0, false},
       0.5,
       "40% of requests returning 4xx errors"},
      {"client errors of few", {"GET /", 10, 10, 0, 10, 0, 10, 0, false}, 0, "Endpoint is healthy"},
      {"catch-all is exempt",
       {"UNMATCHED", 100, 100, 0, 100, 0, 10, 0, false},
       0,
       "Endpoint is healthy"},
      {"volume",
       {"GET /", 10'000, 8766, 0, 0, 1234, 10, 0, false},
       0.75,
       "1,234 errors with 12.3% error rate"},
      {"volume at a low rate",
       {"GET /", 50'000, 49'400, 0, 0, 600, 10, 0, false},
       0.25,
       "600 errors with 1.2% error rate"},
      {"stream is not judged by latency",
       {"GET /live", 100, 0, 0, 0, 0, 60'000, 0, true},
       0,
       "Streaming endpoint is healthy"},
      {"failing stream",
       {"GET /live", 100, 0, 0, 0, 35, 60'000, 0, true},
       0.75,
       "35% of stream requests returning 5xx errors"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    const Impact impact = impact_of(one.input);
    CHECK(impact.score == doctest::Approx(one.score));
    CHECK(impact.reason == one.reason);
  }
}

}  // namespace traceway::api
