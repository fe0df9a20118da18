// Chunks of metric points under arbitrary bytes: refused, or read without leaving them.
#include "storage/sqlite/blocks/metric_chunk.h"
#include "storage/sqlite/blocks/wire.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool claim) {
  if (!claim) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traceway::sqlite::blocks;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  bytes.append(kPadding, '\0');  // as behind every part
  const std::string_view part = std::string_view(bytes).substr(0, size);
  MetricPoints points;
  if (points.read(part)) {
    std::size_t rows = 0;
    for (std::size_t i = 0; i < points.series(); ++i) {
      require(points.times(i).size() == points.count(i));
      require(points.values(i).size() == points.count(i));
      rows += points.count(i);
    }
    require(rows == points.rows());
  }
  MetricSeries series;
  if (series.read(part)) {
    for (std::size_t i = 0; i < series.size(); ++i) {
      (void)series.identity(i);
      for (const TagNumbers& tag : series.tags(i))
        require(tag.key < series.texts_size() && tag.value < series.texts_size());
    }
  }
  return 0;
}
