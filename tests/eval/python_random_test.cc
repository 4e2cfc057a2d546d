#include "eval/python_random.h"

#include <array>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/sha256.h"

namespace radlads::eval {
namespace {

// Expected numbers are those of CPython 3.11's random module.

constexpr uint64_t kSeeds[] = {0, 1, 42, 1234, (uint64_t{1} << 32) + 5, UINT64_MAX};

struct Draws {
  uint64_t seed;
  std::array<double, 2> random;
  std::array<uint64_t, 5> bits;   // of 1, 17, 32, 33 and 64
  std::array<uint64_t, 6> below;  // 1, 2, 10, 1000, 2^32 and 2^40 + 1
};

// r = random.Random(seed); [r.random() for _ in range(2)]; [r.getrandbits(b) for b in (1, 17, 32, 33, 64)];
// [r._randbelow(n) for n in (1, 2, 10, 1000, 2**32, 2**40 + 1)]
const Draws kDraws[] = {{0,
                         {0.8444218515250481, 0.7579544029403025},
                         {0, 5306, 1112038970, 8441607418, 7469716379221213669},
                         {0, 1, 5, 597, 598176026, 553189221793}},
                        {1,
                         {0.13436424411240122, 0.8474337369372327},
                         {1, 8271, 1095513148, 506456969, 8291646586825371460},
                         {0, 1, 3, 96, 2095328386, 950861988493}},
                        {42,
                         {0.6394267984578837, 0.025010755222666936},
                         {0, 32098, 958682846, 4894278121, 12482902213779070887u},
                         {0, 1, 0, 30, 402418010, 58420225604}},
                        {1234,
                         {0.9664535356921388, 0.4407325991753527},
                         {0, 11880, 3912611952, 8343123266, 10740203138915481021u},
                         {0, 0, 1, 784, 1523148328, 64499362338}},
                        {4294967301,
                         {0.15727238718789782, 0.2824866316461999},
                         {1, 109487, 62377729, 5819964989, 14344255866664620831u},
                         {0, 1, 3, 322, 2933618875, 885448408269}},
                        {18446744073709551615u,
                         {0.021825695401270107, 0.3380953268613758},
                         {0, 59777, 2641946051, 4703064446, 6844557653115116486},
                         {0, 0, 8, 480, 4079183629, 724994968141}}};

TEST(PythonRandom, DrawsAsPython) {
  for (const Draws& draws : kDraws) {
    PythonRandom random(draws.seed);
    for (const double expected : draws.random) EXPECT_EQ(random.random(), expected) << draws.seed;
    constexpr int kBits[] = {1, 17, 32, 33, 64};
    for (size_t i = 0; i < 5; ++i) EXPECT_EQ(random.getrandbits(kBits[i]), draws.bits[i]) << draws.seed;
    constexpr uint64_t kLimits[] = {1, 2, 10, 1000, uint64_t{1} << 32, (uint64_t{1} << 40) + 1};
    for (size_t i = 0; i < 6; ++i) EXPECT_EQ(random.below(kLimits[i]), draws.below[i]) << draws.seed;
  }
}

// r = random.Random(42); [r.random() for _ in range(10**6)][-1]
TEST(PythonRandom, DrawsAMillion) {
  PythonRandom random(42);
  double last = 0;
  for (int i = 0; i < 1'000'000; ++i) last = random.random();
  EXPECT_EQ(last, 0.6220871203315957);
}

using Indices = std::vector<size_t>;

TEST(PythonRandom, SamplesAndChooses) {
  EXPECT_EQ(PythonRandom(1234).sample(5, 5), (Indices{3, 0, 4, 2, 1}));
  EXPECT_EQ(PythonRandom(1234).sample(1000, 8), (Indices{989, 796, 451, 119, 7, 92, 932, 965}));
  EXPECT_EQ(PythonRandom(0).choices(500, 8), (Indices{422, 378, 210, 129, 255, 202, 391, 151}));
  EXPECT_EQ(PythonRandom(0).sample(5, 0), Indices());
}

// The digests are hashlib.sha256("".join("%d," % i for i in draws).encode()).hexdigest(), where draws are
// those of all seeds.
class Digest {
 public:
  void add(const Indices& indices) {
    for (const size_t index : indices) text_ += std::to_string(index) + ',';
  }
  std::string hex() const { return sha256_hex(text_); }

 private:
  std::string text_;
};

// draws += random.Random(seed).sample(range(n), k). Python's method changes between 84 and 85 of n, for
// example, where k is 6.
TEST(PythonRandom, SamplesByBothMethods) {
  constexpr std::pair<size_t, size_t> kSizes[] = {
      {1, 1},    {5, 5},    {10, 3},   {21, 5},   {22, 5},    {84, 6},      {85, 6},      {86, 6},
      {100, 10}, {277, 16}, {278, 21}, {5000, 5}, {5000, 64}, {5000, 5000}, {100'000, 25}};
  Digest digest;
  for (const uint64_t seed : kSeeds) {
    for (const auto& [n, k] : kSizes) digest.add(PythonRandom(seed).sample(n, k));
  }
  EXPECT_EQ(digest.hex(), "173f6f631a44166465d21f4e658fe7d852631c315cc1df0a69c1cdd3c7813d2b");
}

// draws += random.Random(seed).choices(range(n), k=k)
TEST(PythonRandom, ChoosesFromAnySize) {
  constexpr std::pair<size_t, size_t> kSizes[] = {
      {1, 3}, {2, 10}, {500, 500}, {1'000'000'007, 20}, {size_t{1} << 40, 5}};
  Digest digest;
  for (const uint64_t seed : kSeeds) {
    for (const auto& [n, k] : kSizes) digest.add(PythonRandom(seed).choices(n, k));
  }
  EXPECT_EQ(digest.hex(), "36ce7d086952bba30947d9822f8610a9f0c784d5534e709d693c840867568bb9");
}

// x = list(range(1000)); random.Random(seed).shuffle(x); draws += x
TEST(PythonRandom, Shuffles) {
  Digest digest;
  for (const uint64_t seed : kSeeds) {
    Indices items(1000);
    std::iota(items.begin(), items.end(), size_t{0});
    PythonRandom(seed).shuffle(std::span(items));
    digest.add(items);
  }
  EXPECT_EQ(digest.hex(), "abea14113249705e050a5f83286e63957c151b92ba2518e8b18d91e5c78d8a58");
}

}  // namespace
}  // namespace radlads::eval
