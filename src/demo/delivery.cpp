#include "demo/delivery.h"

#include "base/json.h"
#include "base/thread.h"
#include "http/body.h"

#include <protozero/pbf_reader.hpp>

#include <algorithm>
#include <utility>

namespace traceway::demo {

namespace {

using namespace std::chrono_literals;

constexpr int kConnections = 3;
constexpr std::size_t kMaxQueued = 8;
constexpr int kFastGzip = 1;
constexpr auto kNoAnswerPause = 1s;
constexpr auto kNoAnswerPatience = 60s;
constexpr auto kLastPatience = 5s;  // after an interrupt
constexpr int kDefaultWaitSeconds = 1;
constexpr int kMaxWaitSeconds = 30;

std::uint64_t records_of(const Tally& tally) {
  return tally.spans + tally.exceptions + tally.messages;
}

std::string_view route_of(const Upload& upload) {
  return upload.is_report ? "/api/report" : "/api/otel/v1/traces";
}

/// ExportTraceServiceResponse.partial_success.rejected.
std::uint64_t rejected_by_otlp(std::string_view body) {
  protozero::pbf_reader answer(body.data(), body.size());
  while (answer.next(1)) {
    protozero::pbf_reader partial = answer.get_message();
    if (partial.next(1)) return static_cast<std::uint64_t>(partial.get_int64());
  }
  return 0;
}

std::uint64_t rejected_by(const Upload& upload, std::string_view body) {
  if (!upload.is_report) return rejected_by_otlp(body);
  const auto answer = json::Value::parse(body);
  return answer ? static_cast<std::uint64_t>(answer->at("rejected").as_int().value_or(0)) : 0;
}

/// The sentence of a refusal: `error` of the JSON, `message` (2) of the OTLP Status.
std::string reason_of(const Upload& upload, std::string_view body) {
  if (upload.is_report) {
    const auto answer = json::Value::parse(body);
    return answer ? answer->at("error").as_string().value_or("") : "";
  }
  protozero::pbf_reader status(body.data(), body.size());
  return status.next(2) ? status.get_string() : std::string();
}

/// Reads of what a server sent; an answer that breaks off says nothing.
template <class T>
T readable(T (*read)(const Upload&, std::string_view), const Upload& upload,
           std::string_view body) {
  try {
    return read(upload, body);
  } catch (const protozero::exception&) {
    return {};
  }
}

std::string refusal_of(const Upload& upload, const http::ClientAnswer& answer) {
  const std::string reason = readable(reason_of, upload, answer.body);
  return "the server answered " + std::to_string(answer.status) + " to " +
         std::string(route_of(upload)) + (reason.empty() ? "" : ": " + reason);
}

}  // namespace

Delivery::Delivery(Target target) : target_(std::move(target)) {
  status_.stored.resize(target_.tokens.size());
  for (int i = 0; i < kConnections; ++i) {
    threads_.push_back(start_thread("demo-" + std::to_string(i + 1),
                                    [this](const std::stop_token& stop) { run(stop); }));
  }
}

Delivery::~Delivery() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

bool Delivery::push(Upload&& upload, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] { return queue_.size() < kMaxQueued || !status_.failure.empty(); });
  if (!status_.failure.empty()) {
    status_.unsent += records_of(upload.tally);
    return false;
  }
  queue_.push_back(std::move(upload));
  changed_.notify_all();
  return true;
}

void Delivery::finish(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto is_done = [&] { return queue_.empty() && in_flight_ == 0; };
  if (changed_.wait(lock, stop, is_done)) return;
  if (changed_.wait_for(lock, kLastPatience, is_done)) return;
  for (const Upload& upload : queue_) status_.unsent += records_of(upload.tally);
  queue_.clear();
  is_hurried_ = true;
  changed_.notify_all();
  changed_.wait(lock, is_done);
}

DeliveryStatus Delivery::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool Delivery::take(Upload& upload, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [&] { return !queue_.empty(); })) return false;
  upload = std::move(queue_.front());
  queue_.pop_front();
  ++in_flight_;
  changed_.notify_all();
  return true;
}

bool Delivery::has_failed() const {
  const std::lock_guard lock(mutex_);
  return !status_.failure.empty();
}

void Delivery::run(const std::stop_token& stop) {
  auto client = http::Client::open(target_.url);
  Upload upload;
  while (take(upload, stop)) {
    if (!client || has_failed()) {
      give_up(upload, client ? "" : client.error().message);
    } else {
      deliver(*client, upload);
    }
    const std::lock_guard lock(mutex_);
    --in_flight_;
    changed_.notify_all();
  }
}

void Delivery::deliver(http::Client& client, const Upload& upload) {
  const std::string body = http::gzip(upload.body, kFastGzip);
  http::ClientRequest request;
  request.target = route_of(upload);
  request.bearer = target_.tokens[upload.project];
  if (!upload.is_report) request.content_type = "application/x-protobuf";
  request.content_encoding = "gzip";
  request.body = body;
  auto silent_since = std::chrono::steady_clock::now();
  while (true) {
    const auto answer = client.send(request);
    const auto now = std::chrono::steady_clock::now();
    std::chrono::milliseconds wait = kNoAnswerPause;
    if (answer) {
      silent_since = now;
      note_answer(upload, *answer);
      if (answer->status == 200) return;
      if (answer->status != 429 && answer->status != 503) {
        return give_up(upload, refusal_of(upload, *answer));
      }
      const int asked = answer->retry_after_s > 0 ? answer->retry_after_s : kDefaultWaitSeconds;
      wait = std::chrono::seconds(std::min(asked, kMaxWaitSeconds));
    } else if (now - silent_since > kNoAnswerPatience) {
      return give_up(upload,
                     "the server has not answered for a minute (" + answer.error().message + ")");
    }
    if (!pause(wait)) return give_up(upload, {});
  }
}

bool Delivery::pause(std::chrono::milliseconds length) {
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, length, [&] { return is_hurried_ || !status_.failure.empty(); }))
    return false;
  ++status_.retried;
  return true;
}

void Delivery::note_answer(const Upload& upload, const http::ClientAnswer& answer) {
  const std::lock_guard lock(mutex_);
  if (answer.status == 429 || answer.status == 503) ++status_.refused;
  if (answer.status != 200) return;
  status_.stored[upload.project] += upload.tally;
  status_.rejected += readable(rejected_by, upload, answer.body);
}

void Delivery::give_up(const Upload& upload, std::string reason) {
  const std::lock_guard lock(mutex_);
  status_.unsent += records_of(upload.tally);
  if (status_.failure.empty()) status_.failure = std::move(reason);
  changed_.notify_all();
}

}  // namespace traceway::demo
