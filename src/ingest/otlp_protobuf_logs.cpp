// OTLP logs from protobuf. Field numbers: ingest 4.3.
#include "ingest/log_builder.h"
#include "ingest/otlp.h"
#include "ingest/otlp_batch.h"
#include "ingest/otlp_protobuf_reader.h"

namespace traceway::ingest {

namespace {

class LogReader {
 public:
  LogReader(TelemetryBatch& batch, const DecodeContext& context)
      : reader_(batch.arena), builder_(batch, context) {}

  /// Throws protozero::exception on broken wire data.
  Result<void> read(std::string_view request) {
    reader_.walk(request, builder_, [this](std::string_view message) {
      read_record(message);
      return builder_.add(record_);
    });
    return builder_.finish();
  }

 private:
  void read_record(std::string_view message);

  ProtobufReader reader_;
  LogBuilder builder_;
  WireLog record_;
};

void LogReader::read_record(std::string_view message) {
  record_.clear();
  FieldReader fields(message);
  while (fields.next()) {
    switch (fields.key()) {
      case fixed64_field(1):
        record_.time_ns = fields.number();
        break;
      case varint_field(2):
        record_.severity_number = fields.number();
        break;
      case bytes_field(3):
        record_.severity_text = fields.bytes();
        break;
      case bytes_field(5):
        reader_.read_value(fields.bytes(), record_.body);
        break;
      case bytes_field(6):
        reader_.read_attribute(fields.bytes(), record_.attributes);
        break;
      case fixed32_field(8):
        record_.flags = fields.number32();
        break;
      case bytes_field(9):
        record_.trace_id = fields.bytes();
        break;
      case bytes_field(10):
        record_.span_id = fields.bytes();
        break;
      case fixed64_field(11):
        record_.observed_ns = fields.number();
        break;
      case bytes_field(12):
        record_.event_name = fields.bytes();
        break;
      default:
        break;
    }
  }
}

}  // namespace

Result<TelemetryBatch> decode_logs_protobuf(std::vector<char>&& body,
                                            const DecodeContext& context) {
  return decode_protobuf<LogReader>(std::move(body), context, DigestOf::kOtlpLogs);
}

}  // namespace traceway::ingest
