// Kernel bodies are compiled by nvcc for a GPU, and by any C++ compiler for the tests, which run them on the
// host (tests/kernels/host_gpu.h). A body is a sequence of phases: block.for_each_thread(f) runs f(thread)
// for all threads of a block, then they wait for each other. Shared memory is the array block.shared(), and
// block.per_thread<T>() contains the variables of each thread that outlive a phase.
#pragma once

#include <cstdint>

#ifdef __CUDACC__
#define RADLADS_DEVICE __device__ __forceinline__
#define RADLADS_UNROLL _Pragma("unroll")
#else
#define RADLADS_DEVICE inline
#define RADLADS_UNROLL
#endif

namespace radlads::kernels::cuda {

/// What one access of 16 bytes moves.
struct alignas(16) Float4 {
  float x[4];
};

/// `floats` is 16-byte aligned.
RADLADS_DEVICE Float4 load4(const float* floats) { return *reinterpret_cast<const Float4*>(floats); }

RADLADS_DEVICE void store4(float* floats, const Float4& value) {
#ifdef __CUDACC__
  // For a Float4 the compiler would emit four stores.
  *reinterpret_cast<float4*>(floats) = make_float4(value.x[0], value.x[1], value.x[2], value.x[3]);
#else
  *reinterpret_cast<Float4*>(floats) = value;
#endif
}

/// Values that a thread keeps in registers: loops over them must be unrolled.
template <int kSize>
struct Row {
  float x[kSize];
};

/// Four sums shorten the chain of dependent additions. `vector` is 16-byte aligned.
template <int kSize>
RADLADS_DEVICE float dot(const Row<kSize>& row, const float* vector) {
  Float4 sum{};
  RADLADS_UNROLL
  for (int i = 0; i < kSize; i += 4) {
    const Float4 other = load4(vector + i);
    RADLADS_UNROLL
    for (int q = 0; q < 4; ++q) sum.x[q] += row.x[i + q] * other.x[q];
  }
  return sum.x[0] + sum.x[1] + (sum.x[2] + sum.x[3]);
}

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// The quotient of numbers below 2^32: a division of 64 bits is slow on a GPU.
constexpr int64_t quotient(int64_t a, int64_t b) {
  return static_cast<uint32_t>(a) / static_cast<uint32_t>(b);
}

}  // namespace radlads::kernels::cuda
