// Rows of a report: a run as the endpoint or task and the spans it is, exceptions beside it, one
// part of the batch per frame. Source: ingest 3.11 to 3.13.
#pragma once

#include "ingest/exceptions.h"
#include "ingest/metric_builder.h"
#include "ingest/report_names.h"
#include "ingest/report_values.h"
#include "ingest/span_index.h"
#include "model/batch.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace traceway::ingest {

/// Who reports, clean and cut.
struct ReportSource {
  std::string_view app_version;
  std::string_view server_name;
};

/// Fills a batch frame by frame: begin_frame, then runs and exceptions in wire order, end_frame;
/// finish once at the end. A run is begin_run, add_span..., end_run. Functions that return text say
/// why the element was skipped; empty: it was not. Not thread-safe.
class ReportRows {
 public:
  ReportRows(TelemetryBatch& batch, const DecodeContext& context, const ReportSource& source)
      : batch_(batch),
        context_(context),
        source_(source),
        index_(hash64(batch.digest.view())),
        definitions_(batch) {}

  /// `frame_id`: zero when the client gave none.
  void begin_frame(const Uuid& digest, const Uuid& frame_id);
  [[nodiscard]] std::string_view begin_run(const Members<RunField>& run);
  [[nodiscard]] std::string_view add_span(const Members<SpanField>& span);
  void end_run();
  [[nodiscard]] std::string_view add_exception(const Members<ExceptionField>& exception);
  [[nodiscard]] std::string_view add_metric(const Members<MetricField>& metric);
  void end_frame();
  /// Healthy health checks leave, when the project wants that.
  void finish();

  [[nodiscard]] bool is_too_large() const {
    return batch_.attributes.size() > kMaxStoredAttributes;
  }

 private:
  void read_entity(const Members<RunField>& run, Span& root);
  [[nodiscard]] std::string_view exception_text_of(const Members<ExceptionField>& exception);
  /// Of spans with one id the longer one stays; nothing takes the place of a run.
  void keep(const Span& span);

  TelemetryBatch& batch_;
  const DecodeContext& context_;
  const ReportSource source_;
  SpanIndex index_;
  ExceptionIds ids_;
  MetricDefinitions definitions_;
  report_values::AttributeMaps maps_;
  std::vector<Span> run_;  ///< the current run: its own span, then its children
  Uuid frame_digest_;
  Uuid frame_id_;
  std::size_t exceptions_in_frame_ = 0;  ///< skipped ones too
  std::size_t first_span_ = 0;           ///< of the frame, in the batch
  std::size_t first_exception_ = 0;      ///< of the frame, in the batch
  std::size_t first_point_ = 0;          ///< of the frame, in the batch
};

}  // namespace traceway::ingest
