#include "infer/sampler.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "core/error.h"

namespace radlads::infer {
namespace {

const std::vector<float> kLogits = {0.0f, 2.0f, 1.0f, -1.0f, 1.5f};

/// How often each id comes in many draws.
std::map<TokenId, int> draw(const SamplerOptions& options, const std::vector<TokenId>& seen = {},
                            int count = 20'000) {
  Sampler sampler(options);
  std::map<TokenId, int> counts;
  for (int i = 0; i < count; ++i) ++counts[sampler.sample(kLogits, seen)];
  return counts;
}

TEST(Sampler, GreedyTakesTheLikeliestAndTheLowerIdOfEquals) {
  Sampler sampler({.temperature = 0});
  EXPECT_EQ(sampler.sample(kLogits, {}), 1);
  EXPECT_EQ(sampler.sample(std::vector<float>{1, 3, 3}, {}), 1);
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
  EXPECT_EQ(draw({.top_p = 0.3}).size(), 1u);  // the likeliest alone has 0.44
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
  EXPECT_EQ(sampler.sample(kLogits, std::vector<TokenId>{1}), 4);
  EXPECT_EQ(sampler.sample(std::vector<float>{-1, -1.5f}, std::vector<TokenId>{0}), 1);
}

TEST(Sampler, SeedsRepeat) {
  const auto first = [](uint64_t seed) {
    Sampler sampler({.seed = seed});
    std::vector<TokenId> ids;
    for (int i = 0; i < 50; ++i) ids.push_back(sampler.sample(kLogits, {}));
    return ids;
  };
  EXPECT_EQ(first(3), first(3));
  EXPECT_NE(first(3), first(4));
}

TEST(Sampler, ImpossibleOptionsAreRefused) {
  EXPECT_THROW(Sampler({.temperature = -1}), UserError);
  EXPECT_THROW(Sampler({.top_p = 0}), UserError);
  EXPECT_THROW(Sampler({.min_p = 2}), UserError);
  EXPECT_THROW(Sampler({.top_k = -1}), UserError);
  EXPECT_THROW(Sampler({.repetition_penalty = 0}), UserError);
}

}  // namespace
}  // namespace radlads::infer
