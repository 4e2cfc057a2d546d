#include <algorithm>

#include "core/parallel.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/linear_rows.h"
#include "kernels/cpu/threading.h"
#include "kernels/cpu/weights.h"

namespace radlads::kernels::cpu {
namespace {

constexpr int64_t kBlockFloats = 1 << 20;  // of W, converted at a time: 4 MiB

/// y = bias, or y += bias: the product is then added to it.
void start_with_bias(Context& context, const Linear& args) {
  parallel_ranges(args.M, threads_for(context, args.M * args.out), [&](int64_t begin, int64_t end) {
    for (int64_t m = begin; m < end; ++m) {
      float* y = args.y + m * args.out;
      for (int64_t o = 0; o < args.out; ++o) y[o] = (args.accumulate ? y[o] : 0.0f) + args.bias[o];
    }
  });
}

/// The product for outputs begin .. begin + count - 1.
Gemm gemm_of(const Context& context, const Linear& args, int64_t begin, int64_t count) {
  return {.M = args.M,
          .N = count,
          .K = args.in,
          .accumulate = args.accumulate || args.bias != nullptr,
          .C = args.y + begin,
          .C_stride = args.out,
          .num_threads = context.num_threads};
}

/// Calls body(begin, count) for blocks of outputs.
template <class Body>
void for_each_block(const Linear& args, const Body& body) {
  const int64_t block = std::clamp<int64_t>(kBlockFloats / args.in, 1, args.out);
  for (int64_t begin = 0; begin < args.out; begin += block) body(begin, std::min(block, args.out - begin));
}

void multiply_f32(Context& context, const Linear& args) {
  const bool round = args.compute == Compute::kBFloat16;
  const Rounding rounding = round ? Rounding::kBFloat16 : Rounding::kNone;
  const int64_t rounded = round ? (args.M * args.in + 15) / 16 * 16 : 0;
  float* block =
      context.workspace.floats(static_cast<size_t>(rounded + std::max(kBlockFloats, args.in))).data();
  const float* x = args.x;
  if (round) {
    widen_weights(context, {x}, rounding, 0, args.M * args.in, block);
    x = block;
    block += rounded;
  }
  for_each_block(args, [&](int64_t begin, int64_t count) {
    widen_weights(context, {args.W, args.dtype}, rounding, begin * args.in, count * args.in, block);
    gemm_f32(gemm_of(context, args, begin, count), x, block);
  });
}

void multiply_bf16(Context& context, const Linear& args) {
  const int64_t x_size = (args.M * args.in + 31) / 32 * 32;
  const int64_t floats = (x_size + std::max(kBlockFloats, args.in) + 1) / 2;
  auto* x = reinterpret_cast<uint16_t*>(context.workspace.floats(static_cast<size_t>(floats)).data());
  narrow_weights(context, {args.x}, 0, args.M * args.in, x);
  if (args.dtype == DType::kBF16) {
    return gemm_bf16(gemm_of(context, args, 0, args.out), x, static_cast<const uint16_t*>(args.W));
  }
  uint16_t* block = x + x_size;
  for_each_block(args, [&](int64_t begin, int64_t count) {
    narrow_weights(context, {args.W, args.dtype}, begin * args.in, count * args.in, block);
    gemm_bf16(gemm_of(context, args, begin, count), x, block);
  });
}

}  // namespace

void linear_many_rows(Context& context, const Linear& args, NativeBf16 native) {
  if (args.bias != nullptr) start_with_bias(context, args);
  if (args.compute == Compute::kBFloat16 && native == NativeBf16::kYes) return multiply_bf16(context, args);
  if (args.compute == Compute::kFloat32 && args.dtype == DType::kF32) {
    return gemm_f32(gemm_of(context, args, 0, args.out), args.x, static_cast<const float*>(args.W));
  }
  multiply_f32(context, args);
}

}  // namespace radlads::kernels::cpu
