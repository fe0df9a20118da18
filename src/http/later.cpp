#include "http/later.h"

#include <utility>

namespace traceway::http {

Answer& Answer::operator=(Answer&& other) noexcept {
  if (this != &other) {
    if (sink_) sink_->abandon();
    sink_ = std::move(other.sink_);
  }
  return *this;
}

Answer::~Answer() {
  if (sink_) sink_->abandon();
}

void Answer::send(Response&& response) {
  if (const auto sink = std::exchange(sink_, nullptr)) sink->complete(std::move(response));
}

}  // namespace traceway::http
