#include <iostream>

#include "cli/cli.h"
#include "embed/version.h"

namespace traceway::cli {

int show_version() {
  std::cout << "traceway " << kVersion << "\n";
  return 0;
}

}  // namespace traceway::cli
