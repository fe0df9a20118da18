#include "issues/issue_filter.h"

#include "api/stack_frames.h"
#include "base/text.h"

#include <algorithm>
#include <chrono>

namespace traceway::issues {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMaxTexts = 50'000;
constexpr std::chrono::seconds kTextDeadline{10};

bool is_text_key(std::string_view key) {
  return key == "message" || key == "file" || key == "function";
}

bool any_frame(const std::vector<api::StackError>& errors, std::string api::StackFrame::* member,
               std::string_view value) {
  return std::ranges::any_of(errors, [&](const api::StackError& error) {
    return std::ranges::any_of(error.frames, [&](const api::StackFrame& frame) {
      return text::contains_ignore_case(frame.*member, value);
    });
  });
}

bool fits(const std::vector<api::StackError>& errors, const FieldFilter& filter) {
  if (filter.key == "file") return any_frame(errors, &api::StackFrame::file, filter.value);
  if (filter.key == "function") return any_frame(errors, &api::StackFrame::function, filter.value);
  return text::contains_ignore_case(errors.front().message, filter.value);
}

/// Ids of the texts that fit every filter, ascending. The store finds those that contain the first
/// value anywhere; what it stands for is decided on the parsed text.
Result<std::vector<std::int64_t>> fitting_texts(TelemetryDb& telemetry, const Uuid& project,
                                                const std::vector<FieldFilter>& filters) {
  const auto until = SteadyClock::now() + kTextDeadline;
  std::vector<std::int64_t> out;
  for (std::int64_t after = 0;;) {
    auto rows = telemetry.run(
        "issues.texts_containing",
        {{"project_id", to_value(project)}, {"search", filters.front().value}, {"after", after}});
    if (!rows) return fail(rows);
    if (rows->empty()) return out;
    for (const Row& row : *rows) {
      after = row.integer("id");
      const auto errors = api::parse_stack(row.text("stack_trace"));
      const auto fits_it = [&](const FieldFilter& filter) { return fits(errors, filter); };
      if (std::ranges::all_of(filters, fits_it)) out.push_back(after);
    }
    if (out.size() > kMaxTexts) {
      return fail(ErrorCode::kInvalid, "Too many stack traces match \"" + filters.front().value +
                                           "\": choose a longer text");
    }
    if (SteadyClock::now() > until) {
      return fail(ErrorCode::kUnavailable, "The query took too long. Choose a longer text.",
                  "stack texts");
    }
  }
}

/// Of a column only one value can be asked for.
void set(std::optional<std::string>& column, const std::string& value, bool& is_contradiction) {
  is_contradiction = is_contradiction || (column && *column != value);
  column = value;
}

void add_exact(const FieldFilter& filter, OccurrenceFilter& to) {
  if (filter.key == "type") return set(to.type, filter.value, to.is_contradiction);
  if (filter.key == "hash") return set(to.hash, filter.value, to.is_contradiction);
  if (filter.key == "server") return set(to.server, filter.value, to.is_contradiction);
  if (filter.key == "version") return set(to.version, filter.value, to.is_contradiction);
  if (filter.key == "route") return set(to.route, filter.value, to.is_contradiction);
  to.attributes.push_back(filter);
}

}  // namespace

void OccurrenceFilter::add_to(Params& params) const {
  params.emplace_back("server", or_null(server));
  params.emplace_back("version", or_null(version));
  params.emplace_back("route", or_null(route));
  params.emplace_back("attributes", std::monostate{});
  if (!attributes.empty()) params.back().second = to_json(attributes);
  params.emplace_back("text_ids", std::monostate{});
  if (texts) params.back().second = to_json(*texts);
}

Result<OccurrenceFilter> occurrence_filter(TelemetryDb& telemetry, const Uuid& project,
                                           const std::vector<FieldFilter>& filters) {
  if (filters.size() > kMaxFilters) {
    return fail(ErrorCode::kInvalid, "At most 10 filters can be combined");
  }
  OccurrenceFilter out;
  std::vector<FieldFilter> of_texts;
  for (const FieldFilter& filter : filters) {
    if (filter.key.empty()) return fail(ErrorCode::kInvalid, "A filter needs a key");
    if (!is_text_key(filter.key)) {
      add_exact(filter, out);
    } else if (!filter.value.empty()) {
      of_texts.push_back(filter);
    }
  }
  if (of_texts.empty() || out.is_contradiction) return out;
  auto texts = fitting_texts(telemetry, project, of_texts);
  if (!texts) return fail(texts);
  out.texts = std::move(*texts);
  return out;
}

}  // namespace traceway::issues
