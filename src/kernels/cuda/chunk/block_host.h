// A thread block emulated on the host: each phase runs all warps or threads (block_device.cuh).
#pragma once

namespace radlads::kernels::cuda::chunk {
inline namespace emulated {

struct Block {
  int num_warps;
  bool is_reversed = false;  // the order of warps and threads, which must not matter

  int num_threads() const { return num_warps * kLanes; }

  template <class Body>
  void for_each_warp(const Body& body) const {
    for (int i = 0; i < num_warps; ++i) body(is_reversed ? num_warps - 1 - i : i);
  }

  template <class Body>
  void for_each_thread(const Body& body) const {
    for (int i = 0; i < num_threads(); ++i) body(is_reversed ? num_threads() - 1 - i : i);
  }

  void barrier() const {}
};

template <class Body>
void for_each_lane(const Body& body) {
  for (int lane = 0; lane < kLanes; ++lane) body(lane);
}

template <class T, int kWarps>
struct PerWarp {
  T values[kWarps];

  T& operator[](int warp) { return values[warp]; }
};

inline void copy_async(void* shared, const void* global, bool is_there = true) {
  if (is_there)
    std::memcpy(shared, global, 16);
  else
    std::memset(shared, 0, 16);
}
inline void commit_copies() {}
template <int kPending>
void wait_for_copies() {}

}  // namespace emulated
}  // namespace radlads::kernels::cuda::chunk
