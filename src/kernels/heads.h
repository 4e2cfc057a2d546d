// Views of time tensors with heads, [B,T,H,N] in float32 or bfloat16, as the projections leave them: N is
// contiguous, the other strides are free (in elements), and a tensor may have fewer heads than H (grouped
// heads: head h reads h / (H / heads)).
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

#include "core/dtype.h"

namespace radlads::kernels {

/// T is void or const void; what it points to is of `dtype`: F32 or BF16.
template <class T>
struct Heads {
  T* data = nullptr;
  int64_t heads = 0;  // H, or Hkv which divides H
  int64_t stride_b = 0;
  int64_t stride_t = 0;
  int64_t stride_h = 0;
  DType dtype = DType::kF32;

  /// A contiguous [B,T,heads,N].
  static Heads contiguous(T* data, int64_t time, int64_t heads, int64_t head_size,
                          DType dtype = DType::kF32) {
    return {data, heads, time * heads * head_size, heads * head_size, head_size, dtype};
  }

  explicit operator bool() const { return data != nullptr; }

  /// The row of token t and head h, of those that the tensor has.
  T* at(int64_t b, int64_t t, int64_t h) const {
    using Byte = std::conditional_t<std::is_const_v<T>, const char, char>;
    const int64_t elements = b * stride_b + t * stride_t + h * stride_h;
    return static_cast<Byte*>(data) + elements * (dtype == DType::kBF16 ? 2 : 4);
  }
};

using HeadsIn = Heads<const void>;
using HeadsOut = Heads<void>;

/// The sequences of a [B,T] batch. Without boundaries row b is sequence b. With them B is 1 and sequence s is
/// the tokens boundaries[s] .. boundaries[s + 1] (cu_seqlens); a sequence may be empty.
struct Sequences {
  std::span<const int64_t> boundaries;  // [S + 1], or empty

  int64_t count(int64_t num_rows) const {
    return boundaries.empty() ? num_rows : static_cast<int64_t>(boundaries.size()) - 1;
  }
};

}  // namespace radlads::kernels
