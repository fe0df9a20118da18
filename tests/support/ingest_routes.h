// The ingest routes of the executable under test, and for each of them a body that is good.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::test {

enum class Signal : std::uint8_t { kReport, kTraces, kMetrics, kLogs };
enum class Encoding : std::uint8_t { kJson, kProtobuf };

struct IngestRoute {
  Signal signal = Signal::kReport;
  std::string path;

  [[nodiscard]] bool is_otlp() const { return signal != Signal::kReport; }

  [[nodiscard]] std::vector<Encoding> encodings() const;

  /// A small request of one record that no other call has made. A report knows JSON only.
  [[nodiscard]] std::string good(Encoding encoding) const;
};

/// Media type of a body in this encoding.
[[nodiscard]] std::string_view media_type(Encoding encoding);

/// The executable's own list, in its order. Fails the running test for a route that takes a project
/// token and is not known here: it needs a good body and rows in the matrix.
[[nodiscard]] const std::vector<IngestRoute>& ingest_routes();

/// Empty while the server has no such route; the running test says so.
[[nodiscard]] std::optional<IngestRoute> find_route(Signal signal);

/// True when `traceway routes` lists it: "POST", "/api/logs".
[[nodiscard]] bool has_route(std::string_view method, std::string_view pattern);

}  // namespace traceway::test
