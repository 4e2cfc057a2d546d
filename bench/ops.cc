// The kernels around the recurrences, at the shapes that training and decoding have. Prints the median time
// of several runs with the bytes that must move or the FLOPs that must be done for it.
//
//   bench_ops [THREADS] [PART]    PART: norm, rope, rad6, rad7, gating, loss, attention or linear; default:
//   all
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/half.h"
#include "core/parallel.h"
#include "core/random.h"
#include "kernels/attention.h"
#include "kernels/gating.h"
#include "kernels/linear.h"
#include "kernels/loss.h"
#include "kernels/norm.h"
#include "kernels/rad6.h"
#include "kernels/rad7.h"
#include "kernels/rope.h"

namespace radlads::kernels {
namespace {

using Floats = std::vector<float>;

Floats random_floats(int64_t count, double scale = 1) {
  static uint64_t stream = 0;
  Random random(1, ++stream);
  Floats values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(scale * (2 * random.uniform() - 1));
  return values;
}

struct Cost {
  double bytes = 0, flops = 0;
};

class Bench {
 public:
  Bench(int threads, std::string_view only) : only_(only) { context_.num_threads = threads; }

  Context& context() { return context_; }
  bool wants(std::string_view part) const { return only_.empty() || part == only_; }

  /// Runs `body` until a second has passed, at least five times after one to warm up.
  void time(std::string_view name, Cost cost, const std::function<void()>& body) const {
    using Clock = std::chrono::steady_clock;
    body();
    std::vector<double> seconds;
    for (const auto begin = Clock::now();
         seconds.size() < 5 || Clock::now() - begin < std::chrono::seconds(1);) {
      const auto start = Clock::now();
      body();
      seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    }
    std::nth_element(seconds.begin(), seconds.begin() + static_cast<int64_t>(seconds.size() / 2),
                     seconds.end());
    const double median = seconds[seconds.size() / 2];
    fmt::print("{:<44} {:>9.3f} ms", name, median * 1e3);
    if (cost.bytes > 0) fmt::print(" {:>8.1f} GB/s", cost.bytes / median * 1e-9);
    if (cost.flops > 0) fmt::print(" {:>8.1f} GFLOP/s", cost.flops / median * 1e-9);
    fmt::print("\n");
  }

 private:
  std::string_view only_;
  Context context_;
};

constexpr int64_t kTokens = 8192, kWidth = 192, kHeads = 6, kKvHeads = 2, kHeadSize = 32;

/// Training: `count` sequences of `length` tokens.
void bench_attention(Bench& bench, int64_t count, int64_t length) {
  const int64_t H = kHeads, Hkv = kKvHeads, N = kHeadSize, M = count * length;
  const Floats q = random_floats(M * H * N), k = random_floats(M * Hkv * N), v = random_floats(M * Hkv * N);
  const Floats d_o = random_floats(M * H * N);
  Floats o(q.size()), log_sum_exp(M * H), dq(q.size()), dk(k.size()), dv(k.size());
  std::vector<AttentionSequence> sequences;
  for (int64_t s = 0; s < count; ++s) {
    const int64_t row = s * length, offset = row * Hkv * N;
    sequences.push_back({row, length, k.data() + offset, v.data() + offset, length});
  }
  const AttentionInputs inputs{H, Hkv, N, 0.17f, q.data(), H * N, N, Hkv * N, N, sequences};
  const double pairs = static_cast<double>(count * H) * static_cast<double>(length * (length + 1) / 2);
  bench.time(fmt::format("attention forward, {} x {} tokens", count, length), {.flops = pairs * 4 * N}, [&] {
    attention_forward(bench.context(), inputs, {o.data(), log_sum_exp.data()});
  });
  const AttentionGradients gradients{o.data(),  log_sum_exp.data(), d_o.data(),
                                     dq.data(), dk.data(),          dv.data()};
  bench.time(fmt::format("attention backward, {} x {} tokens", count, length), {.flops = pairs * 10 * N},
             [&] { attention_backward(bench.context(), inputs, gradients); });
}

/// Inference: `queries` tokens of one sequence against its cache, [Hkv,keys,N].
void bench_cache(Bench& bench, std::string_view name, int64_t queries, int64_t keys) {
  const int64_t H = 32, Hkv = 8, N = 128;
  const Floats q = random_floats(queries * H * N), k = random_floats(keys * Hkv * N),
               v = random_floats(keys * Hkv * N);
  Floats o(q.size());
  const AttentionSequence sequence{0, queries, k.data(), v.data(), keys};
  const AttentionInputs inputs{H, Hkv, N, 0.09f, q.data(), H * N, N, N, keys * N, {&sequence, 1}};
  const double pairs = static_cast<double>(H * queries) * (static_cast<double>(keys) - (queries - 1) / 2.0);
  bench.time(fmt::format("attention {}, {} x {} keys", name, queries, keys),
             {.bytes = 2.0 * 4 * static_cast<double>(k.size()), .flops = pairs * 4 * N}, [&] {
               attention_forward(bench.context(), inputs, {o.data(), nullptr});
             });
}

void bench_linear(Bench& bench, int64_t M, DType dtype) {
  const int64_t size = 4096;
  const Floats x = random_floats(M * size), W = random_floats(size * size);
  Floats y(M * size);
  std::vector<std::byte> stored(W.size() * size_of(dtype));
  convert_from_float(W, dtype, stored);
  const auto products = static_cast<double>(M * size * size);
  bench.time(fmt::format("linear, {} rows, 4096 x 4096 {}", M, torch_name(dtype)),
             {.bytes = static_cast<double>(stored.size()), .flops = 2 * products}, [&] {
               linear(bench.context(), {.M = M,
                                        .in = size,
                                        .out = size,
                                        .x = x.data(),
                                        .W = stored.data(),
                                        .dtype = dtype,
                                        .y = y.data()});
             });
}

/// Bytes of `floats` floats, read or written once.
Cost moved(int64_t floats) { return {.bytes = 4.0 * static_cast<double>(floats)}; }

void bench_norm(Bench& bench) {
  const int64_t M = kTokens, C = kWidth, size = M * C;
  const Floats x = random_floats(size), weight = random_floats(C), d_y = random_floats(size);
  Floats y(size), rstd(M), dx(size), d_weight(C), d_bias(C);
  Context& context = bench.context();
  bench.time("rms_norm_forward", moved(2 * size), [&] {
    rms_norm_forward(context,
                     {M, C, 1e-6f, x.data(), nullptr, weight.data(), nullptr, y.data(), rstd.data()});
  });
  bench.time("rms_norm_backward", moved(3 * size), [&] {
    rms_norm_backward(context, {M, C, x.data(), weight.data(), rstd.data(), d_y.data(), nullptr, dx.data(),
                                d_weight.data()});
  });
  const int64_t H = kHeads, N = kHeadSize;
  bench.time("group_norm_forward", moved(2 * size), [&] {
    group_norm_forward(context, {M, H, N, 1e-5f, x.data(), weight.data(), weight.data(), y.data()});
  });
  bench.time("group_norm_backward", moved(3 * size), [&] {
    group_norm_backward(context, {M, H, N, 1e-5f, x.data(), weight.data(), d_y.data(), dx.data(),
                                  d_weight.data(), d_bias.data()});
  });
}

void bench_rope(Bench& bench) {
  const int64_t M = kTokens, H = kHeads, N = kHeadSize;
  const Floats x = random_floats(M * H * N);
  const std::vector<double> frequencies(N / 2, 0.01);
  std::vector<int64_t> positions(M);
  for (int64_t m = 0; m < M; ++m) positions[m] = m % 256;
  Floats cos(M * N / 2), sin(cos.size()), y(x.size());
  Context& context = bench.context();
  bench.time("rope_table", moved(M * N),
             [&] { rope_table(context, frequencies, positions, cos.data(), sin.data()); });
  bench.time("rope", moved(2 * M * H * N), [&] {
    rope(context,
         {.rows = M, .heads = H, .N = N, .cos = cos.data(), .sin = sin.data(), .x = x.data(), .y = y.data()});
  });
}

void bench_rad6(Bench& bench) {
  const int64_t M = kTokens, C = kWidth, size = M * C;
  const Floats x = random_floats(size), m = random_floats(kRad6Mixes * size),
               d_mixed = random_floats(kRad6Mixes * size);
  const Floats maa_x = random_floats(C);
  Floats p(size), dx(size), mixed(m.size()), d_m(m.size()), d_maa_x(C);
  std::array<const float*, kRad6Mixes> maa, d_mixed_rows;
  std::array<float*, kRad6Mixes> d_maa;
  maa.fill(maa_x.data());
  d_maa.fill(d_maa_x.data());
  for (size_t i = 0; i < d_mixed_rows.size(); ++i)
    d_mixed_rows[i] = d_mixed.data() + static_cast<int64_t>(i) * size;
  std::vector<int64_t> boundaries;
  for (int64_t begin = 0; begin <= M; begin += 256) boundaries.push_back(begin);
  const ShiftSource source{.M = M, .C = C, .boundaries = boundaries};
  const float *mu = maa_x.data(), *d_p = p.data();
  float* const d_mu = d_maa_x.data();
  Context& context = bench.context();
  bench.time("token_shift", moved(2 * size), [&] {
    token_shift(context, {source, x.data(), {&mu, 1}, p.data()});
  });
  bench.time("token_shift_backward", moved(4 * size), [&] {
    token_shift_backward(context, {source, x.data(), {&mu, 1}, {&d_p, 1}, dx.data(), {&d_mu, 1}});
  });
  bench.time("token_mix", moved(11 * size), [&] {
    token_mix(context, {source, x.data(), maa, m.data(), mixed.data()});
  });
  bench.time("token_mix_backward", moved(17 * size), [&] {
    token_mix_backward(context,
                       {source, x.data(), maa, m.data(), d_mixed_rows, dx.data(), d_maa, d_m.data()});
  });
  bench.time("rad6_decay", moved(2 * size), [&] { rad6_decay(context, {size, x.data(), p.data()}); });
}

void bench_rad7(Bench& bench, bool balance) {
  const int64_t M = kTokens, H = kHeads, Hkv = kKvHeads, N = kHeadSize, A = H * N, Kk = balance ? Hkv : H;
  const Floats full = random_floats(M * A), grouped = random_floats(M * Hkv * N), angles(M * N / 2, 0.7f),
               weight(A, 0.8f);
  const auto floats = [](int64_t size) { return Floats(static_cast<size_t>(size)); };
  Floats r = floats(M * A), lw = r, a = r, v = r, k = floats(M * Kk * N), kk = k;
  const Rad7Prepare in{M,
                       H,
                       Hkv,
                       N,
                       balance,
                       angles.data(),
                       angles.data(),
                       full.data(),
                       grouped.data(),
                       grouped.data(),
                       full.data(),
                       full.data(),
                       full.data(),
                       grouped.data(),
                       weight.data(),
                       weight.data()};
  const Rad7Prepared out{r.data(), lw.data(), a.data(), k.data(), kk.data(), v.data()};
  const std::string name = fmt::format("rad7_prepare, balance {}", balance ? "on" : "off");
  bench.time(name, moved(M * (8 * A + 3 * Hkv * N + 2 * Kk * N)),
             [&] { rad7_prepare(bench.context(), in, out); });
  Floats dr = r, dk = floats(M * Hkv * N), dv = dk, dzw = r, dza = r, dzv = r, dv_first = dk, dk_k(A),
         dk_a(A);
  const Rad7PrepareGradients grads{full.data(), full.data(), full.data(),     k.data(),    kk.data(),
                                   full.data(), dr.data(),   dk.data(),       dv.data(),   dzw.data(),
                                   dza.data(),  dzv.data(),  dv_first.data(), dk_k.data(), dk_a.data()};
  bench.time(name + " backward", moved(M * (11 * A + 5 * Hkv * N + 4 * Kk * N)),
             [&] { rad7_prepare_backward(bench.context(), in, out, grads); });
}

void bench_gating(Bench& bench) {
  const int64_t size = kTokens * 512;
  const Floats gate = random_floats(size, 4), up = random_floats(size);
  Floats y(size), d_gate(size), d_up(size);
  bench.time("swiglu", moved(3 * size), [&] {
    swiglu(bench.context(), {size, gate.data(), up.data(), y.data()});
  });
  bench.time("swiglu_backward", moved(5 * size), [&] {
    swiglu_backward(bench.context(), {size, gate.data(), up.data(), up.data(), d_gate.data(), d_up.data()});
  });
}

void bench_loss(Bench& bench, int64_t rows, int64_t V) {
  const Floats teacher = random_floats(rows * V, 8), student = random_floats(rows * V, 8);
  const std::vector<int64_t> targets(rows, 3);
  Floats loss(rows), d_student(rows * V);
  Context& context = bench.context();
  bench.time(fmt::format("kl_loss, {} x {}", rows, V), moved(3 * rows * V), [&] {
    kl_loss(context, {rows, V, teacher.data(), student.data(), 1.0f, loss.data(), d_student.data()});
  });
  bench.time(fmt::format("cross_entropy_loss, {} x {}", rows, V), moved(2 * rows * V), [&] {
    cross_entropy_loss(context,
                       {rows, V, student.data(), targets.data(), 1.0f, loss.data(), d_student.data()});
  });
  bench.time(fmt::format("distance_loss, {} x {}", rows, V), moved(3 * rows * V), [&] {
    distance_loss(context, {rows, V, teacher.data(), student.data(), 1.0f, loss.data(), d_student.data()});
  });
}

void bench_all(Bench& bench) {
  if (bench.wants("norm")) bench_norm(bench);
  if (bench.wants("rope")) bench_rope(bench);
  if (bench.wants("rad6")) bench_rad6(bench);
  if (bench.wants("rad7")) bench_rad7(bench, true), bench_rad7(bench, false);
  if (bench.wants("gating")) bench_gating(bench);
  if (bench.wants("loss")) bench_loss(bench, 1024, 4096), bench_loss(bench, 64, 152'064);
  if (bench.wants("attention")) {
    bench_attention(bench, 32, 256);
    bench_attention(bench, 160, 51);
    bench_attention(bench, 4, 2048);
    bench_cache(bench, "decode", 1, 1024);
    bench_cache(bench, "decode", 1, 32768);
    bench_cache(bench, "prefill", 512, 4096);
  }
  if (bench.wants("linear")) {
    for (const int64_t M : {1, 8, 512}) {
      for (const DType dtype : {DType::kF32, DType::kBF16, DType::kF16}) bench_linear(bench, M, dtype);
    }
  }
}

}  // namespace
}  // namespace radlads::kernels

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : radlads::available_cores();
  radlads::kernels::Bench bench(threads, argc > 2 ? argv[2] : "");
  fmt::print("{} threads\n", threads);
  radlads::kernels::bench_all(bench);
}
