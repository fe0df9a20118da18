#include "issues/issue_rows.h"

#include <algorithm>
#include <cmath>

namespace traceway::issues {

namespace {

/// How many rows of a sample have the key.
double rows_with(const Tag& tag) {
  double rows = 0;
  for (const TagValue& value : tag.values) rows += static_cast<double>(value.count);
  return rows;
}

double frequency(const Tag* tag, std::string_view value) {
  if (tag == nullptr) return 0;
  const auto found = std::ranges::find(tag->values, value, &TagValue::value);
  if (found == tag->values.end()) return 0;
  return tag->share * static_cast<double>(found->count) / rows_with(*tag);
}

/// 0 when the values are spread as usual, 1 when they have nothing in common.
double difference(const Tag& tag, const Tag* usual) {
  double sum = 0;
  for (const TagValue& value : tag.values) {
    sum += std::max(0.0, frequency(&tag, value.value) - frequency(usual, value.value));
  }
  return sum;
}

struct Telling {
  bool is_unique = false;  // a value of its own in every row: a number, no property
  double difference = 0;   // in hundredths: less is chance
  double favourite = 0;    // share of the most frequent value
};

Telling telling_of(const Tag& tag, const Tag* usual) {
  Telling out;
  const auto most = static_cast<double>(tag.values.front().count);
  out.is_unique = tag.distinct > 1 && most <= 1;
  out.difference = std::round(difference(tag, usual) * 100);
  out.favourite = frequency(&tag, tag.values.front().value);
  return out;
}

}  // namespace

Params IssueRows::params() const {
  Params out = {{"project_id", to_value(project)},
                {"exception_hash", hash},
                {"from_time", range.from_ns},
                {"to_time", range.to_ns}};
  filter.add_to(out);
  return out;
}

Result<std::vector<api::GroupFigures>> matching_groups(TelemetryDb& telemetry,
                                                       const api::GroupFilter& filter,
                                                       const OccurrenceFilter& rows_wanted,
                                                       std::string_view search) {
  std::vector<api::GroupFigures> groups;
  if (rows_wanted.is_contradiction) return groups;
  Params params = {
      {"project_id", to_value(filter.project)}, {"from_time", filter.range.from_ns},
      {"to_time", filter.range.to_ns},          {"search", to_value(search)},
      {"type", or_null(rows_wanted.type)},      {"exception_hash", or_null(rows_wanted.hash)},
      {"is_message", std::monostate{}}};
  if (filter.is_message) params.back().second = std::int64_t{*filter.is_message};
  rows_wanted.add_to(params);
  auto rows = telemetry.run("issues.matching_groups", params);
  if (!rows) return fail(rows);
  groups.reserve(rows->size());
  for (const Row& row : *rows) groups.push_back(api::to_figures(row, filter.range.from_ns));
  return groups;
}

Result<api::GroupFigures> find_issue(TelemetryDb& telemetry, const Uuid& project,
                                     std::string_view hash) {
  auto found = api::exception_group(telemetry, project, hash);
  if (!found) return fail(found);
  if (!*found) return fail(ErrorCode::kNotFound, "Exception not found");
  return std::move(**found);
}

Result<std::vector<std::int64_t>> newest_rows(TelemetryDb& telemetry, const IssueRows& of,
                                              const api::Pagination& page, bool is_oldest_first) {
  Params params = of.params();
  params.emplace_back("limit", page.page_size);
  params.emplace_back("offset", page.offset());
  auto rows = telemetry.run(is_oldest_first ? "issues.oldest_rows" : "issues.newest_rows", params);
  if (!rows) return fail(rows);
  std::vector<std::int64_t> out;
  out.reserve(rows->size());
  for (const Row& row : *rows) out.push_back(row.integer("row_id"));
  return out;
}

Result<std::vector<Tag>> tags_of_rows(TelemetryDb& telemetry, const Uuid& project,
                                      const std::vector<std::int64_t>& rows) {
  auto found =
      telemetry.run("issues.tags", {{"project_id", to_value(project)}, {"rows", to_json(rows)}});
  if (!found) return fail(found);
  std::vector<Tag> out;
  for (const Row& row : *found) {
    const std::string key = row.text("key");
    if (out.empty() || out.back().key != key) {
      const double share = row.real("rows") / static_cast<double>(rows.size());
      out.push_back({key, row.integer("distinct_values"), {}, std::min(share, 1.0)});
    }
    out.back().values.push_back(
        {row.text("value"), row.integer("count"), {row.integer("last_seen")}});
  }
  return out;
}

std::vector<Tag> most_telling(std::vector<Tag> tags, const std::vector<Tag>& usual,
                              std::size_t most) {
  std::vector<std::pair<Telling, Tag>> judged;
  for (Tag& tag : tags) {
    const auto found = std::ranges::find(usual, tag.key, &Tag::key);
    const Telling telling = telling_of(tag, found == usual.end() ? nullptr : &*found);
    judged.emplace_back(telling, std::move(tag));
  }
  std::ranges::sort(judged, [](const auto& a, const auto& b) {
    if (a.first.is_unique != b.first.is_unique) return b.first.is_unique;
    if (a.first.difference != b.first.difference) return a.first.difference > b.first.difference;
    if (a.first.favourite != b.first.favourite) return a.first.favourite > b.first.favourite;
    return a.second.key < b.second.key;
  });
  if (judged.size() > most) judged.resize(most);
  std::vector<Tag> out;
  out.reserve(judged.size());
  for (auto& [telling, tag] : judged) out.push_back(std::move(tag));
  return out;
}

}  // namespace traceway::issues
