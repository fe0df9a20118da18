// The front's timers: one moving deadline per connection, cheap to move.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

namespace traceway::http {

/// A heap with lazy entries: a deadline that moves later costs nothing, its old entry is put right
/// when it comes up. The owner keeps the true deadline; an entry only says "look at this one not
/// later than then". One thread.
class Deadlines {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Entry {
    Time at;
    std::uint64_t id = 0;

    friend bool operator>(const Entry& a, const Entry& b) { return a.at > b.at; }
  };

  void add(Time at, std::uint64_t id) { heap_.push({at, id}); }

  [[nodiscard]] std::optional<Time> next() const {
    return heap_.empty() ? std::nullopt : std::optional<Time>(heap_.top().at);
  }

  /// The next entry that is due at `now`, taken out; empty when there is none.
  [[nodiscard]] std::optional<Entry> pop_due(Time now) {
    if (heap_.empty() || heap_.top().at > now) return std::nullopt;
    const Entry due = heap_.top();
    heap_.pop();
    return due;
  }

 private:
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap_;
};

}  // namespace traceway::http
