// For tests: reports from JSON text.
#pragma once

#include "ingest/report_frame.h"
#include "ingest/test_support.h"

#include <string>
#include <string_view>
#include <utility>

namespace traceway::ingest::test {

constexpr std::string_view kRunId = "6f1e0c52-2a7b-4c0e-9d55-0b6a2f6f1a10";
constexpr std::string_view kRunHex = "6f1e0c522a7b4c0e9d550b6a2f6f1a10";
constexpr std::string_view kWhen = "2026-11-20T08:15:30.12Z";
constexpr std::int64_t kWhenNs = 1'795'162'530'120'000'000;

/// `'` stands for `"`, so that JSON reads as such in a test.
inline std::string unquoted(std::string_view json) {
  std::string out(json);
  for (char& c : out) {
    if (c == '\'') c = '"';
  }
  return out;
}

inline Report report_of(std::string_view json, const DecodeContext& with = context()) {
  auto report = decode_report(bytes_of(unquoted(json)), with);
  REQUIRE(report);
  return std::move(*report);
}

/// A report of one frame.
inline Report frame_of(std::string_view members, const DecodeContext& with = context()) {
  return report_of("{'collectionFrames':[{" + std::string(members) + "}]}", with);
}

/// A run with an id, a name, a time, and the members added.
inline std::string run_with(std::string_view members) {
  std::string out = "{'id':'" + std::string(kRunId) + "','endpoint':'GET /a','recordedAt':'";
  out += std::string(kWhen) + "'";
  if (!members.empty()) out += ',' + std::string(members);
  return out + '}';
}

/// The row of a run with those members.
inline Report run_of(std::string_view members, const DecodeContext& with = context()) {
  Report report = frame_of("'traces':[" + run_with(members) + "]", with);
  REQUIRE(report.batch.spans.size() >= 1);
  return report;
}

/// An exception with a text, a time, and the members added.
inline std::string exception_with(std::string_view members) {
  std::string out = "{'stackTrace':'Error: x','recordedAt':'" + std::string(kWhen) + "'";
  if (!members.empty()) out += ',' + std::string(members);
  return out + '}';
}

inline Report exception_of(std::string_view members) {
  Report report = frame_of("'stackTraces':[" + exception_with(members) + "]");
  REQUIRE(report.batch.exceptions.size() == 1);
  return report;
}

}  // namespace traceway::ingest::test
