// Recordings of a report on their way to the store: the exception they belong to is found, and
// their contents become files. Source: ingest 7.4.
#pragma once

#include "base/result.h"
#include "model/batch.h"

#include <cstdint>

namespace traceway {
struct Services;
}

namespace traceway::ingest {

/// Links and writes the batch's recordings; the files are on disk on return, so that a commit never
/// names one that a crash could take. One that belongs to nothing leaves the batch without a word,
/// one that the disk refuses as well: an exception must not be lost because its video was too big.
/// Frees the batch's body. How many the disk refused. Errors: those of the database.
[[nodiscard]] Result<std::uint32_t> store_recordings(TelemetryBatch& batch, Services& services);

}  // namespace traceway::ingest
