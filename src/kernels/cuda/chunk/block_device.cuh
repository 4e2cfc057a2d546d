// A thread block on a GPU. A kernel's body consists of phases over warps or threads between barriers: here
// every thread runs its own part of each, while the emulation (block_host.h) runs all of them.
#pragma once

namespace radlads::kernels::cuda::chunk {

struct Block {
  int num_warps;

  RADLADS_DEVICE int num_threads() const { return num_warps * kLanes; }

  template <class Body>
  RADLADS_DEVICE void for_each_warp(const Body& body) const {
    body(static_cast<int>(threadIdx.x) / kLanes);
  }

  template <class Body>
  RADLADS_DEVICE void for_each_thread(const Body& body) const {
    body(static_cast<int>(threadIdx.x));
  }

  RADLADS_DEVICE void barrier() const { __syncthreads(); }
};

/// Within a phase over warps: body(lane) for every lane; what it wrote to shared memory is seen after.
template <class Body>
RADLADS_DEVICE void for_each_lane(const Body& body) {
  __syncwarp();
  body(static_cast<int>(threadIdx.x) % kLanes);
  __syncwarp();
}

/// What each warp keeps in registers from one phase to the next.
template <class T, int kWarps>
struct PerWarp {
  T value;

  RADLADS_DEVICE T& operator[](int) { return value; }
};

/// 16 bytes from global to shared memory, or zeros; complete after the wait that follows.
RADLADS_DEVICE void copy_async(void* shared, const void* global, bool is_there = true) {
  const auto address = static_cast<uint32_t>(__cvta_generic_to_shared(shared));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(global),
               "r"(is_there ? 16 : 0)
               : "memory");
}

/// Ends a group of copies.
RADLADS_DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

/// Waits for all groups of this thread except the last `kPending`; a barrier then makes them visible to the
/// block.
template <int kPending>
RADLADS_DEVICE void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

}  // namespace radlads::kernels::cuda::chunk
