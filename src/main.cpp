// Parses the command line, picks a command, returns its exit code.
#include "cli/cli.h"

int main(int argc, char** argv) {
  return traceway::cli::run(argc, argv);
}
