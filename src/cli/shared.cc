#include <cstdio>

#include <fmt/format.h>

#include "cli/command.h"
#include "core/parallel.h"
#include "io/file.h"

namespace radlads::cli {

void ComputeOptions::add_to(CLI::App& command) {
  command.add_option("--dtype", dtype, "type of the matrix products")
      ->check(CLI::IsMember({"float32", "bfloat16"}))
      ->capture_default_str();
  command.add_option("--threads", threads, "0: all cores")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

kernels::Compute ComputeOptions::compute() const {
  return dtype == "bfloat16" ? kernels::Compute::kBFloat16 : kernels::Compute::kFloat32;
}

int ComputeOptions::num_threads() const { return threads > 0 ? threads : available_cores(); }

void write_result(const std::string& json, const std::filesystem::path& file) {
  if (file.empty()) {
    fmt::print("{}\n", json);
  } else {
    write_text_file(file, json + "\n");
  }
}

}  // namespace radlads::cli
