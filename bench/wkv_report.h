// What bench_wkv found, as a table on the screen and as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/wkv_problem.h"

namespace radlads::bench {

struct Row {
  Mixer mixer;
  Shape shape;
  Pass pass;
  Inputs inputs;
  double peak_gflops;
  double ms, loop_ms;
  std::optional<double> torch_ms;
  int64_t torch_chunk = 0;
  std::optional<double> copy_gbps;  // decoding alone

  double gflops() const { return flops_of(mixer, pass, shape) / ms * 1e-6; }
  /// Decoding reads and writes every state once.
  double gbps() const { return 2 * sizeof(float) * static_cast<double>(shape.state_floats()) / ms * 1e-6; }
};

class Report {
 public:
  Report(int threads, std::string target);

  /// Prints the row at once: a whole run takes minutes.
  void add(const Row& row);

  /// {"header": {...}, "rows": [...]}. UserError if the file cannot be written.
  void save(const std::string& path) const;

 private:
  /// The row of golden inputs that a denormal one is compared to, if it has been added.
  const Row* golden(const Row& row) const;

  int threads_;
  std::string target_;
  std::vector<Row> rows_;
};

}  // namespace radlads::bench
