// What services have to report, gathered until it fills a request, as their SDKs' batch processors
// do.
#pragma once

#include "demo/activity.h"
#include "demo/encode.h"
#include "demo/timeline.h"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace traceway::demo {

/// One request to an ingest route.
struct Upload {
  std::size_t project = 0;  ///< index into projects()
  bool is_report = false;   ///< /api/report, else the OTLP route
  std::string body;         ///< not compressed yet
  Tally tally;
};

/// Not thread-safe.
class Outbox {
 public:
  /// has_report: whether the server takes native reports. If not, native services report by OTLP
  /// and their notices are left out.
  Outbox(const Timeline& timeline, bool has_report, std::function<void(Upload&&)> send)
      : timeline_(timeline), has_report_(has_report), send_(std::move(send)) {}

  /// The activity has at least one piece of work.
  void add(Activity&& activity);
  /// Sends what has not filled a request.
  void flush();

 private:
  struct Pending {
    std::vector<Batch> batches;  // one per host and release
    std::size_t records = 0;
  };

  [[nodiscard]] bool speaks_report(ServiceId service) const;
  Batch& batch_of(ServiceId service, std::size_t host, std::int64_t at_ns);
  void send_all_of(std::size_t service);

  const Timeline& timeline_;
  bool has_report_;
  std::function<void(Upload&&)> send_;
  std::array<Pending, static_cast<std::size_t>(ServiceId::kCount)> pending_;
};

}  // namespace traceway::demo
