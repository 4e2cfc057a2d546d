// The vocabulary of the chunked kernels: 16 x 16 tiles, each spread over the 32 lanes of a warp as one
// operand of the tensor cores.
//
//   Tile   bfloat16, 4 words (8 elements) a lane: the A operand of mma.m16n8k16
//   Acc    float32, 8 elements a lane: two neighboring m16n8 accumulators
//
// Element `index` of a lane is at the same row and column in both (element_row, element_column), so that an
// Acc is rounded to a Tile within each lane. The one product is multiply(acc, x, y): acc += x y^T, both
// operands with the contracted axis as their columns: the words of a Tile y are, reordered, the two B
// operands that hold y^T. In memory a Tile is 128 words, word w of lane l at [w * 32 + l]: four 8 x 8 blocks
// with contiguous rows, which ldmatrix reads as they are or transposed without bank conflicts.
//
// There are two implementations with the same names: inline PTX under nvcc, and an emulation on the host that
// keeps the registers of all lanes and follows the layouts of the PTX manual, so that the kernels' indices
// are tested without a GPU.
#pragma once

#include <cstdint>

#include "kernels/cuda/device_code.h"

#ifdef __CUDACC__
#define RADLADS_HOST_DEVICE __device__ __host__ __forceinline__
#else
#define RADLADS_HOST_DEVICE inline
#endif

namespace radlads::kernels::cuda::chunk {

inline constexpr int kTile = 16;
inline constexpr int kLanes = 32;
inline constexpr int kTileWords = 128;

/// One element of a warp's tile: which lane has it under which index, and where it is.
struct Element {
  int lane, index;
  int row, column;
};

RADLADS_HOST_DEVICE constexpr int element_row(int lane, int index) {
  return lane / 4 + 8 * ((index >> 1) & 1);
}
RADLADS_HOST_DEVICE constexpr int element_column(int lane, int index) {
  return lane % 4 * 2 + (index & 1) + 8 * (index >> 2);
}

/// Where an element is in memory. The lane's part comes first, so that it is computed once for all
/// elements.
RADLADS_HOST_DEVICE constexpr int64_t offset_in_tile(const Element& i, int64_t row_stride,
                                                     int64_t column_stride) {
  return element_row(i.lane, 0) * row_stride + element_column(i.lane, 0) * column_stride +
         (element_row(0, i.index) * row_stride + element_column(0, i.index) * column_stride);
}

}  // namespace radlads::kernels::cuda::chunk

#ifdef __CUDACC__
#include "kernels/cuda/chunk/tile_device.cuh"
#else
#include "kernels/cuda/chunk/tile_host.h"
#endif
