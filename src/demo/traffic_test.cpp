// The company's day: what it reports is decoded by the server's own decoders, and counted as it
// counted itself.
#include "demo/traffic.h"

#include "demo/company.h"
#include "demo/outbox.h"
#include "ingest/grouping.h"
#include "ingest/otlp.h"
#include "ingest/report_frame.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

namespace traceway::demo {

namespace {

constexpr std::int64_t kNow = 1'795'610'460'000'000'000;  // a Wednesday, 12:41 UTC

/// Everything reported between two times, in the order it was sent.
std::vector<Upload> reported(std::uint64_t seed, std::int64_t from_ns, std::int64_t to_ns,
                             bool has_report = true) {
  const Traffic traffic(seed, kNow);
  std::vector<Upload> uploads;
  Outbox outbox(traffic.timeline(), has_report,
                [&](Upload&& upload) { uploads.push_back(std::move(upload)); });
  for (std::int64_t minute = from_ns; minute < to_ns; minute += kMinuteNs) {
    for (Activity& activity : traffic.minute(minute, 1)) outbox.add(std::move(activity));
  }
  outbox.flush();
  return uploads;
}

std::vector<Upload> a_day(std::uint64_t seed, bool has_report = true) {
  return reported(seed, kNow - kDayNs, kNow, has_report);
}

TelemetryBatch decoded(const Upload& upload) {
  ingest::DecodeContext context;
  context.project = *parse_uuid("00000000-0000-0000-0000-000000000001");
  context.received_ns = kNow;
  std::vector<char> body(upload.body.begin(), upload.body.end());
  if (upload.is_report) {
    auto report = ingest::decode_report(std::move(body), context);
    REQUIRE(report);
    CHECK(report->rejected == 0);
    CHECK(report->errors.empty());
    return std::move(report->batch);
  }
  auto batch = ingest::decode_traces_protobuf(std::move(body), context);
  REQUIRE(batch);
  CHECK(batch->rejected == 0);
  return std::move(*batch);
}

Tally tally_of(const TelemetryBatch& batch) {
  Tally tally;
  tally.spans = batch.spans.size();
  for (const Span& span : batch.spans) {
    if (span.entity == EntityKind::kEndpoint) ++tally.requests;
    if (span.entity == EntityKind::kTask) ++tally.tasks;
  }
  for (const Exception& row : batch.exceptions)
    ++(row.is_message ? tally.messages : tally.exceptions);
  return tally;
}

}  // namespace

TEST_CASE("demo traffic: the decoders count every upload as the demo does, and reject nothing") {
  for (const bool has_report : {true, false}) {
    CAPTURE(has_report);
    Tally total;
    for (const Upload& upload : a_day(11, has_report)) {
      CHECK(tally_of(decoded(upload)) == upload.tally);
      CHECK(upload.body.size() < 1'000'000);
      total += upload.tally;
    }
    CHECK(total.requests > 10'000);
    CHECK(total.tasks > 300);
    CHECK(total.exceptions > 100);
    CHECK((total.messages > 0) == has_report);
  }
}

TEST_CASE("demo traffic: a seed repeats every byte, another seed does not") {
  const auto bodies_of = [](const std::vector<Upload>& uploads) {
    std::vector<std::string> bodies;
    for (const Upload& upload : uploads) bodies.push_back(upload.body);
    return bodies;
  };
  const std::int64_t from = kNow - 2 * kHourNs;
  const auto first = bodies_of(reported(3, from, kNow));
  CHECK(first == bodies_of(reported(3, from, kNow)));
  CHECK(first != bodies_of(reported(4, from, kNow)));
  CHECK(first.size() > 5);
}

TEST_CASE("demo traffic: one order is one trace through gateway, orders, warehouse and payments") {
  std::size_t complete = 0;
  const Traffic traffic(5, kNow);
  for (std::int64_t minute = kNow - 3 * kHourNs; minute < kNow; minute += kMinuteNs) {
    for (const Activity& activity : traffic.minute(minute, 1)) {
      std::map<std::uint64_t, const Work*> by_id;
      std::set<ServiceId> reached;
      for (const Work& work : activity.work) {
        CHECK(work.trace == activity.work.front().trace);
        CHECK(by_id.emplace(work.id, &work).second);
        reached.insert(work.service);
        if (&work == &activity.work.front()) continue;
        // A parent comes first and, but for a message's task, holds its children.
        REQUIRE(by_id.contains(work.parent));
        const Work& above = *by_id[work.parent];
        CHECK(work.start_ns >= above.start_ns);
        if (!work.is_task) CHECK(work.end_ns() <= above.end_ns());
      }
      complete +=
          reached == std::set{ServiceId::kGateway, ServiceId::kOrders, ServiceId::kWarehouse,
                              ServiceId::kPayments, ServiceId::kWorker}
              ? 1U
              : 0U;
    }
  }
  CHECK(complete > 20);
}

TEST_CASE("demo traffic: within a day the database, a release and the provider each have trouble") {
  std::map<std::string, int> exceptions;
  std::set<std::string> versions;
  std::set<std::string> users;
  std::set<std::string> hosts;
  for (const Upload& upload : a_day(21)) {
    const TelemetryBatch batch = decoded(upload);
    for (const Exception& row : batch.exceptions) {
      const std::string text(row.stack_trace);
      ++exceptions[text.substr(0, text.find('\n'))];
    }
    for (const Span& span : batch.spans) {
      if (span.service_name == "orders") versions.emplace(span.service_version);
      for (std::uint32_t i = 0; i < span.attributes.count; ++i) {
        const Attribute& one = batch.attributes[span.attributes.first + i];
        if (one.key == "user.id") users.emplace(one.value);
      }
      hosts.emplace(span.resource_json);
    }
  }
  const auto seen = [&](std::string_view part) {
    int count = 0;
    for (const auto& [line, times] : exceptions)
      count += line.find(part) != std::string::npos ? times : 0;
    return count;
  };
  CHECK(seen("statement timeout") > 0);
  CHECK(seen("nil pointer dereference") > 2);
  CHECK(seen("ProviderUnavailableException") > 2);
  CHECK(versions == std::set<std::string>{"2.113.1", "2.114.0", "2.114.1"});
  CHECK(users.size() > 300);
  CHECK(hosts.size() > 8);
}

TEST_CASE("demo traffic: nights are quiet, and the back office has weekends") {
  const Timeline timeline(kNow);
  const std::int64_t midnight = kNow / kDayNs * kDayNs;
  CHECK(timeline.shoppers(midnight + 19 * kHourNs) > 3 * timeline.shoppers(midnight + 3 * kHourNs));
  const std::int64_t ten = midnight + 10 * kHourNs;
  CHECK(timeline.staff(ten) > 5 * timeline.staff(ten + 3 * kDayNs));  // Saturday
  double sum = 0;
  for (int minute = 0; minute < 7 * 24 * 60; ++minute)
    sum += timeline.shoppers(midnight + minute * kMinuteNs);
  CHECK(sum / (7 * 24 * 60) == doctest::Approx(1).epsilon(0.02));
}

TEST_CASE("demo failures: ids and addresses vary, the issue stays one") {
  std::set<std::string> hashes;
  int varying = 0;
  for (auto kind = FailureKind::kNodeUndefinedPrice; kind <= FailureKind::kBrowserChunk;
       kind = static_cast<FailureKind>(static_cast<int>(kind) + 1)) {
    Random random(31, static_cast<std::uint64_t>(kind));
    const Failure one = make_failure(kind, random);
    const Failure two = make_failure(kind, random);
    CAPTURE(one.stack);
    for (const char* hole : {"{n}", "{x}", "{u}", "{i}", "{m}"})
      CHECK(one.stack.find(hole) == std::string::npos);
    CHECK(ingest::exception_hash(one.stack, false) == ingest::exception_hash(two.stack, false));
    CHECK(hashes.insert(ingest::exception_hash(one.stack, false)).second);
    varying += one.stack != two.stack ? 1 : 0;
  }
  CHECK(varying > 8);
}

}  // namespace traceway::demo
