// How many threads a CPU kernel takes, and scratch memory for each.
#pragma once

#include <algorithm>
#include <cstdint>

#include <omp.h>

#include "core/parallel.h"
#include "kernels/context.h"

namespace radlads::kernels::cpu {

/// Starting threads costs a few microseconds: none is started for less than `min_work` units (about: floats
/// touched).
inline int threads_for(const Context& context, int64_t work, int64_t min_work = 32768) {
  return static_cast<int>(std::clamp<int64_t>(work / min_work, 1, std::max(context.num_threads, 1)));
}

/// Floats between the scratch memories of two threads: whole cache lines, and a page between them. Within a
/// page the processor prefetches, and would take the other thread's lines away from its stores.
inline int64_t scratch_stride(int64_t scratch_floats) {
  constexpr int64_t kLine = 16, kPage = 1024;
  return (scratch_floats + kLine - 1) / kLine * kLine + kPage;
}

/// parallel_items whose body(item, scratch) has `scratch_floats` floats of the workspace, 64-byte aligned, to
/// itself. The first `reserved` floats of the workspace are left alone.
template <class Body>
void parallel_items_with_scratch(Context& context, int64_t n, int num_threads, int64_t scratch_floats,
                                 const Body& body, int64_t reserved = 0) {
  if (n == 0) return;
  const auto threads = std::clamp<int64_t>(num_threads, 1, n);
  const int64_t stride = scratch_stride(scratch_floats), first = scratch_stride(reserved);
  float* scratch = context.workspace.floats(static_cast<size_t>(first + threads * stride)).data() + first;
  parallel_items(n, static_cast<int>(threads), [&](int64_t item) {
    const int64_t thread = threads == 1 ? 0 : omp_get_thread_num();
    body(item, scratch + thread * stride);
  });
}

/// Memory for `reserved` floats that loops of such a size do not move, if they reserve it.
inline float* reserve_before_scratch(Context& context, int64_t reserved, int num_threads,
                                     int64_t scratch_floats) {
  const int64_t floats = scratch_stride(reserved) + num_threads * scratch_stride(scratch_floats);
  return context.workspace.floats(static_cast<size_t>(floats)).data();
}

}  // namespace radlads::kernels::cpu
