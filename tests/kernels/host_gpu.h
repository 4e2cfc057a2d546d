// Runs the kernels of src/kernels/cuda on the host, thread by thread: what a GPU would compute, for machines
// that have none. Memory of kernels is NaN at first, and has no room past what was asked for, so that the
// address sanitizer sees each access outside.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "core/buffer.h"

namespace radlads::kernels {

/// A block of threads, which run each phase one after the other. A phase with threads that depend on each
/// other, because a barrier is missing, gives other results in the other order.
class HostBlock {
 public:
  HostBlock(int64_t index, int num_threads, int64_t shared_floats, bool last_first)
      : index_(index),
        num_threads_(num_threads),
        last_first_(last_first),
        shared_(Buffer::of<float>(static_cast<size_t>(shared_floats))) {
    if (shared_floats > 0) std::memset(shared_.data(), 0xff, shared_.num_bytes());
  }

  int64_t index() const { return index_; }
  float* shared() { return shared_.as<float>().data(); }

  /// One for each thread, of floats that are NaN.
  template <class T>
  std::vector<T> per_thread() const {
    std::vector<T> all(static_cast<size_t>(num_threads_));
    std::memset(static_cast<void*>(all.data()), 0xff, all.size() * sizeof(T));
    return all;
  }

  template <class Phase>
  void for_each_thread(const Phase& phase) const {
    for (int i = 0; i < num_threads_; ++i) phase(last_first_ ? num_threads_ - 1 - i : i);
  }

 private:
  int64_t index_;
  int num_threads_;
  bool last_first_;
  Buffer shared_;
};

/// Where cuda/wkv_passes.h may run. The order of blocks must not matter either.
class HostGpu {
 public:
  explicit HostGpu(bool last_first) : last_first_(last_first) {}

  template <class T>
  class Array {
   public:
    explicit Array(int64_t count) : memory_(Buffer::of<T>(static_cast<size_t>(count))) {
      if (count > 0) std::memset(memory_.data(), 0xff, memory_.num_bytes());
    }
    T* data() const { return memory_.template as<T>().data(); }

   private:
    mutable Buffer memory_;
  };

  template <class T>
  Array<T> array(int64_t count) {
    return Array<T>(count);
  }

  template <class T>
  Array<T> upload(std::span<const T> values) {
    Array<T> copy(static_cast<int64_t>(values.size()));
    std::copy(values.begin(), values.end(), copy.data());
    return copy;
  }

  template <class Kernel>
  void launch(const typename Kernel::Args& args) {
    const int64_t num_blocks = Kernel::num_blocks(args);
    for (int64_t i = 0; i < num_blocks; ++i) {
      HostBlock block(last_first_ ? num_blocks - 1 - i : i, Kernel::kThreads, Kernel::shared_floats(args),
                      last_first_);
      Kernel::run(block, args);
    }
  }

 private:
  bool last_first_;
};

}  // namespace radlads::kernels
