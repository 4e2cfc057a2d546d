#include "infer/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/random.h"
#include "kernels/sampling.h"

namespace radlads::infer {
namespace {

constexpr float kLargestFloat = std::numeric_limits<float>::max();

void check(const SamplerOptions& o) {
  if (!(o.temperature >= 0 && std::isfinite(o.temperature)))
    fail("[sample] temperature must be 0 or more, not {}", o.temperature);
  if (!(o.top_p > 0 && o.top_p <= 1)) fail("[sample] top-p must be in (0, 1], not {}", o.top_p);
  if (!(o.min_p >= 0 && o.min_p <= 1)) fail("[sample] min-p must be in [0, 1], not {}", o.min_p);
  if (!(o.repetition_penalty > 0 && std::isfinite(o.repetition_penalty)))
    fail("[sample] repetition penalty must be above 0, not {}", o.repetition_penalty);
  if (o.top_k < 0) fail("[sample] top-k must be 0 or more, not {}", o.top_k);
}

float to_finite_float(double x) {
  return static_cast<float>(std::clamp(x, -double{kLargestFloat}, double{kLargestFloat}));
}

/// The floats around x.
float float_below(double x) { return std::nextafter(to_finite_float(x), -kLargestFloat); }

float float_from(double x) {
  const float nearest = to_finite_float(x);
  return nearest < x ? std::nextafter(nearest, kLargestFloat) : nearest;
}

}  // namespace

Sampler::Sampler(const SamplerOptions& options) : options_(options) { check(options); }

TokenId Sampler::sample(std::span<const float> logits, std::span<const TokenId> seen, int64_t position) {
  logits_ = logits;
  if (options_.repetition_penalty != 1) penalize(seen);
  weigh(position);
  if (options_.temperature == 0) return first_of_largest();
  keep_top_k();
  keep_top_p_and_min_p();
  Random random(options_.seed, Random::stream_of("sampler") + static_cast<uint64_t>(position));
  return draw(random.uniform());
}

void Sampler::penalize(std::span<const TokenId> seen) {
  penalized_.assign(logits_.begin(), logits_.end());
  for (const TokenId id : seen) {
    const double logit = logits_[static_cast<size_t>(id)];
    if (!std::isfinite(logit)) continue;  // to be refused as it is
    penalized_[static_cast<size_t>(id)] = to_finite_float(logit > 0 ? logit / options_.repetition_penalty
                                                                    : logit * options_.repetition_penalty);
  }
  logits_ = penalized_;
}

void Sampler::weigh(int64_t position) {
  const auto V = std::ssize(logits_);
  const auto blocks = static_cast<size_t>(kernels::num_token_blocks(V));
  const bool is_greedy = options_.temperature == 0;
  float smallest = 0;
  maxima_.resize(blocks);
  sums_.resize(blocks);
  if (!is_greedy) weights_.resize(logits_.size());
  kernels::token_weights({.V = V,
                          .inverse_temperature = is_greedy ? 0 : to_finite_float(1 / options_.temperature),
                          .logits = logits_.data(),
                          .smallest = &smallest,
                          .largest = &largest_,
                          .maxima = maxima_.data(),
                          .weights = is_greedy ? nullptr : weights_.data()});
  if (std::isnan(largest_)) {
    fail("[sample] the model's logits are not finite after {} tokens: its weights are damaged", position);
  }
  // Those of weight 0 are never drawn.
  lowest_ = std::max(smallest, float_below(logit_of(std::numeric_limits<float>::min())));
}

/// The logit of a token that is `weight` times as likely as the most likely one.
double Sampler::logit_of(double weight) const {
  return static_cast<double>(largest_) + options_.temperature * std::log(weight);
}

void Sampler::keep_top_k() {
  const auto k = static_cast<size_t>(options_.top_k);
  if (k == 0 || k >= logits_.size()) return;
  if (k <= maxima_.size()) {
    // k blocks with a token each at or above the k-th largest of the blocks' maxima: no need to look below
    // it.
    sums_ = maxima_;
    std::ranges::nth_element(sums_, sums_.begin() + options_.top_k - 1, std::greater());
    lowest_ = std::max(lowest_, sums_[k - 1]);
  }
  lowest_ =
      edge_.cut({logits_, maxima_, weights_}, {lowest_, largest_}, Measure::kCount, static_cast<double>(k));
}

void Sampler::keep_top_p_and_min_p() {
  const float min_p_edge = options_.min_p == 0 ? lowest_ : float_from(logit_of(options_.min_p));
  if (options_.top_p == 1) {
    lowest_ = std::max(lowest_, min_p_edge);
    return;
  }
  const double total = sum();
  // Tokens below an equal share of what may be left out are dropped; a little less, to allow for rounding.
  const double share = 0.99 * (1 - options_.top_p) * total / static_cast<double>(logits_.size());
  lowest_ = std::max({lowest_, min_p_edge, float_below(logit_of(share))});
  lowest_ =
      edge_.cut({logits_, maxima_, weights_}, {lowest_, largest_}, Measure::kWeight, options_.top_p * total);
}

/// The weights of what is kept, by block and altogether.
double Sampler::sum() {
  kernels::token_sums({.V = std::ssize(logits_),
                       .lowest = lowest_,
                       .logits = logits_.data(),
                       .weights = weights_.data(),
                       .sums = sums_.data()});
  double total = 0;
  for (const float sum : sums_) total += sum;
  return total;
}

/// The token at a fraction of the sum of what is kept, in the order of ids.
TokenId Sampler::draw(double share) {
  double place = share * sum();
  size_t block = 0, last = 0;
  for (size_t b = 0; b < sums_.size(); ++b) {
    if (sums_[b] == 0) continue;
    block = b;
    if (place < sums_[b]) break;
    place -= sums_[b];
  }
  const size_t begin = block * kernels::kTokenBlock;
  const size_t end = std::min(begin + kernels::kTokenBlock, logits_.size());
  for (size_t id = begin; id < end; ++id) {
    if (logits_[id] < lowest_ || weights_[id] == 0) continue;
    last = id;
    if (place < weights_[id]) break;
    place -= weights_[id];
  }
  return static_cast<TokenId>(last);
}

TokenId Sampler::first_of_largest() const {
  const auto block = std::ranges::find(maxima_, largest_) - maxima_.begin();
  const auto begin = logits_.begin() + block * kernels::kTokenBlock;
  return static_cast<TokenId>(std::find(begin, logits_.end(), largest_) - logits_.begin());
}

TokenId argmax(std::span<const float> logits) {
  return static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace radlads::infer
