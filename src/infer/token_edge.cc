#include "infer/token_edge.h"

#include <algorithm>

namespace radlads::infer {
namespace {

using kernels::kTokenBlock;

constexpr size_t kFew = 1024;  // tokens that are cheaper to sort than to bin again

}  // namespace

float TokenEdge::cut(const WeighedTokens& tokens, LogitRange range, Measure measure, double goal) {
  const float lowest = range.low;
  members_.clear();
  double before = 0;  // of what is more likely than the range
  size_t size = 0;
  do {
    size = members_.size();
    if (!narrow(tokens, range, measure, goal, before)) return lowest;
  } while (members_.size() > kFew && range.low < range.high && members_.size() != size);
  if (range.low < range.high) {
    std::ranges::sort(members_, [](const Token& a, const Token& b) {
      return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
    });
  }
  auto last = members_.begin();
  for (; last + 1 != members_.end(); ++last) {
    before += measure == Measure::kCount ? 1 : tokens.weights[static_cast<size_t>(last->id)];
    if (before >= goal) break;
  }
  for (auto it = last + 1; it != members_.end() && it->logit == last->logit; ++it)
    tokens.weights[static_cast<size_t>(it->id)] = 0;
  return last->logit;
}

/// Finds the bin of the range in which the goal is reached, and gathers its tokens; `range` becomes their
/// range. False if all of the range does not reach the goal.
bool TokenEdge::narrow(const WeighedTokens& tokens, LogitRange& range, Measure measure, double goal,
                       double& before) {
  const auto V = std::ssize(tokens.logits);
  bins_.resize(tokens.logits.size());
  kernels::token_bins({.V = V,
                       .low = range.low,
                       .high = range.high,
                       .logits = tokens.logits.data(),
                       .maxima = tokens.maxima.data(),
                       .amounts = measure == Measure::kCount ? nullptr : tokens.weights.data(),
                       .bins = bins_.data(),
                       .sums = sums_.data()});
  const auto* sum = sums_.begin();
  while (sum != sums_.end() && before + *sum < goal) before += *sum++;
  if (sum == sums_.end()) return false;
  const auto bin = static_cast<uint16_t>(sum - sums_.begin());

  members_.clear();
  for (int64_t begin = 0, block = 0; begin < V; begin += kTokenBlock, ++block) {
    if (tokens.maxima[static_cast<size_t>(block)] < range.low) continue;
    const auto bins = std::span(bins_).subspan(static_cast<size_t>(begin),
                                               static_cast<size_t>(std::min(kTokenBlock, V - begin)));
    int found = 0;  // in one pass that compilers vectorize: most blocks have none
    for (const uint16_t x : bins) found += x == bin;
    if (found == 0) continue;
    for (size_t i = 0; i < bins.size(); ++i) {
      const size_t id = static_cast<size_t>(begin) + i;
      if (bins[i] == bin) members_.push_back({static_cast<TokenId>(id), tokens.logits[id]});
    }
  }
  const auto [low, high] = std::ranges::minmax(members_, {}, &Token::logit);
  range = {low.logit, high.logit};
  return true;
}

}  // namespace radlads::infer
