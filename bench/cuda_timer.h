// Times of work on a CUDA stream, by events.
#pragma once

#include <functional>

#include <cuda_runtime_api.h>

namespace radlads::bench {

struct StreamTime {
  double ms;          // median of a run
  size_t used_bytes;  // of the device's memory during the runs
};

/// Starts `body` on the stream 3 times to warm up, then 20 times with events in between. The host is ahead of
/// the stream if a run is long; if it is short its time is that of starting its kernels.
StreamTime time_on_stream(cudaStream_t stream, const std::function<void()>& body);

/// The device memory in use, by everyone.
size_t used_device_bytes();

}  // namespace radlads::bench
