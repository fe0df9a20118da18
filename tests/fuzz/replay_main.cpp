// Runs a fuzz target over its corpus where there is no fuzzer: every file of the folders given, and
// cheap mutations of each, so that a regression shows on any compiler.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int kMutations = 200;

void run(const Bytes& input) {
  // An exact allocation, so that a sanitizer sees a read past the end.
  const Bytes exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

Bytes mutated(Bytes bytes, std::mt19937& random) {
  const auto below = [&](std::size_t bound) { return random() % std::max<std::size_t>(bound, 1); };
  switch (random() % 4) {
    case 0:
      bytes.resize(below(bytes.size() + 1));
      break;
    case 1:
      if (!bytes.empty()) bytes[below(bytes.size())] = static_cast<std::uint8_t>(random());
      break;
    case 2:
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1)),
                   static_cast<std::uint8_t>(random()));
      break;
    default:
      for (std::uint8_t& byte : bytes) {
        if (random() % 64 == 0) byte = static_cast<std::uint8_t>(byte ^ (1U << (random() % 8)));
      }
  }
  return bytes;
}

Bytes read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  int inputs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      std::printf("%s\n", entry.path().filename().c_str());
      std::fflush(stdout);
      const Bytes whole = read(entry.path());
      run(whole);
      std::mt19937 random(static_cast<std::uint32_t>(whole.size()));
      for (int n = 0; n < kMutations; ++n) run(mutated(whole, random));
      ++inputs;
    }
  }
  run({});
  std::printf("%d passed, %d failed\n", inputs, inputs == 0 ? 1 : 0);
  return inputs == 0 ? 1 : 0;
}
