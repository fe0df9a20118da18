// Batches of invented log records for tests, from a printed seed. Tests only.
#pragma once

#include "storage/sqlite/batch_for_test.h"

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace traceway::sqlite {

/// The plain facts of one record, to compare with.
struct LogFact {
  std::int64_t timestamp = 0;
  int severity = 0;
  std::string service = {};
  std::string scope = {};
  std::string body = {};
  std::string user = {};
  std::string host = {};
  std::uint64_t trace = 0;  ///< BatchBuilder::id_of(); 0 = none
  std::int64_t number = 0;  ///< running number in the project
};

using LogMap = std::vector<std::pair<std::string, std::string>>;

/// Adds a record whose texts live in the builder's batch.
inline LogRecord& add_log(BatchBuilder& builder, const LogFact& fact) {
  LogRecord log;
  log.timestamp_ns = fact.timestamp;
  log.severity_number = static_cast<std::uint8_t>(fact.severity);
  log.service_name = builder.text(fact.service);
  log.scope_name = builder.text(fact.scope);
  log.body = builder.text(fact.body);
  if (fact.trace != 0) {
    log.trace = BatchBuilder::id_of(fact.trace);
    log.span = BatchBuilder::span_id_of(fact.trace);
  }
  log.resource_attributes = builder.attributes(LogMap{{"host", fact.host}});
  if (!fact.user.empty()) log.attributes = builder.attributes(LogMap{{"user", fact.user}});
  return builder.batch().logs.emplace_back(log);
}

/// Bodies of a small vocabulary, so that searches find some and miss some.
inline std::string random_body(std::mt19937_64& random) {
  static const std::vector<std::string> words = {
      "Connection", "refused",      "user",  "User_7",  "retry", "db-2", "ok",
      "timeout",    "GET",          "/cart", "order#9", "100%",  "_x",   "caf\xC3\xA9",
      "attempt=3",  "payload:null", "\t",    "A",       "ab",    "abc",  "abcd"};
  std::string out;
  for (auto left = random() % 7; left > 0; --left) {
    out += words[random() % words.size()];
    if (random() % 5 != 0) out += ' ';
  }
  return out;
}

inline LogFact random_log(std::mt19937_64& random, std::int64_t from_ns, std::int64_t range_ns) {
  LogFact fact;
  fact.timestamp =
      from_ns + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(range_ns));
  fact.severity = static_cast<int>(random() % 25);
  fact.service = "service-" + std::to_string(random() % 4);
  fact.scope = random() % 2 == 0 ? "http" : "";
  fact.body = random_body(random);
  if (random() % 3 == 0) fact.user = "u" + std::to_string(random() % 5);
  fact.host = "host-" + std::to_string(random() % 3);
  if (random() % 2 == 0) fact.trace = 1 + random() % 40;
  return fact;
}

}  // namespace traceway::sqlite
