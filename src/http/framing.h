// The request framer: bytes in, one head and its body pieces out. Pure and incremental, so it can
// be fuzzed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::http {

/// What a head may cost before it is refused.
struct FramingLimits {
  std::size_t max_head_bytes =
      64U << 10U;                      ///< request line, fields and line ends together; more is 431
  std::size_t max_header_lines = 100;  ///< more is 431
  std::size_t max_line_bytes = 8000;   ///< without its line end; request line: 414, field: 431
};

/// One header field of the head as sent: exact bytes, blanks around the value removed.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};

/// How a body's end is found.
enum class BodyKind : std::uint8_t { kNone, kLength, kChunked };

/// Frames HTTP/1.0 and HTTP/1.1 requests one after the other. Ambiguous framing is an error, never
/// a guess: a proxy in front of us must not see another request boundary than we do. Not
/// thread-safe.
class Framer {
 public:
  enum class Event : std::uint8_t {
    kNeedMore,  ///< nothing to report yet
    kHead,      ///< the head is complete: the accessors below are valid until reset()
    kBody,      ///< `body` is the next piece of the body, a view into the input
    kEnd,       ///< the message is complete; reset() before the next one
    kError,  ///< error_status() says how to refuse; nothing more can be framed on this connection
  };

  struct Step {
    Event event = Event::kNeedMore;
    std::size_t consumed = 0;  ///< bytes of the input that this step used up
    std::string_view body;
  };

  explicit Framer(const FramingLimits& limits) : limits_(limits) {}

  /// Advances by at most one event. Call again with the rest of the input (empty or not) until
  /// kNeedMore comes back with nothing left, or kEnd or kError: the end of a body is told by a call
  /// of its own.
  [[nodiscard]] Step feed(std::string_view input);
  /// Ready for the next request; buffers are kept.
  void reset();

  /// True when no byte of the current request has arrived yet.
  [[nodiscard]] bool is_fresh() const { return state_ == State::kHead && head_.empty(); }

  /// True when every byte of the request has been framed: the next byte belongs to the next
  /// request.
  [[nodiscard]] bool is_complete() const { return state_ == State::kComplete; }

  [[nodiscard]] std::string_view method() const { return view(method_); }

  [[nodiscard]] std::string_view target() const { return view(target_); }

  [[nodiscard]] int minor_version() const { return minor_version_; }

  [[nodiscard]] std::vector<HeaderField> fields() const;

  [[nodiscard]] BodyKind body_kind() const { return body_kind_; }

  /// Declared length; 0 unless body_kind() is kLength.
  [[nodiscard]] std::uint64_t content_length() const { return content_length_; }

  /// Bytes of the body (of its current chunk) that have not arrived yet.
  [[nodiscard]] std::uint64_t body_left() const { return left_; }

  [[nodiscard]] bool keeps_alive() const { return keeps_alive_; }

  [[nodiscard]] bool expects_continue() const { return expects_continue_; }

  [[nodiscard]] int error_status() const { return error_status_; }

  [[nodiscard]] std::string_view error_text() const { return error_text_; }

 private:
  enum class State : std::uint8_t {
    kHead,
    kLengthBody,
    kChunkSize,
    kChunkData,
    kChunkEnd,
    kTrailer,
    kComplete,
    kFailed
  };

  /// Offsets instead of views: head_ may move while it grows.
  struct Range {
    std::size_t at = 0;
    std::size_t size = 0;
  };

  struct FieldRange {
    Range name;
    Range value;
  };

  [[nodiscard]] std::string_view view(Range range) const {
    return std::string_view(head_).substr(range.at, range.size);
  }

  Step feed_head(std::string_view input);
  Step feed_body(std::string_view input);
  Step feed_chunk_line(std::string_view input);
  Step feed_chunk_end(std::string_view input);
  Step feed_trailer(std::string_view input);
  Step failure(int status, std::string_view text, std::size_t consumed);

  bool has_room_for(std::size_t piece_bytes);
  bool take_line(Range text);
  bool take_request_line(Range line);
  bool take_field(Range line);
  bool take_framing_field(std::string_view name, std::string_view value);
  bool take_content_length(std::string_view value);
  void take_connection(std::string_view value);
  bool finish_head();
  bool take_chunk_size(std::string_view line);
  bool refuse(int status, std::string_view text);

  FramingLimits limits_;
  State state_ = State::kHead;
  std::string head_;            ///< everything of the head so far, line ends included
  std::size_t line_begin_ = 0;  ///< where the unfinished line starts in head_
  std::size_t lines_ = 0;       ///< header lines so far
  std::string line_;            ///< an unfinished chunk-size or trailer line
  std::size_t trailer_bytes_ = 0;
  Range method_, target_;
  std::vector<FieldRange> fields_;
  std::uint64_t content_length_ = 0;
  std::uint64_t left_ = 0;  ///< body or chunk bytes still to come
  int minor_version_ = 1;
  int error_status_ = 0;
  std::string_view error_text_;
  BodyKind body_kind_ = BodyKind::kNone;
  bool has_content_length_ = false;
  bool has_transfer_encoding_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool keeps_alive_ = true;
  bool expects_continue_ = false;
  int hosts_ = 0;
};

}  // namespace traceway::http
