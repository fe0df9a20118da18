// The request framer under arbitrary bytes: it must not depend on how they were cut, and must keep
// within its limits.
#include "http/framing.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using traceway::http::Framer;
using traceway::http::FramingLimits;

struct Outcome {
  std::vector<std::string> requests;
  int status = 0;

  bool operator==(const Outcome&) const = default;
};

void require(bool claim) {
  if (!claim) std::abort();
}

/// The request as far as it was told, one string.
std::string describe(const Framer& framer, const std::string& body) {
  std::string out = std::string(framer.method()) + ' ' + std::string(framer.target()) + '\n';
  std::size_t head_bytes = 0;
  for (const auto& field : framer.fields()) {
    out.append(field.name).append(":").append(field.value).append("\n");
    head_bytes += field.name.size() + field.value.size();
  }
  require(head_bytes <= FramingLimits{}.max_head_bytes);
  require(framer.fields().size() <= FramingLimits{}.max_header_lines);
  return out.append(framer.keeps_alive() ? "keep\n" : "close\n").append(body);
}

/// Cuts the stream into pieces of 1 + (seed-driven) bytes; seed 0 feeds it whole.
Outcome frame(std::string_view stream, std::uint32_t seed) {
  Framer framer{FramingLimits{}};
  Outcome out;
  std::string body;
  while (!stream.empty()) {
    seed = seed == 0 ? 0 : seed * 1664525U + 1013904223U;
    const std::size_t size = seed == 0 ? stream.size() : 1 + (seed >> 24U) % 32;
    std::string_view input = stream.substr(0, size);
    stream.remove_prefix(input.size());
    while (true) {
      const Framer::Step step = framer.feed(input);
      require(step.consumed <= input.size());
      require(step.body.size() <= step.consumed);
      input.remove_prefix(step.consumed);
      if (step.event == Framer::Event::kError) {
        out.status = framer.error_status();
        require(out.status >= 400 && out.status <= 505);
        return out;
      }
      if (step.event == Framer::Event::kBody) body.append(step.body);
      if (step.event == Framer::Event::kEnd) {
        out.requests.push_back(describe(framer, body));
        body.clear();
        framer.reset();
      }
      const bool may_wait =
          step.event == Framer::Event::kNeedMore || step.event == Framer::Event::kEnd;
      if (may_wait && input.empty()) break;
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = frame(stream, 0);
  require(whole == frame(stream, data[0] + 1U));
  return 0;
}
