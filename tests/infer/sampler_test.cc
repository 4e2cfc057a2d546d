#include "infer/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"

namespace radlads::infer {
namespace {

const std::vector<float> kLogits = {0.0f, 2.0f, 1.0f, -1.0f, 1.5f};

/// How often each id comes in many draws.
std::map<TokenId, int> draw(const SamplerOptions& options, const std::vector<TokenId>& seen = {},
                            int count = 20'000) {
  Sampler sampler(options);
  std::map<TokenId, int> counts;
  for (int i = 0; i < count; ++i) ++counts[sampler.sample(kLogits, seen, i)];
  return counts;
}

TEST(Sampler, GreedyTakesTheLikeliestAndTheLowerIdOfEquals) {
  Sampler sampler({.temperature = 0});
  EXPECT_EQ(sampler.sample(kLogits, {}, 0), 1);
  EXPECT_EQ(sampler.sample(std::vector<float>{1, 3, 3}, {}, 0), 1);
}

TEST(Sampler, DrawsByTheSoftmax) {
  for (const double temperature : {1.0, 0.5, 2.0}) {
    double total = 0;
    for (const float logit : kLogits) total += std::exp(logit / temperature);
    auto counts = draw({.temperature = temperature});
    for (size_t i = 0; i < kLogits.size(); ++i) {
      EXPECT_NEAR(counts[static_cast<TokenId>(i)] / 20'000.0, std::exp(kLogits[i] / temperature) / total,
                  0.015);
    }
  }
}

TEST(Sampler, TopKKeepsTheLikeliest) {
  const auto counts = draw({.top_k = 2});
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_TRUE(counts.contains(1) && counts.contains(4));
}

TEST(Sampler, TopPKeepsTheFewestThatReachIt) {
  EXPECT_EQ(draw({.top_p = 0.3}).size(), 1u);  // the most likely alone has 0.44
  EXPECT_EQ(draw({.top_p = 0.5}).size(), 2u);
  EXPECT_EQ(draw({.top_p = 0.999}).size(), 5u);
}

TEST(Sampler, MinPLeavesOutTheUnlikely) {
  const auto counts = draw({.min_p = 0.3});  // e^-1 = 0.37 stays, e^-2 = 0.14 goes
  EXPECT_EQ(counts.size(), 3u);
  EXPECT_FALSE(counts.contains(0) || counts.contains(3));
}

TEST(Sampler, ThePenaltyPushesWhatWasSeen) {
  Sampler sampler({.repetition_penalty = 2, .temperature = 0});
  EXPECT_EQ(sampler.sample(kLogits, std::vector<TokenId>{1}, 0), 4);
  EXPECT_EQ(sampler.sample(std::vector<float>{-1, -1.5f}, std::vector<TokenId>{0}, 0), 1);
}

TEST(Sampler, TheDrawDependsOnSeedAndPositionAlone) {
  const auto draws = [](uint64_t seed, bool backwards) {
    Sampler sampler({.seed = seed});
    std::vector<TokenId> ids(50);
    for (size_t i = 0; i < ids.size(); ++i) {
      const size_t position = backwards ? ids.size() - 1 - i : i;
      ids[position] = sampler.sample(kLogits, {}, static_cast<int64_t>(position));
    }
    return ids;
  };
  EXPECT_EQ(draws(3, false), draws(3, true));
  EXPECT_NE(draws(3, false), draws(4, false));
}

/// The definition, regardless of cost: every token sorted, weighed in double, left out one by one.
TokenId choose_plainly(std::vector<float> logits, const SamplerOptions& options,
                       const std::vector<TokenId>& seen, int64_t position) {
  const std::vector<float> before = logits;
  for (const TokenId id : seen) {
    const double logit = before[id];
    logits[id] = static_cast<float>(logit > 0 ? logit / options.repetition_penalty
                                              : logit * options.repetition_penalty);
  }
  std::vector<size_t> order(logits.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return logits[a] > logits[b]; });
  if (options.temperature == 0) return static_cast<TokenId>(order[0]);
  const double largest = logits[order[0]];
  const auto weight = [&](size_t id) { return std::exp((logits[id] - largest) / options.temperature); };
  const auto sum = [&] {
    return std::accumulate(order.begin(), order.end(), 0.0,
                           [&](double total, size_t id) { return total + weight(id); });
  };

  if (options.top_k > 0) order.resize(std::min(order.size(), static_cast<size_t>(options.top_k)));
  if (options.top_p < 1) {
    const double goal = options.top_p * sum();
    size_t kept = 0;
    for (double mass = 0; kept < order.size() && mass < goal;) mass += weight(order[kept++]);
    order.resize(kept);
  }
  std::erase_if(order, [&](size_t id) { return weight(id) < options.min_p; });

  std::ranges::sort(order);
  Random random(options.seed, Random::stream_of("sampler") + static_cast<uint64_t>(position));
  double place = random.uniform() * sum();
  for (const size_t id : order) {
    if (place < weight(id)) return static_cast<TokenId>(id);
    place -= weight(id);
  }
  return static_cast<TokenId>(order.back());
}

/// Logits of many kinds; `kind` counts from 0 to kKinds - 1.
constexpr int kKinds = 7;
std::vector<float> logits_of(int kind, size_t V, Random& random) {
  std::vector<float> logits(V);
  for (float& logit : logits) {
    const double normal = random.normal();
    switch (kind) {
      case 0:
        logit = static_cast<float>(normal);
        break;
      case 1:
        logit = static_cast<float>(8 * normal);
        break;
      case 2:
        logit = static_cast<float>(std::round(2 * normal) / 2);
        break;  // many equals
      case 3:
        logit = 1.5f;
        break;  // all equal
      case 4:
        logit = static_cast<float>(1e-6 * normal);
        break;
      case 5:
        logit = static_cast<float>(-std::exp(6 * normal));
        break;  // ever denser toward 0
      default:
        logit = static_cast<float>(1e30 * normal);
    }
  }
  if (kind == 0) logits[random.below(V)] = 40;  // alone on top
  return logits;
}

SamplerOptions options_of(Random& random) {
  constexpr double kTemperatures[] = {0, 1e-300, 1e-6, 0.7, 1, 3, 1e6};
  constexpr double kShares[] = {1e-6, 0.1, 0.5, 0.9, 0.999, 1, 1};
  constexpr double kMinimums[] = {0, 0, 1e-3, 0.3, 1};
  constexpr int64_t kCounts[] = {0, 0, 1, 2, 40, 1000, 4000, 1'000'000};
  return {.repetition_penalty = random.below(2) == 0 ? 1 : 1.3,
          .temperature = kTemperatures[random.below(std::size(kTemperatures))],
          .top_k = kCounts[random.below(std::size(kCounts))],
          .top_p = kShares[random.below(std::size(kShares))],
          .min_p = kMinimums[random.below(std::size(kMinimums))],
          .seed = random.next_u64()};
}

TEST(Sampler, ChoosesAsIfAllWereSorted) {
  Random random(1, 0);
  for (const size_t V : {1u, 2u, 63u, 64u, 65u, 700u, 9000u}) {
    for (int round = 0; round < 20 * kKinds; ++round) {
      const std::vector<float> logits = logits_of(round % kKinds, V, random);
      const SamplerOptions options = options_of(random);
      const std::vector<TokenId> seen = {0, static_cast<TokenId>(V / 2), static_cast<TokenId>(V - 1), 0};
      Sampler sampler(options);
      for (int64_t position = 0; position < 4; ++position) {
        ASSERT_EQ(sampler.sample(logits, seen, position), choose_plainly(logits, options, seen, position))
            << "V " << V << ", kind " << round % kKinds << ", penalty " << options.repetition_penalty
            << ", temperature " << options.temperature << ", top-k " << options.top_k << ", top-p "
            << options.top_p << ", min-p " << options.min_p << ", position " << position;
      }
    }
  }
}

TEST(Sampler, AlmostGreedyTakesTheLikeliest) {
  for (const double temperature : {1e-6, 1e-30, 1e-300, std::numeric_limits<double>::denorm_min()}) {
    for (const SamplerOptions& options :
         {SamplerOptions{.temperature = temperature}, SamplerOptions{.temperature = temperature, .top_k = 3},
          SamplerOptions{.temperature = temperature, .top_p = 0.9},
          SamplerOptions{.temperature = temperature, .min_p = 0.1}}) {
      Sampler sampler(options);
      for (int i = 0; i < 20; ++i) EXPECT_EQ(sampler.sample(kLogits, {}, i), 1) << temperature;
    }
  }
}

TEST(Sampler, ALogitThatIsNotFiniteIsRefused) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity}) {
    for (const size_t place : {0u, 64u, 99u}) {
      std::vector<float> logits(100, 1.0f);
      logits[place] = bad;
      for (const SamplerOptions& options :
           {SamplerOptions{}, SamplerOptions{.temperature = 0}, SamplerOptions{.top_k = 5},
            SamplerOptions{.repetition_penalty = 2, .top_p = 0.5}}) {
        Sampler sampler(options);
        try {
          sampler.sample(logits, std::vector<TokenId>{static_cast<TokenId>(place)}, 17);
          FAIL() << bad << " at " << place;
        } catch (const UserError& error) {
          EXPECT_NE(std::string(error.what()).find("after 17 tokens"), std::string::npos) << error.what();
        }
      }
    }
  }
}

TEST(Sampler, APenaltyBeyondTheRangeOfFloatsStaysFinite) {
  Sampler sampler({.repetition_penalty = 1e300, .temperature = 0});
  EXPECT_EQ(sampler.sample(std::vector<float>{-1, -2}, std::vector<TokenId>{0}, 0), 1);
}

TEST(Sampler, ImpossibleOptionsAreRefused) {
  EXPECT_THROW(Sampler({.temperature = -1}), UserError);
  EXPECT_THROW(Sampler({.temperature = std::numeric_limits<double>::infinity()}), UserError);
  EXPECT_THROW(Sampler({.top_p = 0}), UserError);
  EXPECT_THROW(Sampler({.min_p = 2}), UserError);
  EXPECT_THROW(Sampler({.top_k = -1}), UserError);
  EXPECT_THROW(Sampler({.repetition_penalty = 0}), UserError);
}

}  // namespace
}  // namespace radlads::infer
