// One way to print figures: a Markdown table of medians, their spread and the ratio to a limit
// measured in the same run.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace traceway::bench {

/// What one measurement gave, run after run.
class Samples {
 public:
  void add(double value) { values_.insert(std::ranges::upper_bound(values_, value), value); }

  [[nodiscard]] bool is_empty() const { return values_.empty(); }

  /// 0 when nothing was measured, as are the others.
  [[nodiscard]] double median() const { return at(0.5); }

  /// The value below which that share (0..1) of the samples lie.
  [[nodiscard]] double at(double share) const {
    if (values_.empty()) return 0;
    return values_[static_cast<std::size_t>(share * static_cast<double>(values_.size() - 1) + 0.5)];
  }

  [[nodiscard]] double smallest() const { return at(0); }

  [[nodiscard]] double largest() const { return at(1); }

 private:
  std::vector<double> values_;  // ascending
};

/// How long each of some runs took.
[[nodiscard]] inline Samples times_ms(int runs, const std::function<void()>& work) {
  Samples out;
  for (int i = 0; i < runs; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    out.add(took.count());
  }
  return out;
}

/// 1234567 -> "1,234,567"; below 100 with the decimals that matter.
[[nodiscard]] inline std::string figure(double value) {
  char text[64];
  const double size = std::fabs(value);
  std::snprintf(text, sizeof text, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f", value);
  std::string out = text;
  if (size < 1000) return out;
  for (auto at = static_cast<std::ptrdiff_t>(out.size()) - 3; at > (value < 0 ? 1 : 0); at -= 3)
    out.insert(static_cast<std::size_t>(at), ",");
  return out;
}

/// Prints its heading when made and each row as it comes, so that a long run shows how far it is.
class FigureTable {
 public:
  /// `unit` of the figures, `limit` what they are compared with.
  FigureTable(const std::string& title, const std::string& unit, const std::string& limit) {
    std::printf(
        "\n### %s\n\n| | %s, median | lowest – highest | %s | ratio | |\n"
        "|---|---:|---:|---:|---:|---|\n",
        title.c_str(), unit.c_str(), limit.c_str());
    std::fflush(stdout);
  }

  /// Without a limit those cells stay empty. `note` says what else is to be known.
  void row(const std::string& name, const Samples& samples, const Samples& limit = {},
           const std::string& note = {}) const {
    const double base = limit.median();
    std::printf("| %s | %s | %s – %s | %s | %s | %s |\n", name.c_str(),
                figure(samples.median()).c_str(), figure(samples.smallest()).c_str(),
                figure(samples.largest()).c_str(), limit.is_empty() ? "" : figure(base).c_str(),
                base > 0 ? figure(samples.median() / base).c_str() : "", note.c_str());
    std::fflush(stdout);
  }
};

}  // namespace traceway::bench
