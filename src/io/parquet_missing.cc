#include "core/error.h"
#include "io/parquet.h"

namespace radlads {

bool reads_parquet() { return false; }

std::vector<nlohmann::ordered_json> read_parquet(const std::filesystem::path& file) {
  fail(
      "[read_parquet] this radlads was built without Parquet, and cannot read {}: make JSON lines of it, or "
      "build with "
      "./setup --parquet and -DRADLADS_PARQUET=ON",
      file.string());
}

}  // namespace radlads
