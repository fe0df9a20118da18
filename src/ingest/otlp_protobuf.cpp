// OTLP traces from protobuf. Field numbers: ingest 4.3.
#include "ingest/otlp.h"
#include "ingest/otlp_batch.h"
#include "ingest/otlp_protobuf_reader.h"
#include "ingest/span_builder.h"

namespace traceway::ingest {

namespace {

/// One request's decoding: what is reused from span to span, and where the values go.
class TraceReader {
 public:
  TraceReader(TelemetryBatch& batch, const DecodeContext& context)
      : reader_(batch.arena), builder_(batch, context) {}

  /// Throws protozero::exception on broken wire data.
  Result<void> read(std::string_view request) {
    reader_.walk(request, builder_, [this](std::string_view message) {
      read_span(message);
      return builder_.add(span_);
    });
    return builder_.finish();
  }

 private:
  void read_span(std::string_view message);
  void read_status(std::string_view message);
  void read_event(std::string_view message);
  void read_link(std::string_view message);

  void read_attribute(std::string_view message, WireAttributes& into) {
    reader_.read_attribute(message, into);
  }

  ProtobufReader reader_;
  SpanBuilder builder_;
  WireSpan span_;
};

void TraceReader::read_span(std::string_view message) {
  span_.clear();
  FieldReader fields(message);
  while (fields.next()) {
    switch (fields.key()) {
      case bytes_field(1):
        span_.trace_id = fields.bytes();
        break;
      case bytes_field(2):
        span_.id = fields.bytes();
        break;
      case bytes_field(3):
        span_.trace_state = fields.bytes();
        break;
      case bytes_field(4):
        span_.parent = fields.bytes();
        break;
      case bytes_field(5):
        span_.name = fields.bytes();
        break;
      case varint_field(6):
        span_.kind = fields.number();
        break;
      case fixed64_field(7):
        span_.start_ns = fields.number();
        break;
      case fixed64_field(8):
        span_.end_ns = fields.number();
        break;
      case bytes_field(9):
        read_attribute(fields.bytes(), span_.attributes);
        break;
      case varint_field(10):
        span_.dropped_attributes = fields.number32();
        break;
      case bytes_field(11):
        read_event(fields.bytes());
        break;
      case varint_field(12):
        span_.dropped_events = fields.number32();
        break;
      case bytes_field(13):
        read_link(fields.bytes());
        break;
      case varint_field(14):
        span_.dropped_links = fields.number32();
        break;
      case bytes_field(15):
        read_status(fields.bytes());
        break;
      case fixed32_field(16):
        span_.flags = fields.number32();
        break;
      default:
        break;
    }
  }
}

void TraceReader::read_status(std::string_view message) {
  FieldReader fields(message);
  while (fields.next()) {
    if (fields.key() == bytes_field(2)) span_.status_message = fields.bytes();
    if (fields.key() == varint_field(3)) span_.status_code = fields.number();
  }
}

void TraceReader::read_event(std::string_view message) {
  WireEvent event;
  event.attributes.first = span_.nested_attributes.size();
  FieldReader fields(message);
  while (fields.next()) {
    switch (fields.key()) {
      case fixed64_field(1):
        event.time_ns = fields.number();
        break;
      case bytes_field(2):
        event.name = fields.bytes();
        break;
      case bytes_field(3):
        read_attribute(fields.bytes(), span_.nested_attributes);
        break;
      case varint_field(4):
        event.dropped_attributes = fields.number32();
        break;
      default:
        break;
    }
  }
  event.attributes.count = span_.nested_attributes.size() - event.attributes.first;
  span_.events.push_back(event);
}

void TraceReader::read_link(std::string_view message) {
  WireLink link;
  link.attributes.first = span_.nested_attributes.size();
  FieldReader fields(message);
  while (fields.next()) {
    switch (fields.key()) {
      case bytes_field(1):
        link.trace_id = fields.bytes();
        break;
      case bytes_field(2):
        link.span_id = fields.bytes();
        break;
      case bytes_field(3):
        link.trace_state = fields.bytes();
        break;
      case bytes_field(4):
        read_attribute(fields.bytes(), span_.nested_attributes);
        break;
      case varint_field(5):
        link.dropped_attributes = fields.number32();
        break;
      case fixed32_field(6):
        link.flags = fields.number32();
        break;
      default:
        break;
    }
  }
  link.attributes.count = span_.nested_attributes.size() - link.attributes.first;
  span_.links.push_back(link);
}

}  // namespace

Result<TelemetryBatch> decode_traces_protobuf(std::vector<char>&& body,
                                              const DecodeContext& context) {
  return decode_protobuf<TraceReader>(std::move(body), context, DigestOf::kOtlpTraces);
}

}  // namespace traceway::ingest
