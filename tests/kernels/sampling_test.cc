#include "kernels/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/each_target.h"
#include "kernels/output.h"
#include "kernels/reference.h"
#include "support/expect_close.h"
#include "support/random_floats.h"

namespace radlads::kernels {
namespace {

// Around vector lengths and blocks, and a real vocabulary.
constexpr int64_t kSizes[] = {1, 3, 15, 16, 17, 63, 64, 65, 129, 1000, 152'064};

struct Weighed {
  explicit Weighed(const Values& logits, float inverse_temperature = 1)
      : maxima(num_token_blocks(std::ssize(logits))), weights(std::ssize(logits)) {
    token_weights({.V = std::ssize(logits),
                   .inverse_temperature = inverse_temperature,
                   .logits = logits.data(),
                   .smallest = &smallest,
                   .largest = &largest,
                   .maxima = maxima.data(),
                   .weights = weights.data()});
  }

  float smallest = 0, largest = 0;
  Output maxima, weights;
};

Values maxima_of(const Values& logits) {
  Values maxima;
  for (size_t begin = 0; begin < logits.size(); begin += kTokenBlock) {
    const size_t end = std::min(begin + kTokenBlock, logits.size());
    maxima.push_back(*std::max_element(&logits[begin], logits.data() + end));
  }
  return maxima;
}

TEST(TokenWeights, EqualTheFormula) {
  for_each_target([] {
    for (const int64_t V : kSizes) {
      for (const float inverse_temperature : {0.0f, 0.5f, 1.0f, 3.0f}) {
        const Values logits = random_floats("x", V, 4);
        const Weighed weighed(logits, inverse_temperature);
        const float largest = *std::max_element(logits.begin(), logits.end());
        Values want;
        for (const float x : logits) want.push_back(std::exp((x - largest) * inverse_temperature));
        EXPECT_EQ(weighed.largest, largest);
        EXPECT_EQ(weighed.smallest, *std::min_element(logits.begin(), logits.end()));
        EXPECT_EQ(weighed.maxima.values(), maxima_of(logits));
        EXPECT_TRUE(is_close(weighed.weights.values(), want, 2e-6)) << V;
      }
    }
  });
}

TEST(TokenWeights, OfTemperaturesNearZeroAreOneForTheLargestAndElseZero) {
  for_each_target([] {
    const float largest_float = std::numeric_limits<float>::max();
    EXPECT_EQ(Weighed({-2, 3, 3, 2.9f}, largest_float).weights.values(), (Values{0, 1, 1, 0}));
    EXPECT_EQ(Weighed({largest_float, -largest_float, 0}).weights.values(), (Values{1, 0, 0}));
  });
}

TEST(TokenWeights, ALogitThatIsNotFiniteMakesTheLargestNaN) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for_each_target([] {
    for (const int64_t V : {1, 15, 64, 65, 1000}) {
      for (const float bad : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
        for (const int64_t place : {int64_t{0}, V / 2, V - 1}) {
          Values logits = random_floats("x", V);
          logits[place] = bad;
          EXPECT_TRUE(std::isnan(Weighed(logits).largest)) << bad << " at " << place << " of " << V;
        }
      }
    }
  });
}

TEST(TokenWeights, MaximaAloneCanBeAskedFor) {
  for_each_target([] {
    const Values logits = random_floats("x", 129);
    Output maxima(3);
    float smallest = 0, largest = 0;
    token_weights({.V = 129,
                   .logits = logits.data(),
                   .smallest = &smallest,
                   .largest = &largest,
                   .maxima = maxima.data()});
    EXPECT_EQ(maxima.values(), maxima_of(logits));
  });
}

TEST(TokenBins, HoldEachTokenOfTheRangeOnceAndTheLikeliestFirst) {
  for_each_target([] {
    for (const int64_t V : kSizes) {
      const Values logits = random_floats("x", V, 4), amounts = random_floats("a", V);
      const Weighed weighed(logits);
      for (const auto& [low, high] :
           {std::pair{weighed.smallest, weighed.largest}, {-0.5f, 0.5f}, {2.0f, 2.0f}}) {
        for (const bool counts : {true, false}) {
          std::vector<uint16_t> bins(V, kTokenBins);
          std::vector<double> sums(kTokenBins, NAN), want(kTokenBins);
          Output maxima = weighed.maxima;
          token_bins({V, low, high, logits.data(), maxima.data(), counts ? nullptr : amounts.data(),
                      bins.data(), sums.data()});
          std::vector<std::pair<uint16_t, float>> inside;
          int64_t misplaced = 0;
          for (int64_t i = 0; i < V; ++i) {
            misplaced += (bins[i] < kTokenBins) != (logits[i] >= low && logits[i] <= high);
            if (bins[i] >= kTokenBins) continue;
            want[bins[i]] += counts ? 1 : amounts[i];
            inside.emplace_back(bins[i], logits[i]);
          }
          EXPECT_EQ(misplaced, 0);
          std::ranges::sort(inside, [](const auto& a, const auto& b) { return a.second > b.second; });
          EXPECT_TRUE(std::ranges::is_sorted(inside, {}, [](const auto& x) { return x.first; }));
          for (int32_t bin = 0; bin < kTokenBins; ++bin) EXPECT_NEAR(sums[bin], want[bin], 1e-9) << bin;
        }
      }
    }
  });
}

TEST(TokenSums, AreThoseOfTheTokensThatAreKept) {
  for_each_target([] {
    for (const int64_t V : kSizes) {
      const Values logits = random_floats("x", V), weights = random_floats("w", V);
      for (const float lowest : {-2.0f, 0.25f, logits[V / 2], 2.0f}) {
        Doubles want(num_token_blocks(V));
        for (int64_t i = 0; i < V; ++i) want[i / kTokenBlock] += logits[i] >= lowest ? weights[i] : 0;
        Output sums(num_token_blocks(V));
        token_sums({V, lowest, logits.data(), weights.data(), sums.data()});
        EXPECT_TRUE(is_close(sums.values(), floats(want), 2e-6)) << V;
      }
    }
  });
}

}  // namespace
}  // namespace radlads::kernels
