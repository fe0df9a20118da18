// Compressed request bodies for tests.
#pragma once

#include "http/body.h"

namespace traceway::test {

using http::gzip;

}  // namespace traceway::test
