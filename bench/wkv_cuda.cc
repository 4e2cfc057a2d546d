// The recurrences on a GPU at the shapes of training and decoding; bench/wkv_gpu_peers.py compares them with
// other implementations.
//
//   bench_wkv_cuda [--json FILE]
#include <cstdio>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "bench/cuda_timer.h"
#include "bench/wkv_cuda_problem.h"
#include "bench/wkv_cuda_report.h"
#include "core/error.h"
#include "kernels/cuda/runtime.h"

namespace radlads::bench {
namespace {

using kernels::cuda::check_cuda;

constexpr Shape kTraining[] = {{8, 4096, 32, 64}, {8, 4096, 32, 128}, {1, 32768, 32, 128}};
constexpr int64_t kDecodingBatches[] = {1, 8, 64, 512};
constexpr int64_t kDecodingHeadSizes[] = {64, 128};
constexpr int64_t kDecodingHeads = 32;

bool has_device() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
}

std::string device_name() {
  cudaDeviceProp properties;
  check_cuda(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
  return properties.name;
}

class Stream {
 public:
  Stream() { check_cuda(cudaStreamCreate(&stream_), "cudaStreamCreate"); }
  ~Stream() { cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

/// Bytes read and written per second, in GB, of a copy that moves as many bytes as an update of the states.
double copy_gbps(cudaStream_t stream, const Shape& shape) {
  const size_t num_bytes = static_cast<size_t>(shape.state_floats()) * sizeof(float);
  const DeviceMemory source(num_bytes), target(num_bytes);
  const double ms =
      time_on_stream(stream, [&] {
        check_cuda(cudaMemcpyAsync(target.data(), source.data(), num_bytes, cudaMemcpyDeviceToDevice, stream),
                   "cudaMemcpyAsync");
      }).ms;
  return 2 * static_cast<double>(num_bytes) / ms * 1e-6;
}

void measure(kernels::Context& context, CudaRow& row) {
  const auto stream = static_cast<cudaStream_t>(context.stream);
  const size_t used_before = used_device_bytes();
  {
    CudaProblem problem(row.mixer, row.shape, row.pass);
    const StreamTime time = time_on_stream(stream, [&] { problem.run(context); });
    row.ms = time.ms;
    row.peak_mib = (static_cast<double>(time.used_bytes) - static_cast<double>(used_before)) / (1 << 20);
  }
  if (row.pass == Pass::kDecode) row.copy_gbps = copy_gbps(stream, row.shape);
}

void add_row(kernels::Context& context, CudaReport& report, CudaRow row) {
  try {
    measure(context, row);
  } catch (const UserError& error) {
    // The last error is cleared by reading it; any other than a full memory ends the program.
    if (cudaGetLastError() != cudaErrorMemoryAllocation) throw;
    check_cuda(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
    report.skip(row, error.what());
    return;
  }
  report.add(row);
}

void run(const std::string& json_path) {
  const Stream stream;
  kernels::Context context{.device = Device::cuda(0), .stream = stream.get()};
  CudaReport report(device_name());
  const auto save = [&] {
    if (!json_path.empty()) report.save(json_path);
  };
  save();  // a path that cannot be written should show now, not after minutes
  for (const Mixer mixer : {Mixer::kWkv6, Mixer::kWkv7}) {
    for (const Shape& shape : kTraining) {
      for (const Pass pass : {Pass::kForward, Pass::kForwardBackward}) {
        add_row(context, report, {mixer, shape, pass});
      }
    }
    for (const int64_t n : kDecodingHeadSizes) {
      for (const int64_t batch : kDecodingBatches) {
        add_row(context, report, {mixer, {batch, 1, kDecodingHeads, n}, Pass::kDecode});
      }
    }
  }
  save();
}

/// The exit status. Errors other than those of the command line are the caller's to report.
int run_command_line(int argc, char** argv) {
  CLI::App app("Times of the recurrences wkv6 and wkv7 on a GPU");
  std::string json_path;
  app.add_option("--json", json_path, "Writes the rows to this file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    fmt::print(stderr, "bench_wkv_cuda: {} (see bench_wkv_cuda --help)\n", error.what());
    return 2;
  }
  if (!has_device()) {
    fmt::print("no CUDA device: nothing measured\n");
    return 0;
  }
  run(json_path);
  return 0;
}

}  // namespace
}  // namespace radlads::bench

int main(int argc, char** argv) {
  try {
    return radlads::bench::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_wkv_cuda: {}\n", error.what());
    return 1;
  }
}
