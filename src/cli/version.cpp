#include "embed/version.h"

#include "cli/cli.h"

#include <iostream>

namespace traceway::cli {

int show_version() {
  std::cout << "traceway " << kVersion << "\n";
  return 0;
}

}  // namespace traceway::cli
