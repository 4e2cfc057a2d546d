// The choice of a token from logits over a large vocabulary, one thread, for the settings in use:
// microseconds per token. Logits roughly resemble those of a language model: a normal bulk with a tail of
// likely tokens (peaked), or only the bulk (flat), where nearly the whole vocabulary remains a candidate.

#include "infer/sampler.h"

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/random.h"

namespace radlads::infer {
namespace {

constexpr int64_t kVocabulary = 152'064;

std::vector<float> logits_of(double tail) {
  Random random(1, 0);
  std::vector<float> logits(kVocabulary);
  for (float& logit : logits) logit = static_cast<float>(2 * random.normal());
  for (int i = 0; i < 50; ++i)
    logits[random.below(kVocabulary)] = static_cast<float>(8 + tail * random.uniform());
  return logits;
}

void sample(benchmark::State& state, const SamplerOptions& options, double tail) {
  const std::vector<float> logits = logits_of(tail);
  const std::vector<TokenId> seen = {5, 17, 4711};
  Sampler sampler(options);
  int64_t position = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sampler.sample(logits, seen, position++));
}

void register_all() {
  const std::pair<const char*, SamplerOptions> kSettings[] = {
      {"greedy", {.temperature = 0}},
      {"temperature", {.temperature = 0.8}},
      {"top_k_50", {.top_k = 50}},
      {"top_k_50000", {.top_k = 50'000}},
      {"top_p_0.9", {.top_p = 0.9}},
      {"top_p_0.999", {.top_p = 0.999}},
      {"min_p_0.05", {.min_p = 0.05}},
      {"top_k_50_top_p_0.9", {.top_k = 50, .top_p = 0.9}},
      {"top_k_50000_top_p_0.9", {.top_k = 50'000, .top_p = 0.9}},
      {"penalty_and_all",
       {.repetition_penalty = 1.1, .temperature = 0.8, .top_k = 50, .top_p = 0.9, .min_p = 0.01}}};
  for (const auto& [shape, tail] : {std::pair{"peaked", 12.0}, {"flat", 0.0}}) {
    for (const auto& [name, options] : kSettings) {
      benchmark::RegisterBenchmark((std::string(shape) + "/" + name).c_str(), sample, options, tail)
          ->Unit(benchmark::kMicrosecond)
          ->Repetitions(5)
          ->ReportAggregatesOnly();
    }
  }
}

[[maybe_unused]] const bool registered = (register_all(), true);

}  // namespace
}  // namespace radlads::infer
