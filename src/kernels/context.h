// What every kernel is given first: where it runs, with how many threads, and scratch memory.
#pragma once

#include <cstddef>
#include <span>

#include "core/buffer.h"
#include "core/device.h"

namespace radlads::kernels {

/// Scratch memory that grows to the largest request and is kept, so that a loop allocates in its first round
/// only.
class Workspace {
 public:
  /// `count` uninitialized floats, 64-byte aligned, valid until the next call.
  std::span<float> floats(size_t count) {
    if (buffer_.num_bytes() < count * sizeof(float)) buffer_ = Buffer::of<float>(count);
    return buffer_.as<float>().first(count);
  }

 private:
  Buffer buffer_;
};

/// Not thread-safe: one context for each thread that starts kernels.
struct Context {
  Device device;
  int num_threads = 1;     // of a CPU kernel
  void* stream = nullptr;  // cudaStream_t of a CUDA kernel
  Workspace workspace;
};

}  // namespace radlads::kernels
