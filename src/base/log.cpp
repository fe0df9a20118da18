#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <map>
#include <mutex>

namespace traceway::log {

namespace {

struct Settings {
  bool is_json = false;
  Level level = Level::kInfo;
  std::map<std::string, Level, std::less<>> areas;
};

// Set once by configure() before threads start; read-only afterwards.
Settings& settings() {
  static Settings one;
  return one;
}

spdlog::logger& sink() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("traceway",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

constexpr std::string_view kLevelNames[] = {"debug", "info", "warn", "error", "off"};

std::optional<Level> parse_level(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kLevelNames); ++i) {
    if (name == kLevelNames[i]) return static_cast<Level>(i);
  }
  return std::nullopt;
}

bool is_enabled(Level level, std::string_view area) {
  const Settings& s = settings();
  const auto own = s.areas.find(area);
  return level >= (own == s.areas.end() ? s.level : own->second);
}

void append_text(std::string& out, std::string_view text, bool is_json) {
  const bool needs_quotes =
      is_json || text.empty() || text.find_first_of(" =\"\n\r\t\\") != std::string_view::npos;
  if (!needs_quotes) {
    out += text;
    return;
  }
  Arena arena;
  text::append_json_string(out, text::clean_utf8(text, arena));
}

void append_value(std::string& out, const Field& field, bool is_json) {
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string_view>) {
          append_text(out, value, is_json);
        } else if constexpr (std::is_same_v<T, bool>) {
          out += value ? "true" : "false";
        } else if constexpr (std::is_same_v<T, double>) {
          out += text::number_to_text(value);
        } else {
          out += std::to_string(value);
        }
      },
      field.value);
}

void append_key(std::string& out, std::string_view key, bool is_json) {
  if (is_json) {
    out += out.size() > 1 ? ",\"" : "\"";
    out += key;
    out += "\":";
  } else {
    if (!out.empty()) out += ' ';
    out += key;
    out += '=';
  }
}

void write(Level level, std::string_view area, std::string_view message, Fields fields) {
  if (!is_enabled(level, area)) return;
  const bool is_json = settings().is_json;
  std::string line = is_json ? "{" : "";
  const auto add = [&](const Field& field) {
    append_key(line, field.key, is_json);
    append_value(line, field, is_json);
  };
  add({"time", to_rfc3339(SystemClock().now_ns() / 1'000'000 * 1'000'000)});
  add({"level", kLevelNames[static_cast<std::size_t>(level)]});
  add({"area", area});
  add({"msg", message});
  for (const Field& field : fields) add(field);
  if (is_json) line += '}';
  sink().info(line);
}

}  // namespace

Result<void> configure(std::string_view format, std::string_view levels) {
  if (format != "logfmt" && format != "json") {
    return fail(ErrorCode::kInvalid, "--log-format must be logfmt or json");
  }
  Settings next;
  next.is_json = format == "json";
  for (const std::string_view part : text::split(levels, ',')) {
    const std::size_t equals = part.find('=');
    const auto level =
        parse_level(equals == std::string_view::npos ? part : part.substr(equals + 1));
    if (!level) {
      return fail(ErrorCode::kInvalid,
                  "--log-level must be debug, info, warn, error or off, also per area: "
                  "info,pipeline=debug");
    }
    if (equals == std::string_view::npos) {
      next.level = *level;
    } else {
      next.areas.emplace(part.substr(0, equals), *level);
    }
  }
  settings() = std::move(next);
  return {};
}

void debug(std::string_view area, std::string_view message, Fields fields) {
  write(Level::kDebug, area, message, fields);
}

void info(std::string_view area, std::string_view message, Fields fields) {
  write(Level::kInfo, area, message, fields);
}

void warn(std::string_view area, std::string_view message, Fields fields) {
  write(Level::kWarn, area, message, fields);
}

void error(std::string_view area, std::string_view message, Fields fields) {
  write(Level::kError, area, message, fields);
}

}  // namespace traceway::log
