#include "api/impact.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace traceway::api {

namespace {

constexpr double kHealthyBelow = 0.25;

/// The five terms, each 0…1.
struct Terms {
  double p99 = 0;
  double volume = 0;
  double client_errors = 0;
  double failure_rate = 0;
  double apdex = 0;
};

double rate_term(double rate) {
  if (rate > 0.33) return 0.75;
  if (rate > 0.20) return 0.5;
  return rate > 0.10 ? 0.25 : 0;
}

double p99_term(double p99_ms) {
  if (p99_ms > 8000) return 0.75;
  if (p99_ms > 6000) return 0.5;
  return p99_ms > 3000 ? 0.25 : 0;
}

double client_error_term(const ImpactInput& input) {
  if (input.rows <= 10 || input.endpoint == "UNMATCHED") return 0;
  const double share = static_cast<double>(input.client_errors) / static_cast<double>(input.rows);
  if (share > 0.5) return 0.75;
  return share > 0.25 ? 0.5 : 0;
}

/// Conditions in the order of the table, across the rate classes: the first that holds wins.
double volume_term(double rate, std::int64_t bad) {
  struct Line {
    double rate_above;
    std::int64_t bad_from;
    double score;
  };

  constexpr Line kLines[] = {{0.10, 500, 0.75}, {0.10, 50, 0.5},  {0.05, 2000, 0.75},
                             {0.05, 500, 0.5},  {0.05, 50, 0.25}, {0.01, 10'000, 0.75},
                             {0.01, 2000, 0.5}, {0.01, 500, 0.25}};
  for (const Line& line : kLines) {
    if (rate > line.rate_above && bad >= line.bad_from) return line.score;
  }
  return 0;
}

std::string printed(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string duration_text(double ms) {
  if (ms < 1000) return printed("%.0fms", ms);
  return ms >= 10'000 ? printed("%.0fs", ms / 1000) : printed("%.1fs", ms / 1000);
}

/// 1234 -> "1,234"; from a million "1.2M".
std::string count_text(std::int64_t count) {
  if (count >= 1'000'000) return printed("%.1fM", static_cast<double>(count) / 1e6);
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string percent_text(double share) {
  return printed("%.0f%%", share * 100);
}

std::string errors_text(std::int64_t bad, double rate, const char* noun) {
  return count_text(bad) + noun + printed("%.1f%% error rate", rate * 100);
}

Impact judge_stream(const ImpactInput& input) {
  const auto rows = static_cast<double>(input.rows);
  const double rate = static_cast<double>(input.server_errors) / rows;
  const double volume = volume_term(rate, input.server_errors);
  const double client = client_error_term(input);
  const double failing = rate_term(rate);
  const double score = std::max({volume, client, failing});
  if (score < kHealthyBelow) return {score, "Streaming endpoint is healthy"};
  if (score == volume)
    return {score, errors_text(input.server_errors, rate, " server errors with ")};
  if (score == client) {
    const double share = static_cast<double>(input.client_errors) / rows;
    return {score, percent_text(share) + " of stream requests returning 4xx errors"};
  }
  return {score, percent_text(rate) + " of stream requests returning 5xx errors"};
}

}  // namespace

Impact impact_of(const ImpactInput& input) {
  if (input.rows <= 0) return {0, "Endpoint is healthy"};
  if (input.is_stream) return judge_stream(input);
  const auto rows = static_cast<double>(input.rows);
  const std::int64_t bad = input.rows - input.satisfied - input.tolerable;
  const double rate = static_cast<double>(bad) / rows;
  const auto satisfied = static_cast<double>(input.satisfied);
  const Terms terms = {
      .p99 = p99_term(input.p99_ms - input.offset_ms),
      .volume = volume_term(rate, bad),
      .client_errors = client_error_term(input),
      .failure_rate = rate_term(rate),
      .apdex = 1 - (satisfied + static_cast<double>(input.tolerable) / 2) / rows,
  };
  const double score =
      std::max({terms.p99, terms.volume, terms.client_errors, terms.failure_rate, terms.apdex});
  if (score < kHealthyBelow) return {score, "Endpoint is healthy"};
  if (score == terms.p99) return {score, "P99 latency is " + duration_text(input.p99_ms)};
  if (score == terms.volume) return {score, errors_text(bad, rate, " errors with ")};
  if (score == terms.client_errors) {
    const double share = static_cast<double>(input.client_errors) / rows;
    return {score, percent_text(share) + " of requests returning 4xx errors"};
  }
  const double slow_or_failing = score == terms.failure_rate ? rate : 1 - satisfied / rows;
  return {score, percent_text(slow_or_failing) + " of requests are slow or failing"};
}

}  // namespace traceway::api
