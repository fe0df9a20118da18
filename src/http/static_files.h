// The dashboard from the executable: hashed assets for ever, its page for every other path, nothing
// read from disk.
#pragma once

#include "embed/embedded.h"
#include "http/router.h"

#include <span>
#include <string>

namespace traceway::http {

struct StaticOptions {
  std::string base_path =
      "/";                ///< sub-path of the reverse proxy; rewrites `<base href>` in the page
  bool api_only = false;  ///< every path is 404 JSON
  std::span<const embed::Asset> assets =
      embed::assets();  ///< sorted by path; must outlive the handler
};

/// The router's fallback: GET and HEAD outside /api. `/assets/*` is immutable and 404 when missing;
/// other assets and the page are `no-cache` with an ETag; a path without asset is the page for
/// whoever accepts HTML, else 404 JSON.
[[nodiscard]] Handler static_files(const StaticOptions& options);

/// The weight that an Accept-Encoding value gives `coding`, 0 to 1; absent codings follow `*`,
/// identity defaults to 1. Source: RFC 9110 12.5.3.
[[nodiscard]] double encoding_weight(std::string_view accept_encoding, std::string_view coding);

/// True when the value of Accept allows an HTML page: absent, `*/*`, `text/*`, `text/html`.
[[nodiscard]] bool accepts_html(std::string_view accept);

}  // namespace traceway::http
