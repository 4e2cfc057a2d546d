// What bench_wkv_cuda found, as a table on the screen and as JSON with the fields of bench_wkv.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/wkv_problem.h"

namespace radlads::bench {

struct CudaRow {
  Mixer mixer;
  Shape shape;
  Pass pass;
  double ms = 0;
  double peak_mib = 0;              // device memory of this problem
  std::optional<double> copy_gbps;  // decoding alone

  double gflops() const { return flops_of(mixer, pass, shape) / ms * 1e-6; }
  /// Decoding reads and writes every state once.
  double gbps() const { return 2 * sizeof(float) * static_cast<double>(shape.state_floats()) / ms * 1e-6; }
};

class CudaReport {
 public:
  explicit CudaReport(std::string device_name);

  void add(const CudaRow& row);
  /// One line for a row that could not be measured.
  void skip(const CudaRow& row, const std::string& reason) const;

  /// {"rows": [...]}. UserError if the file cannot be written.
  void save(const std::string& path) const;

 private:
  std::string device_name_;
  std::vector<CudaRow> rows_;
};

}  // namespace radlads::bench
