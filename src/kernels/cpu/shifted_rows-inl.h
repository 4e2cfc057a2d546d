// Walks the tokens of several sequences together with the token before each.
#if defined(RADLADS_SHIFTED_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RADLADS_SHIFTED_ROWS_INL_H
#undef RADLADS_SHIFTED_ROWS_INL_H
#else
#define RADLADS_SHIFTED_ROWS_INL_H
#endif

#include <algorithm>
#include <cstdint>

#include "kernels/cpu/simd-inl.h"
#include "kernels/token_shift.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

struct ShiftedRow {
  int64_t m = 0;                    // the token
  const float* previous = nullptr;  // [C] x_{m-1}: of the same sequence, or carried into it; null: 0
  bool is_first = false;            // of its sequence
  bool is_last = false;
};

/// Calls body(ShiftedRow) for the tokens begin .. end - 1 in order. x is [M,C].
template <class Body>
void for_each_shifted_row(const ShiftSource& source, const float* x, int64_t begin, int64_t end,
                          const Body& body) {
  if (begin >= end) return;
  const auto& boundaries = source.boundaries;
  int64_t s = std::upper_bound(boundaries.begin(), boundaries.end(), begin) - boundaries.begin() - 1;
  for (int64_t m = begin; m < end; ++m) {
    while (boundaries[s + 1] <= m) ++s;
    ShiftedRow row{m, x + (m - 1) * source.C, m == boundaries[s], m + 1 == boundaries[s + 1]};
    if (row.is_first) {
      const int64_t slot = source.state_slots.empty() ? s : source.state_slots[s];
      row.previous = source.shift == nullptr ? nullptr : source.shift + slot * source.C;
    }
    body(row);
  }
}

/// x_{t-1} - x_t; `previous` is null where x_{t-1} is 0.
template <class Load>
HWY_INLINE VF shift_difference(const Load& load, const float* previous, const float* x) {
  return previous == nullptr ? hn::Neg(load(x)) : hn::Sub(load(previous), load(x));
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
