#include "kernels/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/sampling.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// The smallest and the largest logit, and the largest of each block; NaN if one is not finite.
HWY_INLINE void find_extremes(const TokenWeights& args) {
  const Floats d;
  constexpr float kMax = std::numeric_limits<float>::max();
  VF smallest = hn::Set(d, kMax), largest = hn::Set(d, -kMax), product = hn::Zero(d);
  for (int64_t begin = 0, block = 0; begin < args.V; begin += kTokenBlock, ++block) {
    const int64_t end = std::min(args.V, begin + kTokenBlock);
    VF here = hn::Set(d, -kMax);
    // What is loaded past the end is one of the row's logits.
    for_each_vector(begin, end, hn::Set(d, args.logits[begin]), [&](auto load, auto) HWY_ATTR {
      const VF x = load(args.logits);
      here = hn::Max(here, x);
      smallest = hn::Min(smallest, x);
      product = hn::MulAdd(x, hn::Zero(d), product);  // 0, except for infinities and NaN
    });
    args.maxima[block] = max_lanes(here);
    largest = hn::Max(largest, here);
  }
  const bool is_finite = sum_lanes(product) == 0;
  *args.smallest = is_finite ? hn::GetLane(hn::MinOfLanes(d, smallest)) : NAN;
  *args.largest = is_finite ? max_lanes(largest) : NAN;
}

void token_weights_row(const TokenWeights& args) {
  find_extremes(args);
  if (args.weights == nullptr || std::isnan(*args.largest)) return;
  const VF top = hn::Set(Floats(), *args.largest), scale = hn::Set(Floats(), args.inverse_temperature);
  for_each_vector(0, args.V, [&](auto load, auto store) HWY_ATTR {
    store(exp(hn::Mul(hn::Sub(load(args.logits), top), scale)), args.weights);
  });
}

/// The bins of up to a block of tokens. Those outside the range have a bin for each position in the block, so
/// that sums do not wait for one another.
HWY_INLINE void find_bins(const TokenBins& args, const float* logits, int64_t count, int32_t* bins) {
  const Floats d;
  const hn::RebindToSigned<Floats> di;
  const VF low = hn::Set(d, args.low), high = hn::Set(d, args.high), zero = hn::Zero(d);
  const VF last = hn::Set(d, static_cast<float>(kTokenBins - 1));
  const VF scale = hn::Set(d, std::min(static_cast<float>(kTokenBins) / (args.high - args.low),
                                       std::numeric_limits<float>::max()));
  for (int64_t i = 0; i < count; i += kFloatLanes) {
    const VF x = load_up_to(logits + i, std::min(count - i, kFloatLanes));
    const VF place = hn::Min(hn::Max(hn::Mul(hn::Sub(high, x), scale), zero), last);
    const auto inside = hn::And(hn::Ge(x, low), hn::Le(x, high));
    const auto outside = hn::Iota(di, static_cast<int32_t>(kTokenBins + i));
    hn::Store(hn::IfThenElse(hn::RebindMask(di, inside), hn::ConvertTo(di, place), outside), di, bins + i);
  }
}

void token_bins_row(const TokenBins& args) {
  constexpr size_t kTables = 2;  // of sums, in turn: neighbors are often in the same bin
  HWY_ALIGN int32_t bins[kTokenBlock];
  double sums[kTokenBins + kTokenBlock][kTables] = {};
  for (int64_t begin = 0, block = 0; begin < args.V; begin += kTokenBlock, ++block) {
    if (args.maxima[block] < args.low) continue;
    const int64_t count = std::min(args.V - begin, kTokenBlock);
    find_bins(args, args.logits + begin, count, bins);
    for (int64_t i = 0; i < count; ++i) args.bins[begin + i] = static_cast<uint16_t>(bins[i]);
    if (args.amounts == nullptr) {
      for (int64_t i = 0; i < count; ++i) sums[bins[i]][i % kTables] += 1;
    } else {
      const float* amounts = args.amounts + begin;
      for (int64_t i = 0; i < count; ++i) sums[bins[i]][i % kTables] += static_cast<double>(amounts[i]);
    }
  }
  for (int32_t i = 0; i < kTokenBins; ++i) args.sums[i] = sums[i][0] + sums[i][1];
}

void token_sums_row(const TokenSums& args) {
  const VF lowest = hn::Set(Floats(), args.lowest);
  for (int64_t begin = 0, block = 0; begin < args.V; begin += kTokenBlock, ++block) {
    VF sum = hn::Zero(Floats());
    for_each_vector(begin, std::min(args.V, begin + kTokenBlock), [&](auto load, auto) HWY_ATTR {
      sum = hn::Add(sum, hn::IfThenElseZero(hn::Ge(load(args.logits), lowest), load(args.weights)));
    });
    args.sums[block] = sum_lanes(sum);
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels {
namespace cpu {
namespace {

HWY_EXPORT(token_weights_row);
HWY_EXPORT(token_bins_row);
HWY_EXPORT(token_sums_row);

void find_weights(const TokenWeights& args) { HWY_DYNAMIC_DISPATCH(token_weights_row)(args); }
void find_bins(const TokenBins& args) { HWY_DYNAMIC_DISPATCH(token_bins_row)(args); }
void find_sums(const TokenSums& args) { HWY_DYNAMIC_DISPATCH(token_sums_row)(args); }

}  // namespace
}  // namespace cpu

void token_weights(const TokenWeights& args) { cpu::find_weights(args); }
void token_bins(const TokenBins& args) { cpu::find_bins(args); }
void token_sums(const TokenSums& args) { cpu::find_sums(args); }

}  // namespace radlads::kernels
#endif  // HWY_ONCE
