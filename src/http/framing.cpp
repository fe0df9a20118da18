#include "http/framing.h"

#include "base/text.h"

#include <array>

namespace traceway::http {

namespace {

constexpr std::size_t kMaxChunkLineBytes = 256;
constexpr std::size_t kMaxTrailerBytes = 8192;
constexpr std::size_t kKeptHeadBytes = 8192;  // a larger buffer is given back between requests
constexpr std::size_t kMaxBlankLeadBytes =
    8;  // RFC 9112 2.2: tolerate a stray line end before a request
constexpr std::uint64_t kMaxChunkBytes = std::uint64_t{1} << 40U;

/// RFC 9110 5.6.2: the characters of a token.
constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr auto kIsToken = make_token_table();

bool is_token(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!kIsToken[static_cast<unsigned char>(c)]) return false;
  }
  return true;
}

bool is_control(char c, bool tab_is_fine) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && !(tab_is_fine && byte == '\t')) || byte == 0x7F;
}

bool has_control(std::string_view text, bool tab_is_fine) {
  for (const char c : text) {
    if (is_control(c, tab_is_fine)) return true;
  }
  return false;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool names(std::string_view a, std::string_view b) {
  return text::equals_ignore_case(a, b);
}

}  // namespace

void Framer::reset() {
  state_ = State::kHead;
  if (head_.capacity() > kKeptHeadBytes) std::string().swap(head_);
  head_.clear();
  line_begin_ = lines_ = trailer_bytes_ = 0;
  line_.clear();
  method_ = target_ = Range{};
  fields_.clear();
  content_length_ = left_ = 0;
  minor_version_ = 1;
  error_status_ = 0;
  error_text_ = {};
  body_kind_ = BodyKind::kNone;
  has_content_length_ = has_transfer_encoding_ = says_close_ = says_keep_alive_ = false;
  keeps_alive_ = true;
  expects_continue_ = false;
  hosts_ = 0;
}

std::vector<HeaderField> Framer::fields() const {
  std::vector<HeaderField> out;
  out.reserve(fields_.size());
  for (const FieldRange& field : fields_) out.push_back({view(field.name), view(field.value)});
  return out;
}

bool Framer::refuse(int status, std::string_view text) {
  error_status_ = status;
  error_text_ = text;
  state_ = State::kFailed;
  keeps_alive_ = false;
  return false;
}

Framer::Step Framer::failure(int status, std::string_view text, std::size_t consumed) {
  refuse(status, text);
  return {Event::kError, consumed, {}};
}

Framer::Step Framer::feed(std::string_view input) {
  switch (state_) {
    case State::kHead:
      return feed_head(input);
    case State::kLengthBody:
    case State::kChunkData:
      return feed_body(input);
    case State::kChunkSize:
      return feed_chunk_line(input);
    case State::kChunkEnd:
      return feed_chunk_end(input);
    case State::kTrailer:
      return feed_trailer(input);
    case State::kComplete:
      return {Event::kEnd, 0, {}};
    case State::kFailed:
      break;
  }
  return {Event::kError, 0, {}};
}

Framer::Step Framer::feed_head(std::string_view input) {
  std::size_t used = 0;
  while (used < input.size()) {
    const std::string_view rest = input.substr(used);
    const std::size_t newline = rest.find('\n');
    const std::size_t piece = newline == std::string_view::npos ? rest.size() : newline + 1;
    if (!has_room_for(piece)) return {Event::kError, used, {}};
    head_.append(rest.substr(0, piece));
    used += piece;
    if (newline == std::string_view::npos) break;
    const Range line{line_begin_, head_.size() - line_begin_ - 1};
    line_begin_ = head_.size();
    if (line.size == 0 || head_[line.at + line.size - 1] != '\r') {
      return failure(400, "Line without carriage return", used);
    }
    const Range text{line.at, line.size - 1};
    if (method_.size != 0 && text.size == 0) {
      return {finish_head() ? Event::kHead : Event::kError, used, {}};
    }
    if (!take_line(text)) return {Event::kError, used, {}};
  }
  return {Event::kNeedMore, used, {}};
}

bool Framer::has_room_for(std::size_t piece_bytes) {
  if (head_.size() - line_begin_ + piece_bytes > limits_.max_line_bytes + 2) {
    return method_.size == 0 ? refuse(414, "Request line too long")
                             : refuse(431, "Header line too long");
  }
  if (head_.size() + piece_bytes > limits_.max_head_bytes) {
    return refuse(431, "Request head too large");
  }
  return true;
}

bool Framer::take_line(Range text) {
  if (method_.size == 0) {
    if (text.size == 0 && head_.size() <= kMaxBlankLeadBytes) return true;
    return take_request_line(text);
  }
  if (++lines_ > limits_.max_header_lines) return refuse(431, "Too many header lines");
  return take_field(text);
}

bool Framer::take_request_line(Range range) {
  const std::string_view line = view(range);
  if (line.size() > limits_.max_line_bytes) return refuse(414, "Request line too long");
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return refuse(400, "Malformed request line");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || target.empty() || target.find(' ') != std::string_view::npos ||
      has_control(target, false)) {
    return refuse(400, "Malformed request line");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return version.starts_with("HTTP/") ? refuse(505, "HTTP version not supported")
                                        : refuse(400, "Malformed request line");
  }
  minor_version_ = version.back() - '0';
  method_ = {range.at, method.size()};
  target_ = {range.at + first + 1, target.size()};
  return true;
}

bool Framer::take_field(Range range) {
  const std::string_view line = view(range);
  if (line.size() > limits_.max_line_bytes) return refuse(431, "Header line too long");
  if (line.front() == ' ' || line.front() == '\t') return refuse(400, "Folded header line");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return refuse(400, "Header line without colon");
  const std::string_view name = line.substr(0, colon);
  if (!is_token(name)) return refuse(400, "Malformed header name");
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  if (has_control(value, true)) return refuse(400, "Control character in header value");
  const auto value_at = static_cast<std::size_t>(value.data() - head_.data());
  fields_.push_back({{range.at, name.size()}, {value.empty() ? range.at : value_at, value.size()}});
  return take_framing_field(name, value);
}

bool Framer::take_framing_field(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (names(name, "host") && ++hosts_ > 1) return refuse(400, "More than one Host");
      return true;
    case 6:
      if (names(name, "expect")) expects_continue_ = names(value, "100-continue");
      return true;
    case 10:
      if (names(name, "connection")) take_connection(value);
      return true;
    case 14:
      return !names(name, "content-length") || take_content_length(value);
    case 17:
      if (!names(name, "transfer-encoding")) return true;
      if (has_transfer_encoding_ || !names(value, "chunked")) {
        return refuse(400, "Unsupported Transfer-Encoding");
      }
      has_transfer_encoding_ = true;
      return true;
    default:
      return true;
  }
}

bool Framer::take_content_length(std::string_view value) {
  if (value.empty() || value.size() > 18) return refuse(400, "Malformed Content-Length");
  std::uint64_t length = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') return refuse(400, "Malformed Content-Length");
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (has_content_length_ && length != content_length_) {
    return refuse(400, "Conflicting Content-Length");
  }
  has_content_length_ = true;
  content_length_ = length;
  return true;
}

void Framer::take_connection(std::string_view value) {
  for (const std::string_view part : text::split(value, ',')) {
    const std::string_view option = trim_blanks(part);
    if (names(option, "close")) says_close_ = true;
    if (names(option, "keep-alive")) says_keep_alive_ = true;
  }
}

bool Framer::finish_head() {
  if (has_transfer_encoding_ && has_content_length_) {
    return refuse(400, "Both Transfer-Encoding and Content-Length");
  }
  if (has_transfer_encoding_ && minor_version_ == 0) {
    return refuse(400, "Transfer-Encoding in HTTP/1.0");
  }
  if (hosts_ == 0 && minor_version_ == 1) return refuse(400, "Missing Host");
  keeps_alive_ = !says_close_ && (minor_version_ == 1 || says_keep_alive_);
  if (minor_version_ == 0) expects_continue_ = false;  // RFC 9110 10.1.1
  if (has_transfer_encoding_) {
    body_kind_ = BodyKind::kChunked;
    state_ = State::kChunkSize;
  } else if (content_length_ > 0) {
    body_kind_ = BodyKind::kLength;
    left_ = content_length_;
    state_ = State::kLengthBody;
  } else {
    state_ = State::kComplete;
  }
  return true;
}

Framer::Step Framer::feed_body(std::string_view input) {
  const std::size_t piece = left_ < input.size() ? static_cast<std::size_t>(left_) : input.size();
  if (piece == 0) return {};
  left_ -= piece;
  if (left_ == 0) {
    state_ = state_ == State::kLengthBody ? State::kComplete : State::kChunkEnd;
  }
  return {Event::kBody, piece, input.substr(0, piece)};
}

Framer::Step Framer::feed_chunk_line(std::string_view input) {
  const std::size_t newline = input.find('\n');
  const std::size_t piece = newline == std::string_view::npos ? input.size() : newline + 1;
  if (line_.size() + piece > kMaxChunkLineBytes) return failure(400, "Chunk line too long", 0);
  line_.append(input.substr(0, piece));
  // A first byte that is no digit can never become a size: refuse it now, not after the line.
  if (!line_.empty() && hex_value(line_.front()) < 0) {
    return failure(400, "Malformed chunk size", piece);
  }
  if (newline == std::string_view::npos) return {Event::kNeedMore, piece, {}};
  const bool is_good = take_chunk_size(line_);
  line_.clear();
  if (!is_good) return {Event::kError, piece, {}};
  return {Event::kNeedMore, piece, {}};
}

bool Framer::take_chunk_size(std::string_view line) {
  if (line.size() < 2 || line[line.size() - 2] != '\r') {
    return refuse(400, "Line without carriage return");
  }
  line.remove_suffix(2);
  const std::size_t extension = line.find(';');
  const std::string_view digits = trim_blanks(line.substr(0, extension));
  if (digits.empty() || has_control(line, true)) return refuse(400, "Malformed chunk size");
  std::uint64_t size = 0;
  for (const char c : digits) {
    const int digit = hex_value(c);
    if (digit < 0) return refuse(400, "Malformed chunk size");
    size = size * 16 + static_cast<std::uint64_t>(digit);
    if (size > kMaxChunkBytes) return refuse(400, "Chunk size too large");
  }
  left_ = size;
  trailer_bytes_ = 0;
  state_ = size == 0 ? State::kTrailer : State::kChunkData;
  return true;
}

Framer::Step Framer::feed_chunk_end(std::string_view input) {
  for (std::size_t used = 0; used < input.size(); ++used) {
    line_.push_back(input[used]);
    if (line_ == "\r") continue;
    if (line_ != "\r\n") return failure(400, "Chunk without line end", used + 1);
    line_.clear();
    state_ = State::kChunkSize;
    return {Event::kNeedMore, used + 1, {}};
  }
  return {Event::kNeedMore, input.size(), {}};
}

Framer::Step Framer::feed_trailer(std::string_view input) {
  const std::size_t newline = input.find('\n');
  const std::size_t piece = newline == std::string_view::npos ? input.size() : newline + 1;
  trailer_bytes_ += piece;
  if (trailer_bytes_ > kMaxTrailerBytes) return failure(431, "Trailer too large", 0);
  line_.append(input.substr(0, piece));
  if (newline == std::string_view::npos) return {Event::kNeedMore, piece, {}};
  const bool has_line_end = line_.size() >= 2 && line_[line_.size() - 2] == '\r';
  const bool is_last = line_.size() == 2;
  line_.clear();
  if (!has_line_end) return failure(400, "Line without carriage return", piece);
  if (!is_last) return {Event::kNeedMore, piece, {}};
  state_ = State::kComplete;
  return {Event::kEnd, piece, {}};
}

}  // namespace traceway::http
