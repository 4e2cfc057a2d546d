// Counter-based random numbers (Philox 4x32-10, Salmon et al., SC 2011): value i of stream s under a seed is
// a pure function of (seed, s, i), so that results do not depend on the order of calls or the number of
// threads.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace radlads {

class Random {
 public:
  /// Streams of one seed are independent; name one with stream_of("model.layers.0.self_attn.w2").
  Random(uint64_t seed, uint64_t stream) : seed_(seed), stream_(stream) {}

  uint32_t next_u32();
  uint64_t next_u64();

  /// Uniform in [0, n), without bias. n > 0.
  uint64_t below(uint64_t n);

  /// Uniform in [0, 1), 53 bits.
  double uniform();

  /// Standard normal.
  double normal();

  /// A uniformly random permutation of 0 .. n-1.
  std::vector<uint64_t> permutation(uint64_t n);

  static uint64_t stream_of(std::string_view name);

 private:
  uint64_t seed_;
  uint64_t stream_;
  uint64_t counter_ = 0;
  std::array<uint32_t, 4> block_{};
  int used_ = 4;
};

}  // namespace radlads
