// The command line: picks a command and its options. Exit codes: 0 done, 1 failed, 2 wrong usage or
// configuration, 3 records lost in the drain, 130 second signal during the drain.
#pragma once

#include "app/config.h"
#include "demo/options.h"

namespace traceway::cli {

/// Parses and runs. Never throws.
[[nodiscard]] int run(int argc, char** argv);

// One function per command, each in the file of its name.
[[nodiscard]] int serve(const config::Resolved& resolved);
[[nodiscard]] int migrate(const config::Resolved& resolved);
[[nodiscard]] int show_config(const config::Resolved& resolved);
[[nodiscard]] int show_routes(const config::Resolved& resolved);
/// Reports like a small company's services to a running server.
[[nodiscard]] int demo(const demo::Options& options);
[[nodiscard]] int show_version();

}  // namespace traceway::cli
