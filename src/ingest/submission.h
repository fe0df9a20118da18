// The last step of every ingest route: a job to the writer, and its answer when the rows are
// stored.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "http/later.h"
#include "http/request.h"
#include "http/response.h"
#include "ingest/decode_context.h"
#include "model/batch.h"
#include "model/metric_registry.h"
#include "pipeline/batcher.h"
#include "storage/telemetry_db.h"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace traceway {
struct Services;
}

namespace traceway::ingest {

/// How one request is answered, whatever becomes of its rows, in the words of its protocol.
/// Outlives the request; any thread.
class Outcome {
 public:
  /// Takes the batch's metric definitions, for stored().
  Outcome(TelemetryBatch& batch, MetricRegistry& registry)
      : project_(batch.project),
        definitions_(std::move(batch.metric_definitions)),
        registry_(registry) {}

  virtual ~Outcome() = default;
  [[nodiscard]] virtual http::Response success() const = 0;
  [[nodiscard]] virtual http::Response error(const Error& why) const = 0;
  /// The writer's word: all rows, some of them, or none. Source: write-pipeline 4.
  [[nodiscard]] virtual http::Response after_commit(const pipeline::CommitResult& result) const = 0;

  /// The rows are committed, or accepted where nobody waits: their metrics become known.
  void stored() const { registry_.note(project_, definitions_); }

 private:
  Uuid project_;
  std::vector<MetricDefinition> definitions_;
  MetricRegistry& registry_;
};

/// What a job is answered that was not committed: clients discard their data on 500, so whatever
/// can heal is 503.
[[nodiscard]] Error not_committed(const pipeline::CommitResult& result);

/// "3 records could not be stored (constraint)": the words of a partial answer.
[[nodiscard]] std::string rejection_text(const pipeline::CommitResult& result);

/// Hands the job to the writer. The answer follows the commit and frees the worker; where nobody
/// waits (`--ack enqueue`, `Prefer: respond-async`) it follows at once, and a crash may lose the
/// rows.
[[nodiscard]] Result<http::Response> submit(Prepared&& job,
                                            const std::shared_ptr<const Outcome>& outcome,
                                            const http::Request& request, http::Later& later,
                                            Services& services);

/// Memory for parsing `body` as JSON, held while the lease lives. Errors: kTooLarge when no request
/// may have as much, kUnavailable when others have it at the moment.
[[nodiscard]] Result<ByteLease> reserve_parser(std::span<const char> body, Services& services);

/// What a decoder needs to know of the request's project.
[[nodiscard]] DecodeContext context_of(const http::Request& request, const Services& services);

}  // namespace traceway::ingest
