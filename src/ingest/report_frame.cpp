// simdjson's DOM rather than on-demand reading, as for OTLP: members come in any order, and a body
// must be refused for a syntax error even where nothing of it is used.
#include "ingest/report_frame.h"

#include "base/log.h"
#include "ingest/json_body.h"
#include "ingest/report_rows.h"

#include <cmath>
#include <exception>
#include <span>

namespace traceway::ingest {

namespace {

using report_values::Element;
using Object = simdjson::dom::object;

/// Where an element stands, for whoever reads the answer.
struct Place {
  std::string_view list;
  std::size_t index = 0;
  const Place* outer = nullptr;
};

std::string to_text(const Place& place) {
  std::string text = place.outer == nullptr ? std::string() : to_text(*place.outer) + '.';
  return text.append(place.list) + '[' + std::to_string(place.index) + ']';
}

/// One request's decoding: walks frames and lists, and keeps count of what it skips.
class ReportReader {
 public:
  ReportReader(Report& report, const DecodeContext& context, const Members<ReportField>& head)
      : report_(report),
        context_(context),
        rows_(report.batch, context,
              {label_of(head.find(ReportField::kAppVersion)),
               label_of(head.find(ReportField::kServerName))}) {}

  /// `frames`: null for none. `request`: its top level, which may be one more frame.
  Result<void> read(const Element* frames, const Members<FrameField>& request);

 private:
  void read_frames(const Element& frames);
  void read_frame(const Members<FrameField>& frame, const Uuid& digest, const Place* place);
  void read_runs(const Members<FrameField>& frame, const Place* place);
  void read_exceptions(const Members<FrameField>& frame, const Place* place);
  void read_metrics(const Members<FrameField>& frame, const Place* place);
  /// What is accepted and not kept yet.
  void check_others(const Members<FrameField>& frame, const Place* place);

  /// Calls read(object, place) for every object of a list; the text it returns, unless empty, says
  /// why that element is skipped.
  template <class Read>
  void each(const Element* list, std::string_view name, const Place* outer, Read&& read);

  void reject(std::string where, std::string_view why);

  [[nodiscard]] std::string_view label_of(const Element* from) {
    return report_values::text(from, kMaxLabelBytes, report_.batch.arena);
  }

  [[nodiscard]] bool is_too_large() const {
    return elements_ > kMaxElements || rows_.is_too_large();
  }

  Report& report_;
  const DecodeContext& context_;
  ReportRows rows_;
  std::size_t elements_ = 0;
};

void ReportReader::reject(std::string where, std::string_view why) {
  ++report_.rejected;
  if (report_.errors.size() < kMaxReportErrors) {
    report_.errors.push_back(std::move(where) + ": " + std::string(why));
  }
}

template <class Read>
void ReportReader::each(const Element* list, std::string_view name, const Place* outer,
                        Read&& read) {
  if (list == nullptr) return;
  simdjson::dom::array items;
  if (list->get(items) != simdjson::SUCCESS) {
    const std::string where = outer == nullptr ? std::string() : to_text(*outer) + '.';
    reject(where + std::string(name), "is no array");
    return;
  }
  Place place{name, 0, outer};
  for (const Element item : items) {
    ++elements_;
    if (is_too_large()) return;
    Object object;
    if (item.get(object) != simdjson::SUCCESS) {
      reject(to_text(place), "is no object");
    } else {
      try {
        const std::string_view why = read(object, place);
        if (!why.empty()) reject(to_text(place), why);
      } catch (const std::exception& thrown) {
        // It would come back every five seconds and hold up everything behind it.
        log::error("ingest", "an element of a report could not be converted",
                   {{"place", to_text(place)}, {"what", thrown.what()}});
        reject(to_text(place), "could not be converted");
      }
    }
    ++place.index;
  }
}

Result<void> ReportReader::read(const Element* frames, const Members<FrameField>& request) {
  if (frames != nullptr) read_frames(*frames);
  read_frame(request, report_.batch.digest, nullptr);
  if (is_too_large()) return fail(ErrorCode::kTooLarge, "too many elements in one report");
  rows_.finish();
  return {};
}

void ReportReader::read_frames(const Element& frames) {
  const std::string_view body(report_.batch.body.data(), report_.batch.body.size());
  const auto texts = items_of_member(body, "collectionFrames", kMaxElements);
  // A name spelt in another way leaves the texts unfound: then the body stands for its frames.
  const bool is_found = texts.size() == frames.get_array().value_unsafe().size();
  each(&frames, "collectionFrames", nullptr, [&](const Object& frame, const Place& place) {
    const Uuid digest = is_found ? digest_of(context_.project, DigestOf::kFrame, texts[place.index])
                                 : digest_of(context_.project, DigestOf::kFrame,
                                             to_text(place) + to_hex(report_.batch.digest));
    read_frame(Members<FrameField>(frame, kFrameNames), digest, &place);
    return std::string_view{};
  });
}

void ReportReader::read_frame(const Members<FrameField>& frame, const Uuid& digest,
                              const Place* place) {
  const Uuid frame_id = report_values::uuid(frame.find(FrameField::kFrameId));
  rows_.begin_frame(frame_id.is_zero()
                        ? digest
                        : digest_of(context_.project, DigestOf::kFrameId, frame_id.view()),
                    frame_id);
  read_runs(frame, place);
  read_exceptions(frame, place);
  read_metrics(frame, place);
  check_others(frame, place);
  rows_.end_frame();
}

void ReportReader::read_runs(const Members<FrameField>& frame, const Place* place) {
  const auto read_span = [&](const Object& span, const Place&) {
    return rows_.add_span(Members<SpanField>(span, kSpanNames));
  };
  const auto read_run = [&](const Object& object, const Place& here) {
    const Members<RunField> run(object, kRunNames);
    const std::string_view why = rows_.begin_run(run);
    if (!why.empty()) return why;
    each(run.find(RunField::kSpans), "spans", &here, read_span);
    each(run.find(RunField::kSegments), "segments", &here, read_span);
    rows_.end_run();
    return std::string_view{};
  };
  each(frame.find(FrameField::kTraces), "traces", place, read_run);
  each(frame.find(FrameField::kTransactions), "transactions", place, read_run);
}

void ReportReader::read_exceptions(const Members<FrameField>& frame, const Place* place) {
  const auto read = [&](const Object& exception, const Place&) {
    return rows_.add_exception(Members<ExceptionField>(exception, kExceptionNames));
  };
  each(frame.find(FrameField::kStackTraces), "stackTraces", place, read);
  each(frame.find(FrameField::kExceptions), "exceptions", place, read);
}

void ReportReader::read_metrics(const Members<FrameField>& frame, const Place* place) {
  each(frame.find(FrameField::kMetrics), "metrics", place, [&](const Object& metric, const Place&) {
    return rows_.add_metric(Members<MetricField>(metric, kMetricNames));
  });
}

void ReportReader::check_others(const Members<FrameField>& frame, const Place* place) {
  each(frame.find(FrameField::kSessions), "sessions", place,
       [](const Object&, const Place&) { return std::string_view{}; });
  each(frame.find(FrameField::kSessionRecordings), "sessionRecordings", place,
       [](const Object& object, const Place&) -> std::string_view {
         const Members<RecordingField> recording(object, kRecordingNames);
         const Element* index = recording.find(RecordingField::kSegmentIndex);
         if (index == nullptr) return {};
         double number = -1;
         const bool is_number = index->get(number) == simdjson::SUCCESS;
         return !is_number || number < 0 || number != std::trunc(number)
                    ? "segmentIndex is no count"
                    : "";
       });
}

}  // namespace

Result<Report> decode_report(std::vector<char>&& body, const DecodeContext& context) {
  Report report;
  TelemetryBatch& batch = report.batch;
  batch.project = context.project;
  batch.received_ns = context.received_ns;
  batch.body = std::move(body);
  simdjson::dom::parser parser;
  const auto request = parse_json_body(parser, batch.body);
  if (!request) return fail(request);
  Object object;
  if (request->get(object) != simdjson::SUCCESS) {
    return fail(ErrorCode::kMalformed, "a report must be a JSON object");
  }
  const Members<ReportField> head(object, kReportNames);
  const Element* frames = head.find(ReportField::kFrames);
  if (frames != nullptr && !frames->is_array()) {
    return fail(ErrorCode::kMalformed, "collectionFrames must be an array");
  }
  batch.digest =
      digest_of(context.project, DigestOf::kReport, {batch.body.data(), batch.body.size()});
  ReportReader reader(report, context, head);
  // The simplified shape: the top level is one more frame.
  auto done = reader.read(frames, Members<FrameField>(object, kFrameNames));
  if (!done) return fail(done);
  batch.body = {};  // every text has been copied into the arena
  return report;
}

}  // namespace traceway::ingest
