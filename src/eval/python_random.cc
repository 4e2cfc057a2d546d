#include "eval/python_random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "core/error.h"

namespace radlads::eval {

PythonRandom::PythonRandom(uint64_t seed) {
  // init_genrand(19650218), then init_by_array(words of the seed).
  state_[0] = 19650218;
  const auto scrambled = [this](size_t i) { return state_[i - 1] ^ state_[i - 1] >> 30; };
  for (size_t i = 1; i < kWords; ++i) state_[i] = 1812433253u * scrambled(i) + static_cast<uint32_t>(i);
  const std::array<uint32_t, 2> key = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  const size_t key_length = key[1] != 0 ? 2 : 1;
  size_t i = 1;
  const auto advance = [&] {
    if (++i < kWords) return;
    state_[0] = state_[kWords - 1];
    i = 1;
  };
  for (size_t step = 0; step < kWords; ++step) {
    const size_t j = step % key_length;
    state_[i] = (state_[i] ^ scrambled(i) * 1664525u) + key[j] + static_cast<uint32_t>(j);
    advance();
  }
  for (size_t step = 1; step < kWords; ++step) {
    state_[i] = (state_[i] ^ scrambled(i) * 1566083941u) - static_cast<uint32_t>(i);
    advance();
  }
  state_[0] = 0x80000000u;
}

void PythonRandom::refill() {
  constexpr size_t kMiddle = 397;
  const auto twist = [this](size_t i, size_t next, size_t middle) {
    const uint32_t bits = (state_[i] & 0x80000000u) | (state_[next] & 0x7fffffffu);
    state_[i] = state_[middle] ^ bits >> 1 ^ (-(bits & 1u) & 0x9908b0dfu);
  };
  for (size_t i = 0; i < kWords - kMiddle; ++i) twist(i, i + 1, i + kMiddle);
  for (size_t i = kWords - kMiddle; i < kWords - 1; ++i) twist(i, i + 1, i + kMiddle - kWords);
  twist(kWords - 1, 0, kMiddle - 1);
  for (size_t i = 0; i < kWords; ++i) {
    uint32_t bits = state_[i];
    bits ^= bits >> 11;
    bits ^= bits << 7 & 0x9d2c5680u;
    bits ^= bits << 15 & 0xefc60000u;
    output_[i] = bits ^ bits >> 18;
  }
  position_ = 0;
}

uint64_t PythonRandom::getrandbits(int num_bits) {
  RADLADS_CHECK(num_bits >= 0 && num_bits <= 64, "{} bits", num_bits);
  if (num_bits == 0) return 0;
  if (num_bits <= 32) return next_u32() >> (32 - num_bits);
  const uint64_t low = next_u32();
  return uint64_t{next_u32() >> (64 - num_bits)} << 32 | low;
}

uint64_t PythonRandom::below(uint64_t n) {
  RADLADS_CHECK(n > 0, "an empty range");
  const int num_bits = std::bit_width(n);
  uint64_t value = getrandbits(num_bits);
  while (value >= n) value = getrandbits(num_bits);
  return value;
}

std::vector<size_t> PythonRandom::sample(size_t population_size, size_t k) {
  RADLADS_CHECK(k <= population_size, "{} of {}", k, population_size);
  // Python chooses the method by the memory it takes; the two draw differently.
  const double set_size = 21 + (k > 5 ? std::pow(4, std::ceil(std::log(3.0 * k) / std::log(4.0))) : 0.0);
  std::vector<size_t> result(k);
  if (static_cast<double>(population_size) <= set_size) {
    std::vector<size_t> pool(population_size);
    std::iota(pool.begin(), pool.end(), size_t{0});
    for (size_t i = 0; i < k; ++i) {
      const size_t last = population_size - i - 1;
      const size_t j = below(last + 1);
      result[i] = std::exchange(pool[j], pool[last]);
    }
    return result;
  }
  std::unordered_set<size_t> selected;
  for (size_t& index : result) {
    do index = below(population_size);
    while (!selected.insert(index).second);
  }
  return result;
}

std::vector<size_t> PythonRandom::choices(size_t population_size, size_t k) {
  RADLADS_CHECK(population_size > 0, "an empty population");
  std::vector<size_t> result(k);
  std::generate(result.begin(), result.end(), [&] { return choice(population_size); });
  return result;
}

}  // namespace radlads::eval
