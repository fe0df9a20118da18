#include "demo/outbox.h"

#include "demo/company.h"

#include <algorithm>
#include <utility>

namespace traceway::demo {

namespace {

constexpr std::size_t kRecordsPerRequest = 512;  // of OpenTelemetry's batch processor

}  // namespace

bool Outbox::speaks_report(ServiceId service) const {
  return has_report_ && service_of(service).is_native;
}

Batch& Outbox::batch_of(ServiceId service, std::size_t host, std::int64_t at_ns) {
  auto& batches = pending_[static_cast<std::size_t>(service)].batches;
  std::string version = timeline_.version(service, at_ns);
  const auto found = std::ranges::find_if(
      batches, [&](const Batch& batch) { return batch.host == host && batch.version == version; });
  if (found != batches.end()) return *found;
  batches.push_back({service, host, std::move(version)});
  return batches.back();
}

void Outbox::add(Activity&& activity) {
  // One release for all of it: what has begun is finished by the program that began it.
  const std::int64_t began_ns = activity.work.front().start_ns;
  for (Work& work : activity.work) {
    ++pending_[static_cast<std::size_t>(work.service)].records;
    batch_of(work.service, work.host, began_ns).work.push_back(std::move(work));
  }
  for (Notice& notice : activity.notices) {
    if (!speaks_report(notice.service)) continue;
    ++pending_[static_cast<std::size_t>(notice.service)].records;
    batch_of(notice.service, notice.host, began_ns).notices.push_back(std::move(notice));
  }
  for (std::size_t service = 0; service < pending_.size(); ++service) {
    if (pending_[service].records >= kRecordsPerRequest) send_all_of(service);
  }
}

void Outbox::flush() {
  for (std::size_t service = 0; service < pending_.size(); ++service) {
    if (pending_[service].records > 0) send_all_of(service);
  }
}

void Outbox::send_all_of(std::size_t service) {
  const Pending pending = std::exchange(pending_[service], {});
  const auto id = static_cast<ServiceId>(service);
  Upload upload;
  upload.project = service_of(id).project;
  upload.is_report = speaks_report(id);
  if (!upload.is_report) upload.body = to_otlp(pending.batches);
  for (const Batch& batch : pending.batches) {
    for (const Work& work : batch.work) upload.tally += tally_of(work);
    for (const Notice& notice : batch.notices) upload.tally += tally_of(notice);
    if (!upload.is_report) continue;
    upload.body = to_report(batch);
    send_(std::exchange(upload, {upload.project, true, {}, {}}));
  }
  if (!upload.is_report) send_(std::move(upload));
}

}  // namespace traceway::demo
