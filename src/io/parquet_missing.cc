#include "core/error.h"
#include "io/parquet.h"

namespace radlads {

bool reads_parquet() { return false; }

void check_reads_parquet(const std::filesystem::path& file) {
  fail(
      "[read_parquet] {} is Parquet, and this radlads was built without Parquet support: build with ./setup "
      "--parquet and "
      "-DRADLADS_PARQUET=ON, or convert the file to JSON lines",
      file.string());
}

std::vector<nlohmann::ordered_json> read_parquet(const std::filesystem::path& file) {
  check_reads_parquet(file);
  return {};
}

bool for_each_text_of_column(const std::filesystem::path& file, const std::string& /*column*/,
                             const std::function<bool(std::optional<std::string_view>)>& /*text*/) {
  check_reads_parquet(file);
  return false;
}

}  // namespace radlads
