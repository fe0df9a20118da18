// Every option of the server, once. One of the two leaf headers of app/ that lower layers include.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace traceway {

/// Effective values; configuration.md gives each one's meaning. Sizes in bytes.
struct Config {
  std::string config_file;
  std::vector<std::string> listen = {"127.0.0.1:8082"};
  std::string data_dir = "./traceway-data";
  std::string storage_path;               ///< empty: <data_dir>/blobs
  std::string base_url;                   ///< without trailing slash; empty: from the request
  std::string base_path = "/";
  std::string jwt_secret;                 ///< secret
  bool api_only = false;
  bool cloud_mode = false;
  std::string log_format = "logfmt";
  std::string log_level = "info";
  int http_threads = 0;                   ///< 0: max(8, 4 x cores)
  int ingest_slots = 0;                   ///< 0: three quarters of http_threads
  std::chrono::milliseconds ingest_wait{5000};
  std::uint64_t receive_bytes = 64U << 20U;
  std::uint64_t max_body = 10U << 20U;
  std::uint64_t queue_capacity = 8192;
  std::uint64_t queue_bytes = 64U << 20U;
  std::uint64_t batch_max_jobs = 200;
  std::uint64_t batch_max_rows = 1000;
  std::uint64_t batch_max_bytes = 8U << 20U;
  std::chrono::milliseconds commit_wait{5000};
  std::chrono::milliseconds drain_timeout{10'000};
  std::string durability = "normal";
  std::string ack = "commit";
  bool allow_low_disk = false;
  std::chrono::milliseconds debug_writer_delay{0};
};

}  // namespace traceway
