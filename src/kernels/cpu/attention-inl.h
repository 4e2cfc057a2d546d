// What attention's forward and backward passes share: how queries become lanes, and which keys they see.
//
// An item of work is a few rows of one key/value head: a row is a (token, head) pair, tokens outermost, so
// that a group's heads share the keys. Rows are in lanes, so scores are S[key, row], keys and values are read
// as they are in memory, and maxima and sums over keys need no shuffles.
#if defined(RADLADS_KERNELS_CPU_ATTENTION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_KERNELS_CPU_ATTENTION_INL_H_
#undef RADLADS_KERNELS_CPU_ATTENTION_INL_H_
#else
#define RADLADS_KERNELS_CPU_ATTENTION_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernels/attention.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/tile_product-inl.h"
#include "kernels/cpu/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// Also the stride of packed matrices [*,row].
inline constexpr int64_t kItemRows = kTileVectors * kFloatLanes;
inline constexpr int64_t kKeyBlock = 64;

/// At most kItemRows rows of one sequence and key/value head, from row `begin` on, and where they are.
struct QueryRows {
  QueryRows(const AttentionInputs& in, const AttentionSequence& of, int64_t of_kv_head, int64_t begin)
      : inputs(in), sequence(of), kv_head(of_kv_head) {
    const int64_t group = in.H / in.Hkv;
    count = std::min(kItemRows, of.num_queries * group - begin);
    int64_t query = begin / group, g = begin % group;
    for (int64_t row = 0; row < count; ++row) {
      const int64_t token = of.query_begin + query, head = kv_head * group + g;
      q_offset[row] = token * in.q_stride_t + head * in.q_stride_h;
      index[row] = token * in.H + head;
      visible[row] = of.num_keys - of.num_queries + query + 1;
      if (++g == group) g = 0, ++query;
    }
  }

  const float* q(int64_t row) const { return inputs.q + q_offset[row]; }
  const float* k(int64_t key) const {
    return sequence.k + key * inputs.kv_stride_t + kv_head * inputs.kv_stride_h;
  }
  const float* v(int64_t key) const {
    return sequence.v + key * inputs.kv_stride_t + kv_head * inputs.kv_stride_h;
  }

  const AttentionInputs& inputs;
  const AttentionSequence& sequence;
  int64_t kv_head, count;
  int64_t q_offset[kItemRows];  // in q, with its strides
  int64_t index[kItemRows];     // in a contiguous [M,H]
  int64_t visible[kItemRows];   // how many keys the row sees
};

/// Keys begin .. end - 1 for the vectors of rows from `first` on, of which there are kVectors: those before
/// see none of these keys.
template <int64_t kVectors>
struct Segment {
  int64_t begin = 0, end = 0;
  int64_t first = 0;

  int64_t size() const { return end - begin; }
  int64_t first_row() const { return first * kFloatLanes; }
};

/// Calls body(Segment<n>) for segments of at most kKeyBlock keys that cover what the rows see. Only the
/// triangle's edge is computed for nothing: it is cut vector by vector.
template <class Body>
HWY_INLINE void for_each_segment(const QueryRows& rows, const Body& body) {
  const int64_t vectors = (rows.count + kFloatLanes - 1) / kFloatLanes;
  int64_t key = 0;
  for (int64_t first = 0; first < vectors; ++first) {
    const int64_t limit = rows.visible[std::min((first + 1) * kFloatLanes, rows.count) - 1];
    for (; key < limit; key = std::min(key + kKeyBlock, limit)) {
      const int64_t end = std::min(key + kKeyBlock, limit);
      switch (vectors - first) {
        case 1:
          body(Segment<1>{key, end, first});
          break;
        case 2:
          body(Segment<2>{key, end, first});
          break;
        default:
          body(Segment<3>{key, end, first});
          break;
      }
    }
  }
}

/// out[key - segment.begin, row] = sum_n matrix(key)[n] * packed[n, row]: scores (keys and queries), or the
/// products of values and output gradients.
template <int64_t kVectors>
HWY_INLINE void segment_dots(const Segment<kVectors>& segment, int64_t N, const float* matrix,
                             int64_t stride_t, const float* packed, float* out) {
  column_product<kVectors, false>(segment.size(), N, {matrix, stride_t, 1}, packed + segment.first_row(),
                                  kItemRows, 0, [&](int64_t key, int64_t c, VF sum) HWY_ATTR {
                                    hn::Store(sum, Floats(),
                                              out + key * kItemRows + segment.first_row() + c * kFloatLanes);
                                  });
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
