#include "app/config.h"

#include "base/text.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <thread>
#include <variant>

namespace traceway::config {

namespace {

/// How an option's text becomes a value.
enum class Kind : std::uint8_t { kText, kList, kBool, kCount, kSize, kDuration, kChoice };

using Member =
    std::variant<std::string Config::*, std::vector<std::string> Config::*, bool Config::*,
                 std::uint64_t Config::*, std::chrono::milliseconds Config::*>;

struct Option {
  OptionInfo info;
  Kind kind;
  Member member;
  std::uint64_t min = 0;
  std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  std::string_view choices = {};  // kChoice: "normal|full"
};

constexpr std::uint64_t kMiB = 1ULL << 20U;

using C = Config;

const std::vector<Option> kOptions = {
    {{.name = "listen",
      .default_text = "127.0.0.1:8082",
      .help = "address:port, repeatable; port 0 picks one and logs it",
      .original_env = "PORTS",
      .is_list = true},
     Kind::kList,
     &C::listen},
    {{"data-dir", "./traceway-data", "databases, signing secret, spool", ""},
     Kind::kText,
     &C::data_dir},
    {{"base-url", "", "public URL of the dashboard; unset: the request's scheme and host",
      "APP_BASE_URL"},
     Kind::kText,
     &C::base_url},
    {{"base-path", "", "sub-path behind a reverse proxy; unset: the path of --base-url", ""},
     Kind::kText,
     &C::base_path},
    {{.name = "jwt-secret",
      .default_text = "",
      .help = "signing key, at least 32 characters; unset: generated once in the data directory",
      .original_env = "JWT_SECRET",
      .is_secret = true},
     Kind::kText,
     &C::jwt_secret},
    {{.name = "api-only",
      .default_text = "off",
      .help = "do not serve the dashboard",
      .original_env = "API_ONLY",
      .is_flag = true},
     Kind::kBool,
     &C::api_only},
    {{.name = "cloud-mode",
      .default_text = "off",
      .help = "many organizations; removes has-organizations",
      .original_env = "CLOUD_MODE",
      .is_flag = true},
     Kind::kBool,
     &C::cloud_mode},
    {{"log-format", "logfmt", "logfmt or json", ""},
     Kind::kChoice,
     &C::log_format,
     0,
     0,
     "logfmt|json"},
    {{"log-level", "info", "debug, info, warn, error or off, also per area: info,pipeline=debug",
      ""},
     Kind::kText,
     &C::log_level},
    {{"http-threads", "0", "worker threads; 0 = max(8, 4 x cores)", ""},
     Kind::kCount,
     &C::http_threads,
     0,
     1024},
    {{"ingest-slots", "0", "ingest requests in work at once; 0 = three quarters of the workers",
      "INGEST_MAX_CONCURRENT"},
     Kind::kCount,
     &C::ingest_slots,
     0,
     1024},
    {{"ingest-wait-ms", "5000", "how long a complete request waits for a slot",
      "INGEST_ADMISSION_WAIT_SECONDS"},
     Kind::kCount,
     &C::ingest_wait_ms,
     0,
     600'000},
    {{"receive-bytes", "64MiB", "memory for bodies that are still arriving; beyond it they spool",
      ""},
     Kind::kSize,
     &C::receive_bytes,
     kMiB,
     1U << 30U},
    {{"max-body", "10MiB", "OTLP bodies, on the wire and again decoded", ""},
     Kind::kSize,
     &C::max_body,
     1024,
     1U << 30U},
    {{"report-max-body", "64MiB", "/api/report bodies, on the wire and again decoded",
      "REPORT_MAX_BODY_MB"},
     Kind::kSize,
     &C::report_max_body,
     1024,
     1U << 30U},
    {{"queue-capacity", "8192", "slots of the ingest ring", ""},
     Kind::kCount,
     &C::queue_capacity,
     64,
     1'048'576},
    {{"queue-bytes", "64MiB", "byte budget of the ingest ring", ""},
     Kind::kSize,
     &C::queue_bytes,
     kMiB,
     8ULL << 30U},
    {{"internal-queue-capacity", "1024", "slots of the internal ring", ""},
     Kind::kCount,
     &C::internal_queue_capacity,
     64,
     1'048'576},
    {{"batch-max-jobs", "200", "requests per transaction before adaptation", ""},
     Kind::kCount,
     &C::batch_max_jobs,
     1,
     100'000},
    {{"batch-max-rows", "1000", "rows per transaction before adaptation", ""},
     Kind::kCount,
     &C::batch_max_rows,
     1,
     1'000'000},
    {{"batch-max-bytes", "8MiB", "bytes per transaction before adaptation", ""},
     Kind::kSize,
     &C::batch_max_bytes,
     64U << 10U,
     1U << 30U},
    {{"batch-window-ms", "50", "window for jobs nobody waits for", ""},
     Kind::kCount,
     &C::batch_window_ms,
     0,
     60'000},
    {{"admission-wait-ms", "0", "how long a request waits for room in the ring; holds a worker",
      ""},
     Kind::kCount,
     &C::admission_wait_ms,
     0,
     60'000},
    {{"commit-wait-ms", "5000", "how long an answer waits for its commit", ""},
     Kind::kCount,
     &C::commit_wait_ms,
     1,
     600'000},
    {{"drain-timeout", "10s", "drain at shutdown", ""},
     Kind::kDuration,
     &C::drain_timeout,
     0,
     3'600'000},
    {{"durability", "normal", "normal: survives a crash of the process; full: also a power cut",
      ""},
     Kind::kChoice,
     &C::durability,
     0,
     0,
     "normal|full"},
    {{"ack", "commit", "what a 2xx waits for: commit or enqueue", ""},
     Kind::kChoice,
     &C::ack,
     0,
     0,
     "commit|enqueue"},
    {{.name = "allow-low-disk",
      .default_text = "off",
      .help = "start although less than 16 MiB are free",
      .is_flag = true},
     Kind::kBool,
     &C::allow_low_disk},
    {{.name = "telemetry-max-pages",
      .default_text = "0",
      .help = "pages at which the telemetry database is full; 0: no limit",
      .is_hidden = true},
     Kind::kCount,
     &C::telemetry_max_pages,
     0,
     4'294'967'294},
    {{.name = "debug-writer-delay",
      .default_text = "0ms",
      .help = "sleep before each commit",
      .is_hidden = true},
     Kind::kDuration,
     &C::debug_writer_delay,
     0,
     600'000},
};

/// A number and its unit: "64MiB" -> 64, "MiB".
std::optional<std::pair<std::uint64_t, std::string_view>> split_unit(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = text::parse_int(text.substr(0, digits));
  if (digits == 0 || !number) return std::nullopt;
  return std::pair{static_cast<std::uint64_t>(*number), text::trim(text.substr(digits))};
}

/// Multiplies by the unit's factor; empty for an unknown unit or an overflow.
std::optional<std::uint64_t> scaled(
    std::string_view text,
    std::initializer_list<std::pair<std::string_view, std::uint64_t>> units) {
  const auto parts = split_unit(text);
  if (!parts) return std::nullopt;
  for (const auto& [unit, factor] : units) {
    if (parts->second != unit) continue;
    if (parts->first > std::numeric_limits<std::uint64_t>::max() / factor) return std::nullopt;
    return parts->first * factor;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number_of(Kind kind, std::string_view text) {
  if (kind == Kind::kCount) return scaled(text, {{"", 1}});
  if (kind == Kind::kSize) {
    return scaled(text, {{"", 1}, {"KiB", 1024}, {"MiB", kMiB}, {"GiB", 1024 * kMiB}});
  }
  return scaled(text, {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}});
}

tl::unexpected<Error> refused(const Option& option, std::string_view value,
                              std::string_view allowed) {
  const std::string shown =
      option.info.is_secret ? "the given value" : "'" + std::string(value) + "'";
  return fail(ErrorCode::kInvalid, "--" + std::string(option.info.name) + " cannot be " + shown +
                                       ": " + std::string(allowed));
}

Result<void> set_number(const Option& option, std::string_view value, Config& config) {
  const auto number = number_of(option.kind, value);
  if (!number || *number < option.min || *number > option.max) {
    const std::string_view shape = option.kind == Kind::kCount ? "a whole number"
                                   : option.kind == Kind::kSize
                                       ? "a size such as 64MiB (KiB, MiB, GiB, or bytes)"
                                       : "a duration such as 10s (ms, s, m, h, d)";
    const std::string unit = option.kind == Kind::kSize       ? " bytes"
                             : option.kind == Kind::kDuration ? " ms"
                                                              : "";
    return refused(option, value,
                   "give " + std::string(shape) + " from " + std::to_string(option.min) + " to " +
                       std::to_string(option.max) + unit);
  }
  if (const auto* duration = std::get_if<std::chrono::milliseconds Config::*>(&option.member)) {
    config.** duration = std::chrono::milliseconds(*number);
  } else {
    config.*std::get<std::uint64_t Config::*>(option.member) = *number;
  }
  return {};
}

Result<void> set_bool(const Option& option, std::string_view value, Config& config) {
  const std::string folded = text::to_lower(value);
  const bool is_on = folded == "on" || folded == "true" || folded == "1" || folded == "yes";
  const bool is_off =
      folded == "off" || folded == "false" || folded == "0" || folded == "no" || folded.empty();
  if (!is_on && !is_off) return refused(option, value, "give on or off");
  config.*std::get<bool Config::*>(option.member) = is_on;
  return {};
}

Result<void> set(const Option& option, const std::vector<std::string>& values, Config& config) {
  const std::string_view last =
      values.empty() ? std::string_view() : std::string_view(values.back());
  switch (option.kind) {
    case Kind::kList:
      config.*std::get<std::vector<std::string> Config::*>(option.member) = values;
      return {};
    case Kind::kBool:
      return set_bool(option, last, config);
    case Kind::kChoice: {
      const auto choices = text::split(option.choices, '|');
      if (std::ranges::find(choices, last) == choices.end()) {
        return refused(option, last, "give one of " + std::string(option.choices));
      }
      break;
    }
    case Kind::kText:
      break;
    default:
      return set_number(option, last, config);
  }
  config.*std::get<std::string Config::*>(option.member) = std::string(last);
  return {};
}

std::string environment_name(std::string_view option) {
  std::string name = "TRACEWAY_";
  for (const char c : option)
    name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return name;
}

Result<std::string> read_secret_file(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    return fail(ErrorCode::kInvalid,
                "cannot read the secret in " + path + ": check the path and its permissions");
  std::stringstream text;
  text << file.rdbuf();
  return std::string(text::trim(text.str()));
}

struct Found {
  std::vector<std::string> values;
  std::string origin;
};

/// PORTS of the original: a comma list of ports, on all addresses.
std::vector<std::string> addresses_of_ports(std::string_view ports) {
  std::vector<std::string> out;
  for (const std::string_view port : text::split(ports, ','))
    out.push_back("0.0.0.0:" + std::string(text::trim(port)));
  return out;
}

Result<std::optional<Found>> from_environment(const Option& option, const Sources& sources) {
  const std::string name = environment_name(option.info.name);
  if (const char* value = sources.environment(name.c_str())) {
    if (option.kind != Kind::kList) return Found{{value}, name};
    Found found{{}, name};
    for (const std::string_view part : text::split(value, ','))
      found.values.emplace_back(text::trim(part));
    return found;
  }
  if (option.info.is_secret) {
    const std::string file_name = name + "_FILE";
    if (const char* path = sources.environment(file_name.c_str())) {
      auto secret = read_secret_file(path);
      if (!secret) return fail(secret);
      return Found{{*secret}, file_name};
    }
  }
  const std::string original(option.info.original_env);
  if (original.empty()) return std::nullopt;
  if (const char* value = sources.environment(original.c_str())) {
    if (original == "PORTS") return Found{addresses_of_ports(value), original};
    if (original.ends_with("_MB")) return Found{{std::string(value) + "MiB"}, original};
    // Ours carries its unit in the name; three zeros make milliseconds of whole seconds.
    if (original.ends_with("_SECONDS")) return Found{{std::string(value) + "000"}, original};
    return Found{{value}, original};
  }
  return std::nullopt;
}

Result<Found> find_value(const Option& option, const Sources& sources) {
  if (const auto flag = sources.flags.find(option.info.name); flag != sources.flags.end()) {
    return Found{flag->second, "flag"};
  }
  auto from_env = from_environment(option, sources);
  if (!from_env) return fail(from_env);
  if (*from_env) return std::move(**from_env);
  if (const auto key = sources.file.find(option.info.name); key != sources.file.end()) {
    return Found{key->second, "file"};
  }
  return Found{{std::string(option.info.default_text)}, "default"};
}

/// "address:port", "[v6]:port" or ":port". Not left to the resolver: it takes 70000 for 4464.
bool is_listen_address(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto host = address.substr(0, colon);
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
  const auto port = number_of(Kind::kCount, address.substr(colon + 1));
  return port && *port <= 65'535 && (is_bracketed || host.find(':') == std::string_view::npos);
}

Result<void> check_listen(const Config& config) {
  for (const std::string& address : config.listen) {
    if (is_listen_address(address)) continue;
    return fail(ErrorCode::kInvalid,
                "--listen cannot be '" + address +
                    "': give address:port, [IPv6 address]:port or :port for all addresses, with a "
                    "port from 0 to 65535");
  }
  return {};
}

Effective shown(const Option& option, const Found& found) {
  std::string value;
  for (const std::string& one : found.values) value += (value.empty() ? "" : ", ") + one;
  if (option.info.is_secret && !value.empty()) value = "(secret)";
  return {std::string(option.info.name), std::move(value), found.origin};
}

/// The path part of a URL, with a slash at both ends.
std::string path_of_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t slash = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  return slash == std::string_view::npos ? "/" : std::string(url.substr(slash));
}

Result<void> derive(Config& config) {
  if (auto ok = check_listen(config); !ok) return ok;
  while (config.base_url.ends_with('/')) config.base_url.pop_back();
  if (!config.base_url.empty() && !config.base_url.starts_with("http://") &&
      !config.base_url.starts_with("https://")) {
    return fail(ErrorCode::kInvalid, "--base-url must start with http:// or https://");
  }
  if (config.base_path.empty())
    config.base_path = config.base_url.empty() ? "/" : path_of_url(config.base_url);
  if (!config.base_path.starts_with('/')) config.base_path.insert(0, "/");
  if (!config.base_path.ends_with('/')) config.base_path += '/';
  if (!config.jwt_secret.empty() && config.jwt_secret.size() < 32) {
    return fail(
        ErrorCode::kInvalid,
        "--jwt-secret must have at least 32 characters; leave it out to have one generated");
  }
  if (config.http_threads == 0) {
    config.http_threads =
        std::max<std::uint64_t>(8, 4ULL * std::max(1U, std::thread::hardware_concurrency()));
  }
  if (config.ingest_slots == 0)
    config.ingest_slots = std::max<std::uint64_t>(1, config.http_threads * 3 / 4);
  return {};
}

/// What the defaults of other options or of the machine make of a value.
void show_derived(const Config& config, std::vector<Effective>& report) {
  const std::map<std::string, std::string, std::less<>> derived = {
      {"base-url", config.base_url},
      {"base-path", config.base_path},
      {"http-threads", std::to_string(config.http_threads)},
      {"ingest-slots", std::to_string(config.ingest_slots)}};
  for (Effective& one : report) {
    if (const auto found = derived.find(one.name); found != derived.end())
      one.value = found->second;
  }
}

std::vector<std::string> notes_of(const Sources& sources) {
  std::vector<std::string> notes;
  for (const char* name : {"TURNSTILE_SECRET_KEY", "DISABLE_PASSWORD_LOGIN"}) {
    if (sources.environment(name) != nullptr)
      notes.push_back(std::string(name) + " is out of scope and has no effect");
  }
  return notes;
}

}  // namespace

std::vector<OptionInfo> options() {
  std::vector<OptionInfo> out;
  out.reserve(std::size(kOptions));
  for (const Option& option : kOptions) out.push_back(option.info);
  return out;
}

Result<Resolved> resolve(const Sources& sources) {
  for (const auto& [key, values] : sources.file) {
    if (std::ranges::none_of(kOptions,
                             [&](const Option& option) { return option.info.name == key; })) {
      return fail(ErrorCode::kInvalid, "the configuration file has an unknown key '" + key +
                                           "'; `traceway config` lists every key");
    }
  }
  Resolved out;
  for (const Option& option : kOptions) {
    auto found = find_value(option, sources);
    if (!found) return fail(found);
    if (auto ok = set(option, found->values, out.config); !ok) return fail(ok);
    if (!option.info.is_hidden) out.report.push_back(shown(option, *found));
  }
  if (auto ok = derive(out.config); !ok) return fail(ok);
  show_derived(out.config, out.report);
  out.notes = notes_of(sources);
  return out;
}

}  // namespace traceway::config
