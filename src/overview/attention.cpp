#include "overview/attention.h"

#include "overview/words.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

namespace traceway::overview {

namespace {

constexpr std::size_t kMostSentences = 5;
constexpr std::int64_t kLeastErrors = 5;
constexpr double kGraveErrorShare = 0.05;
constexpr double kGraveFailureShare = 0.5;

double share_of(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

template <class T>
std::unordered_map<std::string_view, const T*> by_name(std::span<const T> all,
                                                       std::string T::* name) {
  std::unordered_map<std::string_view, const T*> out;
  for (const T& one : all) out.emplace(one.*name, &one);
  return out;
}

std::optional<Attention> error_rate(const api::EndpointStats& now,
                                    const api::EndpointStats& before) {
  const double share = share_of(now.server_errors, now.count);
  const double limit = error_limit(now, before);
  if (now.server_errors < kLeastErrors || share <= limit) return std::nullopt;
  Attention out{AttentionKind::kErrorRate, share >= kGraveErrorShare ? "danger" : "warn"};
  out.title = now.endpoint + " error rate " + percent_words(100 * share) + ", was " +
              percent_words(100 * share_of(before.server_errors, before.count));
  out.detail = count_words(now.server_errors) + " of " + count_of(now.count, "call") + " failed";
  out.weight = now.server_errors;
  out.limit = limit;
  return out;
}

std::optional<Attention> slowness(const api::EndpointStats& now, const api::EndpointStats& before) {
  const double limit = slowness_limit(before);
  if (now.count < kLeastCalls || static_cast<double>(now.p95_duration) <= limit)
    return std::nullopt;
  Attention out{AttentionKind::kSlowerEndpoint, "warn"};
  out.title = now.endpoint + " p95 " + duration_words(now.p95_duration) + ", was " +
              duration_words(before.p95_duration);
  out.detail = count_of(now.count, "call");
  out.weight = now.count;
  out.limit = limit;
  return out;
}

int rank_of(const Attention& one) {
  return one.severity == "danger" ? 0 : 1;
}

}  // namespace

std::string_view name_of(AttentionKind kind) {
  switch (kind) {
    case AttentionKind::kSilent:
      return "silent";
    case AttentionKind::kErrorRate:
      return "error_rate";
    case AttentionKind::kRegressedIssue:
      return "regressed_issue";
    case AttentionKind::kNewIssue:
      return "new_issue";
    case AttentionKind::kTaskFailures:
      return "task_failures";
    case AttentionKind::kSlowerEndpoint:
      break;
  }
  return "slower_endpoint";
}

double slowness_limit(const api::EndpointStats& before) {
  constexpr double kNoticeableNs = 50e6;
  const auto p95 = static_cast<double>(before.p95_duration);
  const auto p99 = static_cast<double>(before.p99_duration);
  return std::max(std::clamp(p99, 1.5 * p95, 3 * p95), p95 + kNoticeableNs);
}

double error_limit(const api::EndpointStats& now, const api::EndpointStats& before) {
  constexpr double kNoticeableShare = 0.01;
  const auto count = static_cast<double>(before.count);
  const auto errors = static_cast<double>(before.server_errors);
  // One success and one failure more than seen: no failure yet does not mean that none can come.
  const double expected = (errors + 1) / (count + 2);
  const double deviation =
      std::sqrt(expected * (1 - expected) * (1 / count + 1 / static_cast<double>(now.count)));
  const double share = errors / count;
  return std::max({share + 3 * deviation, 2 * share, kNoticeableShare});
}

std::vector<Attention> endpoint_attention(std::span<const api::EndpointStats> now,
                                          std::span<const api::EndpointStats> before) {
  const auto past = by_name(before, &api::EndpointStats::endpoint);
  std::vector<Attention> out;
  for (const api::EndpointStats& one : now) {
    const auto found = past.find(one.endpoint);
    if (found == past.end() || found->second->count < kLeastCalls) continue;
    auto sentence = error_rate(one, *found->second);
    if (!sentence) sentence = slowness(one, *found->second);
    if (!sentence) continue;
    sentence->entity = {"endpoint", one.endpoint};
    out.push_back(std::move(*sentence));
  }
  return out;
}

std::vector<Attention> task_attention(std::span<const api::TaskStats> now,
                                      std::span<const api::TaskStats> before) {
  const auto past = by_name(before, &api::TaskStats::task_name);
  std::vector<Attention> out;
  for (const api::TaskStats& one : now) {
    const auto found = past.find(one.task_name);
    const api::TaskStats then = found == past.end() ? api::TaskStats{} : *found->second;
    const double share = share_of(one.failures, one.count);
    if (one.failures == 0 || share <= share_of(then.failures, then.count)) continue;
    Attention sentence{AttentionKind::kTaskFailures,
                       share >= kGraveFailureShare ? "danger" : "warn"};
    sentence.title = one.task_name + " failed " + count_words(one.failures) + " of " +
                     count_of(one.count, "run");
    sentence.detail =
        then.count == 0 ? "no runs in the range before"
                        : "before " + count_words(then.failures) + " of " + count_words(then.count);
    sentence.entity = {"task", one.task_name};
    sentence.weight = one.failures;
    out.push_back(std::move(sentence));
  }
  return out;
}

std::vector<Attention> issue_attention(std::span<const api::GroupFigures> issues) {
  std::vector<Attention> out;
  for (const api::GroupFigures& issue : issues) {
    const api::ExceptionGroup& group = issue.group;
    const bool is_regressed = issue.state == api::IssueState::kRegressed;
    if (!is_regressed && issue.state != api::IssueState::kNew) continue;
    Attention sentence{is_regressed ? AttentionKind::kRegressedIssue : AttentionKind::kNewIssue,
                       "danger"};
    sentence.title = group.type;
    if (!group.message.empty()) sentence.title += (group.type.empty() ? "" : ": ") + group.message;
    sentence.detail = count_of(group.count, "event");
    sentence.since = group.first_seen;
    if (is_regressed && group.archived_at)
      sentence.since.ns = std::max(sentence.since.ns, group.archived_at->ns);
    sentence.entity = {"issue", group.exception_hash};
    sentence.weight = group.count;
    out.push_back(std::move(sentence));
  }
  return out;
}

std::optional<Attention> silence(std::span<const std::int64_t> active, std::int64_t bucket_ns,
                                 std::int64_t last_event_ns, std::int64_t now_ns) {
  constexpr std::size_t kLeastBuckets = 12;
  constexpr std::int64_t kUnusual = 3;
  if (active.size() < kLeastBuckets || last_event_ns > now_ns) return std::nullopt;
  std::int64_t longest = bucket_ns;
  for (std::size_t i = 1; i < active.size(); ++i)
    longest = std::max(longest, active[i] - active[i - 1]);
  const std::int64_t quiet = now_ns - last_event_ns;
  if (quiet <= kUnusual * longest) return std::nullopt;
  Attention out{AttentionKind::kSilent, "danger"};
  out.title = "No data for " + duration_words(quiet);
  out.detail = "pauses last at most " + duration_words(longest) + " otherwise";
  out.since.ns = last_event_ns;
  return out;
}

std::vector<Attention> most_severe(std::vector<Attention> all) {
  std::ranges::stable_sort(all, [](const Attention& a, const Attention& b) {
    return std::tuple(rank_of(a), a.kind, -a.weight) < std::tuple(rank_of(b), b.kind, -b.weight);
  });
  if (all.size() > kMostSentences) all.erase(all.begin() + kMostSentences, all.end());
  return all;
}

}  // namespace traceway::overview
