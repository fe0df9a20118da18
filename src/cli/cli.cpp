// The only file that knows CLI11: every option comes from the table in app/config.
#include "cli/cli.h"

#include "embed/version.h"

#include <CLI/CLI.hpp>

#include <cctype>
#include <cstdlib>
#include <exception>
#include <iostream>

namespace traceway::cli {

namespace {

constexpr int kUsage = 2;

/// What the command line said, before precedence is applied.
struct Parsed {
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  std::map<std::string, bool, std::less<>> flags;
  std::string config_file;
};

std::string environment_hint(const config::OptionInfo& option) {
  std::string help(option.help);
  if (!option.default_text.empty()) help += " [" + std::string(option.default_text) + "]";
  return help;
}

/// Adds the option table to a command. Values are read as text; config::resolve gives them their
/// meaning.
void add_options(CLI::App& command, Parsed& parsed) {
  command
      .add_option("--config", parsed.config_file,
                  "file of options: the flags without dashes in front, `key = value`")
      ->type_name("FILE");
  for (const config::OptionInfo& option : config::options()) {
    const std::string name = "--" + std::string(option.name);
    const std::string key(option.name);
    const std::string group = option.is_hidden ? "" : "Options";
    if (option.is_flag) {
      command.add_flag(name, parsed.flags[key], environment_hint(option))->group(group);
    } else {
      CLI::Option* added = command.add_option(name, parsed.values[key], environment_hint(option));
      added->type_name("VALUE")->group(group);
      if (option.is_list) {
        added->allow_extra_args(false);
      } else {
        added->expected(1);  // given twice: refused, nobody meant both
      }
    }
  }
}

std::string environment_name(const std::string& flag) {
  std::string name = "TRACEWAY_" + flag.substr(2);
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

/// `demo` speaks to a server as a client does, so none of the server's options are its own.
void add_demo_options(CLI::App& command, demo::Options& options) {
  const auto add = [&](const std::string& flag, auto& to, const std::string& help) {
    return command.add_option(flag, to, help)->envname(environment_name(flag));
  };
  add("--url", options.url, "server to report to [" + options.url + "]");
  add("--token", options.tokens,
      "project to report to; given up to three times: shop, worker, storefront")
      ->allow_extra_args(false);
  add("--email", options.email, "account to sign in with, or to create on a fresh server");
  add("--password", options.password, "its password; a new account without one gets a random one");
  add("--days", options.days, "days of the past to fill [1, with --rate 0]")
      ->check(CLI::Range(0.0, 90.0));
  add("--scale", options.scale, "how many times 19,000 requests a day the past has [1]")
      ->check(CLI::Range(0.001, 1000.0));
  add("--rate", options.rate, "requests per second from then on, until interrupted; 0 = stop")
      ->check(CLI::Range(0.0, 10'000.0));
  add("--for", options.seconds, "seconds after which --rate ends")->check(CLI::PositiveNumber);
  add("--seed", options.seed, "repeats a run: same seed, same company");
}

/// The configuration file by CLI11's reader: TOML or INI without sections.
Result<config::Values> read_file(const std::string& path) {
  config::Values values;
  if (path.empty()) return values;
  try {
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_file(path))
      values[item.fullname()] = item.inputs;
  } catch (const CLI::Error&) {
    return fail(ErrorCode::kInvalid, "cannot read the configuration file " + path +
                                         ": check the path, and that every line reads key = value");
  }
  return values;
}

Result<config::Resolved> resolve(const Parsed& parsed) {
  config::Sources sources;
  sources.environment = [](const char* name) -> const char* { return std::getenv(name); };
  for (const auto& [key, values] : parsed.values) {
    if (!values.empty()) sources.flags[key] = values;
  }
  for (const auto& [key, is_set] : parsed.flags) {
    if (is_set) sources.flags[key] = {"on"};
  }
  std::string path = parsed.config_file;
  if (const char* from_environment = std::getenv("TRACEWAY_CONFIG");
      path.empty() && from_environment != nullptr) {
    path = from_environment;
  }
  auto file = read_file(path);
  if (!file) return fail(file);
  sources.file = std::move(*file);
  return config::resolve(sources);
}

int with_config(const Parsed& parsed, int (*command)(const config::Resolved&)) {
  const auto resolved = resolve(parsed);
  if (!resolved) {
    std::cerr << "traceway: " << resolved.error().message << "\n";
    return kUsage;
  }
  return command(*resolved);
}

int parse_and_run(int argc, char** argv) {
  CLI::App app("Traceway: error tracking and monitoring in one executable.");
  app.set_version_flag("--version", std::string(kVersion));
  app.require_subcommand(1);
  app.footer(
      "Every option may also be set as TRACEWAY_<OPTION> in the environment or in the file given "
      "by --config.");
  Parsed parsed;

  struct Command {
    const char* name;
    const char* help;
    int (*run)(const config::Resolved&);
  };

  const Command commands[] = {
      {"serve", "run the server", serve},
      {"migrate", "apply pending migrations of both databases and exit", migrate},
      {"config", "show every option, its effective value and where it came from", show_config},
      {"routes", "show every route with its guard and source file", show_routes},
  };
  for (const Command& command : commands)
    add_options(*app.add_subcommand(command.name, command.help), parsed);
  demo::Options demo_options;
  add_demo_options(
      *app.add_subcommand("demo", "report to a running server like a small company's services"),
      demo_options);
  app.add_subcommand("version", "show the version");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : kUsage;
  }
  for (const Command& command : commands) {
    if (app.got_subcommand(command.name)) return with_config(parsed, command.run);
  }
  if (app.got_subcommand("demo")) return demo(demo_options);
  return show_version();
}

}  // namespace

int run(int argc, char** argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "traceway: stopped by an unexpected failure: " << failure.what() << "\n";
    return 1;
  }
}

}  // namespace traceway::cli
