#include "bench/cuda_timer.h"

#include <algorithm>
#include <array>

#include "kernels/cuda/runtime.h"

namespace radlads::bench {
namespace {

using kernels::cuda::check_cuda;

constexpr int kWarmUpRuns = 3;
constexpr size_t kRuns = 20;

class Event {
 public:
  Event() { check_cuda(cudaEventCreate(&event_), "cudaEventCreate"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record(cudaStream_t stream) { check_cuda(cudaEventRecord(event_, stream), "cudaEventRecord"); }
  double ms_since(const Event& start) const {
    float ms = 0;
    check_cuda(cudaEventElapsedTime(&ms, start.event_, event_), "cudaEventElapsedTime");
    return ms;
  }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace

StreamTime time_on_stream(cudaStream_t stream, const std::function<void()>& body) {
  for (int run = 0; run < kWarmUpRuns; ++run) body();
  // Before waiting for the stream: the kernels' own memory is freed then.
  const size_t used_bytes = used_device_bytes();
  std::array<Event, kRuns + 1> events;
  events[0].record(stream);
  for (size_t run = 0; run < kRuns; ++run) {
    body();
    events[run + 1].record(stream);
  }
  check_cuda(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  std::array<double, kRuns> ms;
  for (size_t run = 0; run < kRuns; ++run) ms[run] = events[run + 1].ms_since(events[run]);
  std::ranges::sort(ms);
  return {(ms[kRuns / 2 - 1] + ms[kRuns / 2]) / 2, used_bytes};
}

size_t used_device_bytes() {
  size_t free = 0, total = 0;
  check_cuda(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return total - free;
}

}  // namespace radlads::bench
