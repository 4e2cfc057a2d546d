#include "infer/sampler.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace radlads::infer {
namespace {

void check(const SamplerOptions& o) {
  if (!(o.temperature >= 0)) fail("[sample] temperature must be 0 or more, not {}", o.temperature);
  if (!(o.top_p > 0 && o.top_p <= 1)) fail("[sample] top-p must lie in (0, 1], not {}", o.top_p);
  if (!(o.min_p >= 0 && o.min_p <= 1)) fail("[sample] min-p must lie in [0, 1], not {}", o.min_p);
  if (!(o.repetition_penalty > 0))
    fail("[sample] repetition penalty must be above 0, not {}", o.repetition_penalty);
  if (o.top_k < 0) fail("[sample] top-k must be 0 or more, not {}", o.top_k);
}

/// By logit, the lower id first among equals.
constexpr auto likelier = [](const auto& a, const auto& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
};

}  // namespace

Sampler::Sampler(const SamplerOptions& options)
    : options_(options), random_(options.seed, Random::stream_of("sampler")) {
  check(options);
}

TokenId Sampler::sample(std::span<const float> logits, std::span<const TokenId> seen) {
  if (options_.temperature == 0 && options_.repetition_penalty == 1) return argmax(logits);
  candidates_.clear();
  for (size_t i = 0; i < logits.size(); ++i) candidates_.push_back({static_cast<TokenId>(i), logits[i], 0});
  if (options_.repetition_penalty != 1) {
    const auto penalty = static_cast<float>(options_.repetition_penalty);
    for (const TokenId id : seen) {
      const float logit = logits[static_cast<size_t>(id)];
      candidates_[static_cast<size_t>(id)].logit = logit > 0 ? logit / penalty : logit * penalty;
    }
  }
  if (options_.temperature == 0)
    return std::min_element(candidates_.begin(), candidates_.end(), likelier)->id;

  keep_top_k();
  weigh();
  keep_top_p();
  std::erase_if(candidates_, [this](const Candidate& c) { return c.weight < options_.min_p; });
  double total = 0;
  for (const Candidate& candidate : candidates_) total += candidate.weight;
  double place = random_.uniform() * total;
  for (const Candidate& candidate : candidates_) {
    place -= candidate.weight;
    if (place < 0) return candidate.id;
  }
  return candidates_.front().id;
}

void Sampler::keep_top_k() {
  const auto k = static_cast<size_t>(options_.top_k);
  if (k == 0 || k >= candidates_.size()) return;
  std::nth_element(candidates_.begin(), candidates_.begin() + options_.top_k, candidates_.end(), likelier);
  candidates_.resize(k);
}

void Sampler::weigh() {
  const double largest = std::min_element(candidates_.begin(), candidates_.end(), likelier)->logit;
  for (Candidate& candidate : candidates_) {
    candidate.weight = std::exp((static_cast<double>(candidate.logit) - largest) / options_.temperature);
  }
}

void Sampler::keep_top_p() {
  if (options_.top_p == 1) return;
  std::sort(candidates_.begin(), candidates_.end(), likelier);
  double total = 0, mass = 0;
  for (const Candidate& candidate : candidates_) total += candidate.weight;
  size_t kept = 0;
  while (kept < candidates_.size() && mass < options_.top_p * total) mass += candidates_[kept++].weight;
  candidates_.resize(kept);
}

TokenId argmax(std::span<const float> logits) {
  return static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace radlads::infer
