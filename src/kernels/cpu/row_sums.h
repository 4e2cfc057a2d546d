// Sums over rows (the gradients of weights) that do not depend on the number of threads: the rows are cut
// into a fixed number of blocks, each block has partial sums of its own, and these are added in order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "core/parallel.h"
#include "kernels/cpu/threading.h"

namespace radlads::kernels::cpu {

inline constexpr int64_t kRowBlocks = 32;

/// Runs body(begin, end, partial) on consecutive ranges that cover [0, rows). `partial` is
/// [totals.size(),width], zero at first; body adds its rows' contribution to it. totals[i], [width], is
/// overwritten with the sum of partial[i] over the ranges. Uses the context's workspace.
template <class Body>
void sum_over_rows(Context& context, int64_t rows, int64_t width, std::span<float* const> totals,
                   const Body& body) {
  const int64_t blocks = std::clamp<int64_t>(rows, 1, kRowBlocks);
  const int64_t stride = static_cast<int64_t>(totals.size()) * width;
  float* partials = context.workspace.floats(static_cast<size_t>(blocks * stride)).data();
  parallel_items(blocks, threads_for(context, rows * width), [&](int64_t block) {
    float* partial = partials + block * stride;
    std::fill_n(partial, stride, 0.0f);
    body(rows * block / blocks, rows * (block + 1) / blocks, partial);
  });
  const float* first = partials;
  for (float* total : totals) {
    std::copy_n(first, width, total);
    for (int64_t block = 1; block < blocks; ++block) {
      const float* partial = first + block * stride;
      for (int64_t i = 0; i < width; ++i) total[i] += partial[i];
    }
    first += width;
  }
}

template <class Body>
void sum_over_rows(Context& context, int64_t rows, int64_t width, std::initializer_list<float*> totals,
                   const Body& body) {
  sum_over_rows(context, rows, width, std::span(totals.begin(), totals.size()), body);
}

}  // namespace radlads::kernels::cpu
