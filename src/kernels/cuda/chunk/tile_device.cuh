// The tile layer on a GPU (tile.h says what it means). Every function is called by all lanes of a warp.
#pragma once

namespace radlads::kernels::cuda::chunk {

RADLADS_DEVICE int lane_id() { return threadIdx.x % kLanes; }

/// Calls body(Element) for the elements of this lane.
template <class Body>
RADLADS_DEVICE void for_each_element(const Body& body) {
  const int lane = lane_id();
  RADLADS_UNROLL
  for (int index = 0; index < 8; ++index)
    body(Element{lane, index, element_row(lane, index), element_column(lane, index)});
}

struct Acc {
  float value[8] = {};

  RADLADS_DEVICE float& operator[](const Element& i) { return value[i.index]; }
  RADLADS_DEVICE float operator[](const Element& i) const { return value[i.index]; }
};

struct Tile {
  uint32_t word[4] = {};

  RADLADS_DEVICE float operator[](const Element& i) const {
    const uint32_t pair = word[i.index / 2];
    return __uint_as_float(i.index % 2 == 0 ? pair << 16 : pair & 0xffff0000u);
  }
};

RADLADS_DEVICE uint32_t pack_pair(float low, float high) {
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

RADLADS_DEVICE Tile round_to_tile(const Acc& x) {
  Tile tile;
  RADLADS_UNROLL
  for (int w = 0; w < 4; ++w) tile.word[w] = pack_pair(x.value[2 * w], x.value[2 * w + 1]);
  return tile;
}

// Volatile, since what all lanes must do together must not move past a branch.
RADLADS_DEVICE void mma_m16n8k16(float* d, const uint32_t* a, uint32_t b0, uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// acc += x y^T
RADLADS_DEVICE void multiply(Acc& acc, const Tile& x, const Tile& y) {
  mma_m16n8k16(acc.value, x.word, y.word[0], y.word[2]);
  mma_m16n8k16(acc.value + 4, x.word, y.word[1], y.word[3]);
}

RADLADS_DEVICE uint32_t transpose_block(uint32_t word) {
  uint32_t transposed;
  asm volatile("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(transposed) : "r"(word));
  return transposed;
}

RADLADS_DEVICE Tile transposed(const Tile& x) {
  return {{transpose_block(x.word[0]), transpose_block(x.word[2]), transpose_block(x.word[1]),
           transpose_block(x.word[3])}};
}

/// Each lane names the row that it is to load of the four 8 x 8 blocks in shared memory: row lane % 8 of
/// block lane / 8, or of another one if blocks 1 and 2 are swapped.
RADLADS_DEVICE uint32_t row_address(const uint32_t* words, bool is_swapped) {
  const int lane = lane_id();
  const int row = is_swapped ? (lane & 7) | (lane & 8) << 1 | (lane & 16) >> 1 : lane;
  return static_cast<uint32_t>(__cvta_generic_to_shared(words + row * 4));
}

RADLADS_DEVICE void load_blocks(uint32_t address, uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(a), "=r"(b), "=r"(c), "=r"(d)
               : "r"(address));
}

RADLADS_DEVICE void load_transposed_blocks(uint32_t address, uint32_t& a, uint32_t& b, uint32_t& c,
                                           uint32_t& d) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(a), "=r"(b), "=r"(c), "=r"(d)
               : "r"(address));
}

/// From shared memory. What ldmatrix loads is in consecutive registers, which is how mma expects a left
/// operand.
RADLADS_DEVICE Tile load_left(const uint32_t* words) {
  Tile x;
  load_blocks(row_address(words, false), x.word[0], x.word[1], x.word[2], x.word[3]);
  return x;
}

RADLADS_DEVICE Tile load_left_transposed(const uint32_t* words) {
  Tile x;
  load_transposed_blocks(row_address(words, true), x.word[0], x.word[1], x.word[2], x.word[3]);
  return x;
}

/// The same tiles as right operands, of which mma expects words 0 and 2, and 1 and 3, in consecutive
/// registers: without this order every product would begin with moves.
RADLADS_DEVICE Tile load_right(const uint32_t* words) {
  Tile x;
  load_blocks(row_address(words, true), x.word[0], x.word[2], x.word[1], x.word[3]);
  return x;
}

RADLADS_DEVICE Tile load_right_transposed(const uint32_t* words) {
  Tile x;
  load_transposed_blocks(row_address(words, false), x.word[0], x.word[2], x.word[1], x.word[3]);
  return x;
}

/// To shared or global memory.
RADLADS_DEVICE void store_tile(uint32_t* words, const Tile& tile) {
  RADLADS_UNROLL
  for (int w = 0; w < 4; ++w) words[w * kLanes + lane_id()] = tile.word[w];
}

/// Rows of bfloat16 in global memory, `stride` elements apart; rows past `num_rows` read 0.
RADLADS_DEVICE Tile load_rows(const uint16_t* first, int64_t stride, int num_rows) {
  Tile tile;
  const int row = element_row(lane_id(), 0);
  const uint16_t* upper = first + row * stride + element_column(lane_id(), 0);
  const uint16_t* lower = upper + 8 * stride;
  if (row < num_rows) {
    tile.word[0] = __ldg(reinterpret_cast<const uint32_t*>(upper));
    tile.word[2] = __ldg(reinterpret_cast<const uint32_t*>(upper + 8));
  }
  if (row + 8 < num_rows) {
    tile.word[1] = __ldg(reinterpret_cast<const uint32_t*>(lower));
    tile.word[3] = __ldg(reinterpret_cast<const uint32_t*>(lower + 8));
  }
  return tile;
}

/// Lanes exchange words in pairs, so that one store writes 32 bytes, a whole sector, of each of 8 rows: an
/// even lane gets 4 elements of columns 0 .. 7, an odd one of columns 8 .. 15.
RADLADS_DEVICE void store_rows(const Tile& tile, uint16_t* first, int64_t stride, int num_rows) {
  const int lane = lane_id(), odd = lane % 2;
  uint16_t* target = first + lane / 4 * stride + odd * 8 + lane % 4 / 2 * 4;
  RADLADS_UNROLL
  for (int half = 0; half < 2; ++half) {
    const uint32_t left = tile.word[half], right = tile.word[half + 2];
    const uint32_t other = __shfl_xor_sync(0xffffffffu, odd ? left : right, 1);
    if (lane / 4 + half * 8 < num_rows) {
      *reinterpret_cast<uint2*>(target + half * 8 * stride) =
          odd ? make_uint2(other, right) : make_uint2(left, other);
    }
  }
}

/// Each element becomes the sum of those before it in its row; returns each row's total, in all of the row.
RADLADS_DEVICE Acc sum_before_in_rows(Acc& x) {
  constexpr unsigned kAll = 0xffffffffu;
  const int quarter = lane_id() % 4;
  Acc totals;
  RADLADS_UNROLL
  for (int row = 0; row < 2; ++row) {
    float before = 0;
    RADLADS_UNROLL
    for (int half = 0; half < 2; ++half) {  // 8 columns: a pair in each of 4 lanes
      float& even = x.value[4 * half + 2 * row];
      float& odd = x.value[4 * half + 2 * row + 1];
      float sum = even + odd;
      const float next = __shfl_up_sync(kAll, sum, 1, 4);
      if (quarter >= 1) sum += next;
      const float second = __shfl_up_sync(kAll, sum, 2, 4);
      if (quarter >= 2) sum += second;
      const float left = __shfl_up_sync(kAll, sum, 1, 4);
      const float first = even;
      even = quarter >= 1 ? before + left : before;
      odd = even + first;
      before += __shfl_sync(kAll, sum, 3, 4);
    }
    RADLADS_UNROLL
    for (int half = 0; half < 2; ++half)
      totals.value[4 * half + 2 * row] = totals.value[4 * half + 2 * row + 1] = before;
  }
  return totals;
}

RADLADS_DEVICE float power_of_two(float x) {
  float power;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(x));
  return power;
}

RADLADS_DEVICE float bf16_to_float(uint16_t bits) { return __uint_as_float(uint32_t{bits} << 16); }
RADLADS_DEVICE uint16_t float_to_bf16(float value) { return static_cast<uint16_t>(pack_pair(value, 0.0f)); }

}  // namespace radlads::kernels::cuda::chunk

#include "kernels/cuda/chunk/block_device.cuh"
