#include "cli/cli.h"

#include <iomanip>
#include <iostream>

namespace traceway::cli {

int show_config(const config::Resolved& resolved) {
  for (const config::Effective& one : resolved.report) {
    std::cout << std::left << std::setw(26) << one.name << std::setw(28)
              << (one.value.empty() ? "-" : one.value) << one.origin << "\n";
  }
  for (const std::string& note : resolved.notes) std::cout << "note: " << note << "\n";
  return 0;
}

}  // namespace traceway::cli
