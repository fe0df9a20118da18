// The composition root: builds the objects in order, owns the threads, starts, drains and stops.
#pragma once

#include "app/config.h"
#include "base/result.h"

#include <memory>
#include <string>
#include <vector>

namespace traceway {
namespace http {
class Router;
}

/// One running server. Order of a life: create (data directory, migrations, objects), start
/// (threads, port), stop. Used from one thread.
class App {
 public:
  /// Errors: a sentence with the next thing to try; exit code 1.
  [[nodiscard]] static Result<std::unique_ptr<App>> create(const Config& config);
  ~App();

  /// Starts writer, workers and listener; logs `listening` with each address, and the first-run
  /// link while no account exists.
  [[nodiscard]] Result<void> start();

  /// Refuses new work, drains the writer, joins http; the databases close with the App. Returns the
  /// exit code: 0, or 3 when records were lost. Idempotent. Source: write-pipeline 10.
  [[nodiscard]] int stop();

  /// For `traceway routes`.
  [[nodiscard]] const http::Router& router() const;

 private:
  struct Parts;
  explicit App(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace traceway
