#include "kernels/linear.h"

#include <cmath>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/half.h"
#include "kernels/cpu/linear_rows.h"
#include "kernels/cpu/weights.h"
#include "kernels/each_target.h"
#include "kernels/output.h"
#include "kernels/reference.h"
#include "support/expect_close.h"
#include "support/random_floats.h"

namespace radlads::kernels {
namespace {

constexpr double kBound = 3e-6;
constexpr DType kTypes[] = {DType::kF32, DType::kBF16, DType::kF16};

/// How the sums are started.
enum class Start { kZero, kBias, kAccumulate, kAccumulateAndBias };
constexpr Start kStarts[] = {Start::kZero, Start::kBias, Start::kAccumulate, Start::kAccumulateAndBias};

float round_to_bf16(float value) { return float_from_bf16(bf16_from_float(value)); }

struct Case {
  Case(int64_t M, int64_t in, int64_t out, DType dtype, Compute compute = Compute::kFloat32,
       Start start = Start::kZero)
      : x(random_floats("x", M * in)), bias(random_floats("bias", out)), before(random_floats("y", M * out)) {
    const Values W32 = random_floats("W", in * out);
    W.resize(W32.size() * size_of(dtype));
    convert_from_float(W32, dtype, W);
    args = {.M = M, .in = in, .out = out, .x = x.data(), .W = W.data(), .dtype = dtype, .compute = compute};
    if (start == Start::kBias || start == Start::kAccumulateAndBias) args.bias = bias.data();
    args.accumulate = start == Start::kAccumulate || start == Start::kAccumulateAndBias;
  }
  Case(const Case&) = delete;

  /// By the definition, in double.
  Values reference() const {
    Values weights(args.in * args.out), activations = x;
    convert_to_float(W, args.dtype, weights);
    if (args.compute == Compute::kBFloat16) {
      for (float& value : weights) value = round_to_bf16(value);
      for (float& value : activations) value = round_to_bf16(value);
    }
    Doubles y(args.M * args.out);
    for (int64_t i = 0; i < args.M * args.out; ++i) {
      const int64_t m = i / args.out, o = i % args.out;
      if (args.accumulate) y[i] += before[i];
      if (args.bias != nullptr) y[i] += bias[o];
      for (int64_t n = 0; n < args.in; ++n) {
        y[i] += static_cast<double>(activations[m * args.in + n]) * weights[o * args.in + n];
      }
    }
    return floats(y);
  }

  /// What `run(context, args)` writes.
  template <class Run>
  Values result(const Run& run, int threads = 1) const {
    Output y(std::ssize(before));
    if (args.accumulate) y = Output(before);
    Linear with_output = args;
    with_output.y = y.data();
    Context context{.num_threads = threads};
    run(context, with_output);
    return y.values();
  }

  Values x, bias, before;
  std::vector<std::byte> W;
  Linear args;
};

/// Runs body on every type of weights, computation and start.
template <class Body>
void for_each_kind(const Body& body) {
  for (const DType dtype : kTypes) {
    for (const Compute compute : {Compute::kFloat32, Compute::kBFloat16}) {
      for (const Start start : kStarts) body(dtype, compute, start);
    }
  }
}

TEST(Linear, FewRowsEqualTheFormula) {
  for_each_target([] {
    for_each_kind([](DType dtype, Compute compute, Start start) {
      for (const int64_t M : {1, 2, 3, 4, 7}) {
        for (const int64_t in : {1, 15, 16, 40, 131}) {
          for (const int64_t out : {1, 4, 7}) {
            const Case c(M, in, out, dtype, compute, start);
            ASSERT_TRUE(is_close(c.result(cpu::linear_few_rows), c.reference(), kBound))
                << "M " << M << " in " << in << " out " << out << " " << safetensors_name(dtype);
          }
        }
      }
    });
  });
}

void expect_many_rows(cpu::NativeBf16 native) {
  const auto run = [&](Context& context, const Linear& args) {
    cpu::linear_many_rows(context, args, native);
  };
  for_each_kind([&](DType dtype, Compute compute, Start start) {
    for (const auto& [M, in, out] : {std::tuple{33, 24, 19}, {1, 1, 1}, {40, 131, 64}, {70, 65, 130}}) {
      const Case c(M, in, out, dtype, compute, start);
      ASSERT_TRUE(is_close(c.result(run, 2), c.reference(), kBound))
          << "M " << M << " in " << in << " out " << out << " " << safetensors_name(dtype);
    }
  });
  // 2^20 elements of W are converted at a time: 13 of these outputs.
  const Case blocks(2, 80'000, 40, DType::kF16, Compute::kBFloat16);
  EXPECT_TRUE(is_close(blocks.result(run, 2), blocks.reference(), kBound));
}

TEST(Linear, ManyRowsEqualTheFormula) { expect_many_rows(cpu::NativeBf16::kNo); }

/// What oneDNN's bfloat16 products need.
bool has_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

TEST(Linear, NativeBf16EqualsTheFormula) {
  if (!has_avx512()) GTEST_SKIP() << "the processor has no AVX-512";
  expect_many_rows(cpu::NativeBf16::kYes);
}

TEST(Linear, EveryNumberOfRowsEqualsTheFormula) {
  for (const DType dtype : kTypes) {
    for (const Compute compute : {Compute::kFloat32, Compute::kBFloat16}) {
      for (const int64_t M : {1, 5, 8, 9, 12, 13, 16, 32, 33, 64}) {
        const Case c(M, 48, 20, dtype, compute);
        ASSERT_TRUE(is_close(c.result(linear), c.reference(), kBound)) << M;
      }
    }
  }
}

TEST(Linear, EmptySizes) {
  for (const auto& [M, in, out] : {std::tuple{0, 3, 4}, {3, 4, 0}, {2, 0, 3}, {100, 0, 3}}) {
    const Case c(M, in, out, DType::kF32, Compute::kFloat32, Start::kBias);
    EXPECT_EQ(c.result(linear), c.reference());
  }
}

TEST(Linear, FewRowsDoNotDependOnThreadsOrOtherRows) {
  for (const DType dtype : kTypes) {
    const Case c(5, 515, 301, dtype);
    const Values all = c.result(cpu::linear_few_rows, 1);
    EXPECT_EQ(c.result(cpu::linear_few_rows, 2), all);
    EXPECT_EQ(c.result(cpu::linear_few_rows, 5), all);
    const Case first(1, 515, 301, dtype);
    EXPECT_EQ(first.result(cpu::linear_few_rows, 2), Values(all.begin(), all.begin() + 301));
  }
}

TEST(Linear, IntegerWeightsAreRefused) {
  const Case c(1, 4, 4, DType::kF32);
  for (const int64_t M : {1, 100}) {
    Linear args = c.args;
    args.M = M, args.dtype = DType::kI16;
    Context context;
    EXPECT_THROW(linear(context, args), InternalError);
  }
}

TEST(Weights, ConversionsAreExact) {
  for_each_target([] {
    Values source = random_floats("x", 1003);
    // Ties to even, the rounding up of a whole binade, the largest, subnormals of float16, signed zero.
    const Values special = {1.00390625f, 1.01171875f, 1.998046875f, 65504,
                            6e-8f,       -5.9e-5f,    -0.0f,        3.3895e38f};
    std::copy(special.begin(), special.end() - 1, source.begin() + 40);
    Context context{.num_threads = 2};
    for (const DType dtype : kTypes) {
      std::vector<std::byte> stored(source.size() * size_of(dtype));
      convert_from_float(source, dtype, stored);
      Values want(source.size());
      convert_to_float(stored, dtype, want);
      for (const int64_t begin : {0, 1, 5}) {
        const auto count = std::ssize(source) - begin;
        Output wide(count), rounded(count);
        std::vector<uint16_t> narrow(count);
        cpu::widen_weights(context, {stored.data(), dtype}, cpu::Rounding::kNone, begin, count, wide.data());
        cpu::widen_weights(context, {stored.data(), dtype}, cpu::Rounding::kBFloat16, begin, count,
                           rounded.data());
        cpu::narrow_weights(context, {stored.data(), dtype}, begin, count, narrow.data());
        const Values got = wide.values(), got_rounded = rounded.values();
        for (int64_t i = 0; i < count; ++i) {
          ASSERT_EQ(got[i], want[begin + i]);
          ASSERT_EQ(got_rounded[i], round_to_bf16(want[begin + i]));
          ASSERT_EQ(narrow[i], bf16_from_float(want[begin + i]));
        }
      }
    }
  });
}

}  // namespace
}  // namespace radlads::kernels
