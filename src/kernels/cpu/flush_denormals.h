// Products of long decays end in denormal numbers, which x86 handles a hundred times slower than normal ones.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace radlads::kernels::cpu {

/// While it exists, this thread reads and writes denormals as 0; its previous mode is restored afterwards.
/// Only x86 needs it: elsewhere it does nothing.
class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : previous_(_mm_getcsr()) { _mm_setcsr(previous_ | kFlushToZero | kDenormalsAreZero); }
  ~FlushDenormals() { _mm_setcsr(previous_); }

 private:
  static constexpr uint32_t kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;

  uint32_t previous_;

 public:
#else
  FlushDenormals() {}
  ~FlushDenormals() {}
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
};

}  // namespace radlads::kernels::cpu
