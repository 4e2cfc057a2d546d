#include "bench/wkv_cuda_report.h"

#include <cstdio>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace radlads::bench {
namespace {

using Json = nlohmann::ordered_json;

std::string label(const CudaRow& row) {
  const Shape& s = row.shape;
  return fmt::format("{:<5} {:>4} {:>6} {:>4} {:>3}  {:<17}", name_of(row.mixer), s.N, s.T, s.B, s.H,
                     name_of(row.pass));
}

}  // namespace

CudaReport::CudaReport(std::string device_name) : device_name_(std::move(device_name)) {
  fmt::print("{}\n{:<5} {:>4} {:>6} {:>4} {:>3}  {:<17}{:>10} {:>10} {:>9}\n", device_name_, "mixer", "N",
             "T", "B", "H", "pass", "ms", "GFLOP/s", "peak MiB");
}

void CudaReport::add(const CudaRow& row) {
  fmt::print("{}{:>10.4f} {:>10.1f} {:>9.0f}", label(row), row.ms, row.gflops(), row.peak_mib);
  if (row.copy_gbps) {
    fmt::print("  {:.1f} GB/s, {:.0f}% of a copy's {:.1f}", row.gbps(), 100 * row.gbps() / *row.copy_gbps,
               *row.copy_gbps);
  }
  fmt::print("\n");
  std::fflush(stdout);
  rows_.push_back(row);
}

void CudaReport::skip(const CudaRow& row, const std::string& reason) const {
  fmt::print("{}  skipped: {}\n", label(row), reason);
  std::fflush(stdout);
}

void CudaReport::save(const std::string& path) const {
  Json json;
  json["rows"] = Json::array();
  for (const CudaRow& row : rows_) {
    json["rows"].push_back({{"mixer", name_of(row.mixer)},
                            {"N", row.shape.N},
                            {"T", row.shape.T},
                            {"B", row.shape.B},
                            {"H", row.shape.H},
                            {"pass", name_of(row.pass)},
                            {"target", device_name_},
                            {"ms", row.ms},
                            {"gflops", row.gflops()},
                            {"gbps", row.copy_gbps ? Json(row.gbps()) : Json(nullptr)},
                            {"copy_gbps", row.copy_gbps ? Json(*row.copy_gbps) : Json(nullptr)},
                            {"peak_mib", row.peak_mib},
                            {"inputs", name_of(Inputs::kGolden)}});
  }
  std::ofstream file(path);
  file << json.dump(2) << '\n';
  if (!file.flush()) fail("{}: cannot be written", path);
}

}  // namespace radlads::bench
