// The recurrences at the shapes of training and decoding: the median time, the rate in FLOPs by convention
// (for a token and head of size N: wkv6 5 N^2 forward and 11 N^2 backward, wkv7 9 N^2 and 19 N^2), and its
// share of the measured peak of multiply-adds.
//
//   bench_wkv [--threads N] [--json FILE]
#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/fma_peak.h"
#include "core/parallel.h"
#include "core/random.h"
#include "kernels/wkv6.h"
#include "kernels/wkv7.h"

namespace radlads::kernels {
namespace {

using Floats = std::vector<float>;

struct BenchShape {
  int64_t B, T, H, Hkv, N;

  double tokens() const { return static_cast<double>(B * T * H); }
  double state_floats() const { return static_cast<double>(B * H * N * N); }
};

constexpr BenchShape kTraining[] = {{32, 256, 6, 2, 32}, {2, 512, 8, 2, 64}, {1, 512, 16, 4, 128}};
constexpr BenchShape kDecoding = {64, 1, 16, 4, 64};

/// A tensor [B,T,heads,N] of uniform numbers in [low, high], at a cache line.
class Tensor {
 public:
  Tensor(const BenchShape& shape, int64_t heads, double low = 0, double high = 0)
      : shape_(shape), heads_(heads), buffer_(Buffer::of<float>(shape.B * shape.T * heads * shape.N)) {
    static uint64_t stream = 0;
    Random random(1, ++stream);
    for (float& x : buffer_.as<float>()) x = static_cast<float>(low + (high - low) * random.uniform());
  }

  HeadsOut out() { return HeadsOut::contiguous(buffer_.as<float>().data(), shape_.T, heads_, shape_.N); }
  HeadsIn in() const { return HeadsIn::contiguous(buffer_.as<float>().data(), shape_.T, heads_, shape_.N); }

 private:
  BenchShape shape_;
  int64_t heads_;
  Buffer buffer_;
};

double median_ms(const std::function<void()>& body) {
  using Clock = std::chrono::steady_clock;
  constexpr size_t kMinRuns = 9;
  body();
  std::vector<double> ms;
  for (const auto begin = Clock::now();
       ms.size() < kMinRuns || Clock::now() - begin < std::chrono::seconds(1);) {
    const auto start = Clock::now();
    body();
    ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::nth_element(ms.begin(), ms.begin() + static_cast<int64_t>(ms.size() / 2), ms.end());
  return ms[ms.size() / 2];
}

class Report {
 public:
  explicit Report(int threads) : peak_(fma_peak(threads)) {
    json_ = {{"threads", threads}, {"peak_gflops", peak_}, {"rows", nlohmann::json::array()}};
    fmt::print("{} threads, peak {:.0f} GFLOP/s\n", threads, peak_);
  }

  void add(const std::string& kernel, const std::string& pass, const BenchShape& s, double ms, double flops) {
    const double gflops = flops / ms * 1e-6, percent = 100 * gflops / peak_;
    fmt::print("{} {:<17} [{},{},{},{}] {:>9.3f} ms {:>8.1f} GFLOP/s {:>5.1f}% of peak\n", kernel, pass, s.B,
               s.T, s.H, s.N, ms, gflops, percent);
    json_["rows"].push_back({{"kernel", kernel},
                             {"pass", pass},
                             {"shape", {s.B, s.T, s.H, s.N}},
                             {"kv_heads", s.Hkv},
                             {"ms", ms},
                             {"gflops", gflops},
                             {"percent_of_peak", percent}});
  }

  void save(const std::string& path) const {
    std::ofstream file(path);
    file << json_.dump(2) << '\n';
    if (!file) fail("[bench_wkv] {}: cannot be written", path);
  }

 private:
  double peak_;
  nlohmann::json json_;
};

/// Inputs as the mixers give them: grouped keys and values, balance on.
struct Case6 {
  explicit Case6(const BenchShape& s)
      : q(s, s.H, -1, 1),
        k(s, s.Hkv, -1, 1),
        v(s, s.Hkv, -1, 1),
        lw(s, s.H, -5, 0),
        d_o(s, s.H, -1, 1),
        o(s, s.H),
        dq(s, s.H),
        dk(s, s.Hkv),
        dv(s, s.Hkv),
        dlw(s, s.H),
        state(Buffer::of<float>(s.B * s.H * s.N * s.N)) {
    std::ranges::fill(state.as<float>(), 0.0f);
    inputs = {.B = s.B,
              .T = s.T,
              .H = s.H,
              .N = s.N,
              .q = q.in(),
              .k = k.in(),
              .v = v.in(),
              .lw = lw.in(),
              .balance = true};
    checkpoints.resize(wkv6_checkpoint_floats(inputs));
  }

  void forward(Context& context) {
    wkv6_forward(context, inputs, {.o = o.out(), .checkpoints = checkpoints.data()});
  }
  void backward(Context& context) {
    wkv6_backward(context, inputs, checkpoints.data(),
                  {.d_o = d_o.in(), .dq = dq.out(), .dk = dk.out(), .dv = dv.out(), .dlw = dlw.out()});
  }
  void decode(Context& context) {
    inputs.s0 = state.as<float>().data();
    wkv6_forward(context, inputs, {.o = o.out(), .sT = state.as<float>().data()});
  }

  static constexpr const char* kName = "wkv6";
  static constexpr double kForwardFlops = 5, kBackwardFlops = 11;

  Tensor q, k, v, lw, d_o, o, dq, dk, dv, dlw;
  Buffer state;
  Floats checkpoints;
  Wkv6Inputs inputs;
};

struct Case7 {
  explicit Case7(const BenchShape& s)
      : r(s, s.H, -1, 1),
        lw(s, s.H, -0.6, 0),
        k(s, s.Hkv, -1, 1),
        v(s, s.Hkv, -1, 1),
        kk(s, s.Hkv, -0.15, 0.15),
        a(s, s.H, 0, 1),
        d_o(s, s.H, -1, 1),
        o(s, s.H),
        dr(s, s.H),
        dlw(s, s.H),
        dk(s, s.Hkv),
        dv(s, s.Hkv),
        dkk(s, s.Hkv),
        da(s, s.H),
        state(Buffer::of<float>(s.B * s.H * s.N * s.N)) {
    std::ranges::fill(state.as<float>(), 0.0f);
    inputs = {.B = s.B,
              .T = s.T,
              .H = s.H,
              .N = s.N,
              .r = r.in(),
              .lw = lw.in(),
              .k = k.in(),
              .v = v.in(),
              .kk = kk.in(),
              .a = a.in(),
              .balance = true};
    checkpoints.resize(wkv7_checkpoint_floats(inputs));
  }

  void forward(Context& context) {
    wkv7_forward(context, inputs, {.o = o.out(), .checkpoints = checkpoints.data()});
  }
  void backward(Context& context) {
    wkv7_backward(context, inputs, checkpoints.data(),
                  {.d_o = d_o.in(),
                   .dr = dr.out(),
                   .dlw = dlw.out(),
                   .dk = dk.out(),
                   .dv = dv.out(),
                   .dkk = dkk.out(),
                   .da = da.out()});
  }
  void decode(Context& context) {
    inputs.s0 = state.as<float>().data();
    wkv7_forward(context, inputs, {.o = o.out(), .sT = state.as<float>().data()});
  }

  static constexpr const char* kName = "wkv7";
  static constexpr double kForwardFlops = 9, kBackwardFlops = 19;

  Tensor r, lw, k, v, kk, a, d_o, o, dr, dlw, dk, dv, dkk, da;
  Buffer state;
  Floats checkpoints;
  Wkv7Inputs inputs;
};

template <class Case>
void bench_kernel(Context& context, Report& report) {
  for (const BenchShape& shape : kTraining) {
    Case c(shape);
    const double unit = shape.tokens() * static_cast<double>(shape.N * shape.N);
    report.add(Case::kName, "forward", shape, median_ms([&] { c.forward(context); }),
               Case::kForwardFlops * unit);
    report.add(Case::kName, "forward+backward", shape,
               median_ms([&] { c.forward(context), c.backward(context); }),
               (Case::kForwardFlops + Case::kBackwardFlops) * unit);
  }
  Case c(kDecoding);
  report.add(Case::kName, "decode", kDecoding, median_ms([&] { c.decode(context); }),
             Case::kForwardFlops * kDecoding.state_floats());
}

void run(int threads, const std::string& json_path) {
  Context context{.num_threads = threads};
  Report report(threads);
  bench_kernel<Case6>(context, report);
  bench_kernel<Case7>(context, report);
  if (!json_path.empty()) report.save(json_path);
}

}  // namespace
}  // namespace radlads::kernels

int main(int argc, char** argv) {
  CLI::App app("Times of the recurrences wkv6 and wkv7");
  int threads = radlads::available_cores();
  std::string json_path;
  app.add_option("--threads", threads, "Threads")->check(CLI::PositiveNumber);
  app.add_option("--json", json_path, "Writes the rows to this file");
  CLI11_PARSE(app, argc, argv);
  radlads::kernels::run(threads, json_path);
}
