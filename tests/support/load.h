// Requests of every protocol for loads: varied data, ids of their own in every request.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace traceway::test {

/// What a client sends.
enum class Protocol : std::uint8_t { kTracesProtobuf, kTracesJson, kReport };

[[nodiscard]] std::string_view path_of(Protocol protocol);
[[nodiscard]] std::string_view content_type_of(Protocol protocol);

/// Bodies of one protocol and size. Made from a few templates whose ids are turned, so that making
/// one costs little more than copying it. Immutable: any thread.
class Load {
 public:
  /// `records`: spans (endpoints included) of each request.
  Load(Protocol protocol, std::size_t records);

  /// The same number gives the same body; no two numbers share an id.
  [[nodiscard]] std::string body(std::uint32_t number) const;

  [[nodiscard]] Protocol protocol() const { return protocol_; }

  [[nodiscard]] std::size_t records() const { return records_; }

 private:
  /// A body and where its ids lie: raw bytes, or hexadecimal digits.
  struct Template {
    std::string body;
    std::vector<std::size_t> raw_ids;
    std::vector<std::size_t> hex_ids;
  };

  [[nodiscard]] Template traces(std::mt19937_64& random) const;
  [[nodiscard]] Template report(std::mt19937_64& random) const;

  Protocol protocol_;
  std::size_t records_;
  std::vector<Template> templates_;
};

/// The request's head and body, as one string for a socket. `is_gzip` says what the body is.
[[nodiscard]] std::string request_of(Protocol protocol, const std::string& token,
                                     std::string_view body, bool is_gzip = false);

}  // namespace traceway::test
