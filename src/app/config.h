// Every option of the server, once. One of the two leaf headers of app/ that lower layers include.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace traceway {

/// Effective values. Each option's meaning is its help text in config.cpp. Sizes in bytes.
struct Config {
  std::vector<std::string> listen;
  std::string data_dir;
  std::string base_url;    ///< without trailing slash; empty: the request's scheme and host
  std::string base_path;   ///< starts and ends with a slash
  std::string jwt_secret;  ///< secret; empty: generated in the data directory
  bool api_only = false;
  bool cloud_mode = false;
  std::string log_format;
  std::string log_level;
  std::uint64_t http_threads = 0;
  std::uint64_t ingest_slots = 0;
  std::uint64_t ingest_wait_ms = 0;
  std::uint64_t receive_bytes = 0;
  std::uint64_t max_body = 0;
  std::uint64_t report_max_body = 0;
  std::uint64_t queue_capacity = 0;
  std::uint64_t queue_bytes = 0;
  std::uint64_t internal_queue_capacity = 0;
  std::uint64_t batch_max_jobs = 0;
  std::uint64_t batch_max_rows = 0;
  std::uint64_t batch_max_bytes = 0;
  std::uint64_t batch_window_ms = 0;
  std::uint64_t admission_wait_ms = 0;
  std::uint64_t commit_wait_ms = 0;
  std::chrono::milliseconds drain_timeout{0};
  std::string durability;
  std::string ack;
  bool allow_low_disk = false;
  std::uint64_t telemetry_max_pages = 0;
  std::chrono::milliseconds debug_writer_delay{0};
};

namespace config {

/// One row of the option table: what `--help`, the environment, the file and `traceway config` know
/// of an option.
struct OptionInfo {
  std::string_view name = {};  ///< the flag without dashes; the file's key
  std::string_view default_text = {};
  std::string_view help = {};
  std::string_view original_env =
      {};                  ///< name the original used, accepted in the environment; empty for none
  bool is_flag = false;    ///< takes no value on the command line
  bool is_list = false;    ///< may be given more than once
  bool is_secret = false;  ///< masked wherever shown; TRACEWAY_X_FILE is read too
  bool is_hidden = false;  ///< testing aid, not in --help
};

[[nodiscard]] std::vector<OptionInfo> options();

using Values = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Where values come from, strongest first: flags, environment, file, defaults.
struct Sources {
  Values flags;
  Values file;
  std::function<const char*(const char*)> environment;  ///< getenv, or a test's own
};

/// One option as it came out, for `traceway config`.
struct Effective {
  std::string name;
  std::string value;   ///< "(secret)" for a secret that is set
  std::string origin;  ///< "default", "flag", "file", or the name of the environment variable
};

struct Resolved {
  Config config;
  std::vector<Effective> report;
  std::vector<std::string>
      notes;  ///< what was accepted without effect or is out of scope; logged once at start
};

/// Applies the precedence and checks every value. Errors: kInvalid with a sentence that names the
/// option and says what is allowed (exit code 2). Pure but for reading `*_FILE` secrets.
[[nodiscard]] Result<Resolved> resolve(const Sources& sources);

}  // namespace config
}  // namespace traceway
