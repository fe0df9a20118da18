// What a slice may use: references only, the App owns. One of the two leaf headers of app/ that
// lower layers include.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"

namespace traceway {

class MainDb;
class TelemetryDb;
class ProjectDirectory;
class MetricRegistry;
struct Config;

namespace http {
class Rejections;
}

namespace pipeline {
class TelemetryWriter;
}

struct Services {
  MainDb& main;
  TelemetryDb& telemetry;
  pipeline::TelemetryWriter& writer;
  const ProjectDirectory& projects;
  ByteBudget& body_budget;
  const Clock& clock;
  const Config& config;
  http::Rejections& rejections;
  ByteBudget& parser_budget;  ///< memory of the JSON parsers of all ingest requests
  MetricRegistry& metrics;
};

}  // namespace traceway
