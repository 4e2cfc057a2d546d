#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/rad6.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/parallel.h"
#include "kernels/backends.h"
#include "kernels/cpu/row_sums.h"
#include "kernels/cpu/shifted_rows-inl.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

void token_mix_range(const TokenMix& args, int64_t begin, int64_t end) {
  const int64_t C = args.source.C, size = args.source.M * C;
  for_each_shifted_row(args.source, args.x, begin, end, [&](const ShiftedRow& row) HWY_ATTR {
    const float* x = args.x + row.m * C;
    const float* m = args.m + row.m * C;
    float* mixed = args.mixed + row.m * C;
    for (size_t i = 0; i < kRad6Mixes; ++i) {  // outermost: a third faster than ten streams at a time
      const int64_t offset = static_cast<int64_t>(i) * size;
      for_each_vector(0, C, [&](auto load, auto store) HWY_ATTR {
        const VF weight = hn::Add(load(args.maa[i]), load(m + offset));
        store(hn::MulAdd(shift_difference(load, row.previous, x), weight, load(x)), mixed + offset);
      });
    }
  });
}

/// `partial` is [6,C]: the sums of d_maa, added to, and what the first row gives to the row before it, which
/// another thread may hold.
void token_mix_backward_rows(const TokenMixBackward& args, int64_t begin, int64_t end, float* partial) {
  const int64_t C = args.source.C, size = args.source.M * C;
  for_each_shifted_row(args.source, args.x, begin, end, [&](const ShiftedRow& row) HWY_ATTR {
    const int64_t offset = row.m * C;
    const float* x = args.x + offset;
    float* dx = args.dx + offset;
    for_each_vector(0, C, [&](auto load, auto store) HWY_ATTR {
      const VF difference = shift_difference(load, row.previous, x);
      VF to_both = hn::Zero(Floats()), to_previous = hn::Zero(Floats());
      for (size_t i = 0; i < kRad6Mixes; ++i) {
        const int64_t at = static_cast<int64_t>(i) * size + offset;
        const VF upstream = load(args.d_mixed[i] + offset);
        to_previous = hn::MulAdd(upstream, hn::Add(load(args.maa[i]), load(args.m + at)), to_previous);
        to_both = hn::Add(to_both, upstream);
        const VF d_m = hn::Mul(upstream, difference);
        store(d_m, args.d_m + at);
        float* d_maa = partial + static_cast<int64_t>(i) * C;
        store(hn::Add(load(d_maa), d_m), d_maa);
      }
      store(hn::Sub(to_both, to_previous), dx);
      if (row.m == begin) {
        store(row.is_first ? hn::Zero(Floats()) : to_previous, partial + kRad6Mixes * C);
      } else if (!row.is_first) {
        store(hn::Add(load(dx - C), to_previous), dx - C);
      }
    });
  });
}

void rad6_decay_range(const Rad6Decay& args, int64_t begin, int64_t end) {
  const VF lowest = hn::Set(Floats(), -5.0f), enough = hn::Set(Floats(), 2.0f);  // e^2 > 5
  for_each_vector(begin, end, [&](auto load, auto store) HWY_ATTR {
    store(hn::Max(lowest, hn::Neg(exp(hn::Min(enough, load(args.z))))), args.lw);
  });
}

void rad6_decay_backward_range(const Rad6DecayBackward& args, int64_t begin, int64_t end) {
  const VF lowest = hn::Set(Floats(), -5.0f);
  for_each_vector(begin, end, [&](auto load, auto store) HWY_ATTR {
    const VF lw = load(args.lw);
    store(hn::IfThenElseZero(hn::Gt(lw, lowest), hn::Mul(load(args.d_lw), lw)), args.dz);
  });
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

HWY_EXPORT(token_mix_range);
HWY_EXPORT(token_mix_backward_rows);
HWY_EXPORT(rad6_decay_range);
HWY_EXPORT(rad6_decay_backward_range);

void token_mix(Context& context, const TokenMix& args) {
  const ShiftSource& source = args.source;
  parallel_ranges(source.M, threads_for(context, kRad6Mixes * source.M * source.C),
                  [&](int64_t begin, int64_t end) {
                    HWY_DYNAMIC_DISPATCH(token_mix_range)(args, begin, end);
                  });
}

void token_mix_backward(Context& context, const TokenMixBackward& args) {
  const int64_t M = args.source.M, C = args.source.C, blocks = std::min(M, kRowBlocks),
                stride = (kRad6Mixes + 1) * C;
  float* partials = context.workspace.floats(static_cast<size_t>(blocks * stride)).data();
  std::fill_n(partials, blocks * stride, 0.0f);
  parallel_items(blocks, threads_for(context, kRad6Mixes * M * C), [&](int64_t block) {
    HWY_DYNAMIC_DISPATCH(token_mix_backward_rows)
    (args, M * block / blocks, M * (block + 1) / blocks, partials + block * stride);
  });
  for (float* d_maa : args.d_maa) std::fill_n(d_maa, C, 0.0f);
  for (int64_t block = 0; block < blocks; ++block) {
    const float* partial = partials + block * stride;
    for (float* d_maa : args.d_maa) {
      for (int64_t c = 0; c < C; ++c) d_maa[c] += partial[c];
      partial += C;
    }
    if (block == 0) continue;
    float* dx = args.dx + (M * block / blocks - 1) * C;
    for (int64_t c = 0; c < C; ++c) dx[c] += partial[c];
  }
}

void rad6_decay(Context& context, const Rad6Decay& args) {
  parallel_ranges(args.size, threads_for(context, args.size), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(rad6_decay_range)(args, begin, end);
  });
}

void rad6_decay_backward(Context& context, const Rad6DecayBackward& args) {
  parallel_ranges(args.size, threads_for(context, args.size), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(rad6_decay_backward_range)(args, begin, end);
  });
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
