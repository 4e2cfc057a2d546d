#include "bench/wkv_report.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/wkv_torch.h"
#include "core/error.h"

namespace radlads::bench {
namespace {

using Json = nlohmann::ordered_json;

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string compiler() {
#ifdef __clang__
  return __VERSION__;
#else
  return "GCC " __VERSION__;
#endif
}

std::string date() { return fmt::format("{:%Y-%m-%d}", std::chrono::system_clock::now()); }

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

/// "  12.345 ms  3.4x" of a rival.
std::string rival(const std::optional<double>& ms, double our_ms) {
  return ms ? fmt::format("{:>10.3f} {:>6.1f}x", *ms, *ms / our_ms) : fmt::format("{:>10} {:>7}", "-", "");
}

}  // namespace

Report::Report(int threads, std::string target) : threads_(threads), target_(std::move(target)) {
  fmt::print("{}, {} threads, {}; LibTorch {}\n", cpu_name(), threads_, target_,
             torch_version().empty() ? "none" : torch_version());
  fmt::print(
      "{:<5} {:>4} {:>4} {:>5} {:>3}  {:<17} {:<9}{:>9} {:>8} {:>8} {:>6} {:>10} {:>7} {:>10} {:>7} {:>5}\n",
      "mixer", "N", "T", "B", "H", "pass", "inputs", "ms", "GFLOP/s", "peak", "", "loop ms", "faster",
      "torch ms", "faster", "chunk");
}

void Report::add(const Row& row) {
  const Shape& s = row.shape;
  fmt::print("{:<5} {:>4} {:>4} {:>5} {:>3}  {:<17} {:<9}{:>9.3f} {:>8.1f} {:>8.1f} {:>5.1f}% {} {} {:>5}",
             name_of(row.mixer), s.N, s.T, s.B, s.H, name_of(row.pass), name_of(row.inputs), row.ms,
             row.gflops(), row.peak_gflops, 100 * row.gflops() / row.peak_gflops, rival(row.loop_ms, row.ms),
             rival(row.torch_ms, row.ms), row.torch_ms ? std::to_string(row.torch_chunk) : "");
  if (row.copy_gbps) {
    fmt::print("  {:.1f} GB/s, {:.0f}% of {:.1f} in place", row.gbps(), 100 * row.gbps() / *row.copy_gbps,
               *row.copy_gbps);
  }
  if (const Row* other = golden(row)) fmt::print("  {:.2f} of golden", row.ms / other->ms);
  fmt::print("\n");
  std::fflush(stdout);
  rows_.push_back(row);
}

void Report::save(const std::string& path) const {
  Json json;
  json["header"] = {{"date", date()},
                    {"cpu", cpu_name()},
                    {"threads", threads_},
                    {"compiler", compiler()},
                    {"torch", torch_version().empty() ? Json(nullptr) : Json(torch_version())}};
  json["rows"] = Json::array();
  for (const Row& row : rows_) {
    json["rows"].push_back({{"mixer", name_of(row.mixer)},
                            {"N", row.shape.N},
                            {"T", row.shape.T},
                            {"B", row.shape.B},
                            {"H", row.shape.H},
                            {"pass", name_of(row.pass)},
                            {"threads", threads_},
                            {"target", target_},
                            {"ms", row.ms},
                            {"gflops", row.gflops()},
                            {"peak_gflops", row.peak_gflops},
                            {"gbps", row.copy_gbps ? Json(row.gbps()) : Json(nullptr)},
                            {"copy_gbps", or_null(row.copy_gbps)},
                            {"loop_ms", row.loop_ms},
                            {"torch_ms", or_null(row.torch_ms)},
                            {"inputs", name_of(row.inputs)}});
  }
  std::ofstream file(path);
  file << json.dump(2) << '\n';
  if (!file.flush()) fail("{}: cannot be written", path);
}

const Row* Report::golden(const Row& row) const {
  if (row.inputs == Inputs::kGolden) return nullptr;
  const auto found = std::ranges::find_if(rows_, [&](const Row& other) {
    return other.inputs == Inputs::kGolden && other.mixer == row.mixer && other.pass == row.pass &&
           other.shape == row.shape;
  });
  return found == rows_.end() ? nullptr : &*found;
}

}  // namespace radlads::bench
