// The random numbers of Python's random.Random(seed): MT19937 (Matsumoto and Nishimura, 1998), seeded by its
// init_by_array with the 32-bit words of the seed. Published evaluation figures depend on its draws: which
// examples are in a prompt, and the standard error of a perplexity. Everything else draws from core/random.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace radlads::eval {

class PythonRandom {
 public:
  /// random.Random(seed); Python takes the absolute value of a negative seed.
  explicit PythonRandom(uint64_t seed);

  /// Uniform in [0, 1), 53 bits.
  double random() {
    const uint32_t high = next_u32() >> 5, low = next_u32() >> 6;
    return (high * 0x1p26 + low) * 0x1p-53;
  }

  /// `num_bits` random bits, at most 64.
  uint64_t getrandbits(int num_bits);

  /// randrange(n): uniform in [0, n). n > 0.
  uint64_t below(uint64_t n);

  /// The indices of random.sample(population, k), for a population of this size; k <= population_size.
  std::vector<size_t> sample(size_t population_size, size_t k);

  /// The index of one draw of random.choices(population, k=k), which draws k of them one after the other.
  size_t choice(size_t population_size) {
    return static_cast<size_t>(random() * static_cast<double>(population_size));
  }

  /// The indices of random.choices(population, k=k), for a population of this size.
  std::vector<size_t> choices(size_t population_size, size_t k);

  template <class T>
  void shuffle(std::span<T> items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  static constexpr size_t kWords = 624;

  // A resampled error takes tens of millions of draws, so a draw is a load, and the rest is done for all
  // words at once, in loops that compilers vectorize.
  uint32_t next_u32() {
    if (position_ == kWords) refill();
    return output_[position_++];
  }
  void refill();

  std::array<uint32_t, kWords> state_, output_;
  size_t position_ = kWords;
};

}  // namespace radlads::eval
