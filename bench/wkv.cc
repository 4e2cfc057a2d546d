// The recurrences at the shapes of training and decoding, together with what they should be measured against:
// the peak of multiply-adds, a plain loop, PyTorch and, for decoding, an update of the same memory in place.
//
//   bench_wkv [--threads N] [--json FILE] [--target NAME] [--quick]
#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/copy_rate.h"
#include "bench/fma_peak.h"
#include "bench/round_robin.h"
#include "bench/simd_target.h"
#include "bench/wkv_kernels.h"
#include "bench/wkv_loop.h"
#include "bench/wkv_problem.h"
#include "bench/wkv_report.h"
#include "bench/wkv_torch.h"
#include "core/error.h"
#include "core/parallel.h"

namespace radlads::bench {
namespace {

constexpr Shape kStories3M = {32, 256, 6, 32};
constexpr Shape kDenormal = {2, 512, 8, 64};  // runs with denormal inputs too
constexpr Shape kTraining[] = {{2, 512, 8, 32}, kDenormal, {2, 512, 8, 128}, kStories3M};
constexpr Shape kDecoding[] = {{1024, 1, 16, 64}, {256, 1, 16, 128}};  // 256 MiB of states exceed any cache
constexpr int64_t kTorchChunks[] = {16, 32, 64};

constexpr double kLoopBound = 1e-4, kTorchBound = 1e-3;  // relative errors

struct Options {
  int threads = available_cores();
  std::string json_path, target;
  bool quick = false;

  Effort effort() const { return quick ? Effort{5, 0.1} : Effort{11, 1}; }
};

struct Torch {
  std::unique_ptr<Contestant> contestant;  // null if there is none
  int64_t chunk = 0;
};

/// PyTorch at the chunk that is fastest among those whose results are finite and right: over long chunks the
/// decay overflows. The kernels' results of this pass must exist.
Torch best_torch(const Problem& problem, Pass pass, Contestant& kernels, int threads) {
  std::vector<Torch> candidates;
  for (const int64_t chunk : kTorchChunks) {
    auto torch = torch_contestant(problem, chunk, threads);
    if (!torch) return {};
    torch->run(pass);
    if (relative_error(*torch, kernels, pass) < kTorchBound) candidates.push_back({std::move(torch), chunk});
  }
  if (candidates.empty()) fail("PyTorch's {} is wrong for every chunk size", name_of(problem.mixer));
  std::vector<std::function<void()>> bodies(candidates.size());
  std::ranges::transform(candidates, bodies.begin(),
                         [&](const Torch& torch) { return [&torch, pass] { torch.contestant->run(pass); }; });
  const auto ms = median_ms(bodies, {.min_rounds = 5, .min_seconds = 0});
  return std::move(candidates[static_cast<size_t>(std::ranges::min_element(ms) - ms.begin())]);
}

void check_loop(const Problem& problem, Pass pass, Contestant& loop, Contestant& kernels) {
  const double error = relative_error(loop, kernels, pass);
  if (error < kLoopBound) return;
  const Shape& s = problem.shape;
  fail("{} {}, B {} T {} H {} N {}: the kernels and the loop differ by {:.1e}", name_of(problem.mixer),
       name_of(pass), s.B, s.T, s.H, s.N, error);
}

/// What is measured in turn for a row. The peak is the best of the bursts in between: what disturbs one
/// lowers it, and would raise our share of it.
struct Race {
  explicit Race(int threads) {
    add([this, threads] { peak_gflops = std::max(peak_gflops, fma_peak(threads)); });
  }
  Race(const Race&) = delete;

  void add(std::function<void()> body) { bodies.push_back(std::move(body)); }

  double peak_gflops = 0;
  std::vector<std::function<void()>> bodies;
};

/// The contestants of one problem, all of them checked against each other.
struct Entrants {
  Entrants(const Problem& problem, Pass pass, int threads)
      : kernels(kernels_contestant(problem, threads)), loop(loop_contestant(problem, threads)) {
    kernels->run(pass);
    loop->run(pass);
    check_loop(problem, pass, *loop, *kernels);
    torch = best_torch(problem, pass, *kernels, threads);
  }

  std::unique_ptr<Contestant> kernels, loop;
  Torch torch;
};

/// One row for each problem; all of them run in turn, so that their times may be compared as well.
std::vector<Row> training_rows(const Options& options, const std::vector<Problem>& problems, Pass pass) {
  Race race(options.threads);
  std::list<Entrants> entrants;
  for (const Problem& problem : problems) {
    const Entrants& e = entrants.emplace_back(problem, pass, options.threads);
    race.add([&] { e.kernels->run(pass); });
    race.add([&] { e.loop->run(pass); });
    if (e.torch.contestant) race.add([&] { e.torch.contestant->run(pass); });
  }
  const auto ms = median_ms(race.bodies, options.effort());
  auto next_ms = ms.begin() + 1;  // after the peak's
  std::vector<Row> rows;
  for (const Problem& problem : problems) {
    Row& row = rows.emplace_back(Row{problem.mixer, problem.shape, pass, problem.inputs, race.peak_gflops});
    row.ms = *next_ms++;
    row.loop_ms = *next_ms++;
    const Torch& torch = entrants.front().torch;
    if (torch.contestant) row.torch_ms = *next_ms++, row.torch_chunk = torch.chunk;
    entrants.pop_front();
  }
  return rows;
}

Row decoding_row(const Options& options, const Problem& problem) {
  constexpr Pass kPass = Pass::kDecode;
  const auto kernels = kernels_contestant(problem, options.threads);
  const auto loop = loop_contestant(problem, options.threads);
  // The second token's output depends on the states that the first one left.
  for (int token = 0; token < 2; ++token) kernels->run(kPass), loop->run(kPass);
  check_loop(problem, kPass, *loop, *kernels);
  Buffer memory(problem.s0.num_bytes());
  std::ranges::fill(memory.as<float>(), 1.0f);
  Race race(options.threads);
  race.add([&] { kernels->run(kPass); });
  race.add([&] { scale_in_place(memory.as<float>(), 0.999f, options.threads); });
  race.add([&] { loop->run(kPass); });
  const auto ms = median_ms(race.bodies, options.effort());
  Row row{problem.mixer, problem.shape, kPass, Inputs::kGolden, race.peak_gflops, ms[1], ms[3]};
  row.copy_gbps = 2 * static_cast<double>(memory.num_bytes()) / ms[2] * 1e-6;
  return row;
}

void run(const Options& options) {
  if (!options.target.empty()) force_simd_target(options.target);
  Report report(options.threads, simd_target());
  const auto save = [&] {
    if (!options.json_path.empty()) report.save(options.json_path);
  };
  save();  // a path that cannot be written should show now, not after minutes
  for (const Mixer mixer : {Mixer::kWkv6, Mixer::kWkv7}) {
    for (const Shape& shape : kTraining) {
      std::vector<Problem> problems;
      problems.push_back(make_problem(mixer, shape, Inputs::kGolden));
      if (shape == kDenormal) problems.push_back(make_problem(mixer, shape, Inputs::kDenormal));
      for (const Pass pass : {Pass::kForward, Pass::kForwardBackward}) {
        for (const Row& row : training_rows(options, problems, pass)) report.add(row);
      }
    }
    for (const Shape& shape : kDecoding) {
      report.add(decoding_row(options, make_problem(mixer, shape, Inputs::kGolden)));
    }
  }
  save();
}

/// The exit status. Errors other than those of the command line are the caller's to report.
int run_command_line(int argc, char** argv) {
  CLI::App app("Times of the recurrences wkv6 and wkv7");
  Options options;
  app.add_option("--threads", options.threads, "Threads")->check(CLI::Range(1, 1024));
  app.add_option("--json", options.json_path, "Writes the rows to this file");
  app.add_option("--target", options.target, "Instruction set to dispatch to, for example AVX2");
  app.add_flag("--quick", options.quick, "Fewer runs of everything");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    fmt::print(stderr, "bench_wkv: {} (see bench_wkv --help)\n", error.what());
    return 2;
  }
  run(options);
  return 0;
}

}  // namespace
}  // namespace radlads::bench

int main(int argc, char** argv) {
  try {
    return radlads::bench::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_wkv: {}\n", error.what());
    return 1;
  }
}
