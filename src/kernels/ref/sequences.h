// What the references of wkv6 and wkv7 share: which tokens and which state a sequence has.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/half.h"
#include "kernels/heads.h"

namespace radlads::kernels::ref {

/// The tokens begin .. end - 1 of a row of the batch, and the slot of the state.
struct Sequence {
  int64_t row = 0, begin = 0, end = 0, slot = 0;
};

/// Of wkv6 or wkv7 inputs.
template <class Inputs>
std::vector<Sequence> sequences_of(const Inputs& x) {
  const auto& boundaries = x.sequences.boundaries;
  std::vector<Sequence> all;
  for (int64_t s = 0; s < x.sequences.count(x.B); ++s) {
    const int64_t slot = x.state_slots.empty() ? s : x.state_slots[s];
    all.push_back(boundaries.empty() ? Sequence{s, 0, x.T, slot}
                                     : Sequence{0, boundaries[s], boundaries[s + 1], slot});
  }
  return all;
}

inline int64_t num_slots(const std::vector<Sequence>& sequences) {
  int64_t slots = 0;
  for (const Sequence& sequence : sequences) slots = std::max(slots, sequence.slot + 1);
  return slots;
}

/// One head's row of a token, [N]; a tensor with fewer than H heads is shared.
inline std::vector<double> row_of(const HeadsIn& x, int64_t H, int64_t N, int64_t b, int64_t t, int64_t h) {
  const void* row = x.at(b, t, h * x.heads / H);
  std::vector<double> values;
  for (int64_t n = 0; n < N; ++n) {
    values.push_back(x.dtype == DType::kBF16 ? float_from_bf16(static_cast<const uint16_t*>(row)[n])
                                             : static_cast<const float*>(row)[n]);
  }
  return values;
}

/// The same row of a contiguous [B,T,heads,N].
inline double* row_of(std::vector<double>& x, int64_t heads, int64_t H, int64_t T, int64_t N, int64_t b,
                      int64_t t, int64_t h) {
  return x.data() + ((b * T + t) * heads + h * heads / H) * N;
}

/// Head h's state [N,N] in [slots,H,N,N]; zero where there are none.
inline std::vector<double> state_of(const float* states, const Sequence& sequence, int64_t H, int64_t N,
                                    int64_t h) {
  std::vector<double> state(static_cast<size_t>(N * N));
  if (states != nullptr) std::copy_n(states + (sequence.slot * H + h) * N * N, N * N, state.begin());
  return state;
}

inline void store_state(const std::vector<double>& state, const Sequence& sequence, int64_t H, int64_t N,
                        int64_t h, std::vector<double>& states) {
  std::copy(state.begin(), state.end(), states.begin() + (sequence.slot * H + h) * N * N);
}

}  // namespace radlads::kernels::ref
