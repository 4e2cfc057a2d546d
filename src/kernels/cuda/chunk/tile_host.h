// The tile layer emulated on the host (tile.h says what it means): a Tile has the registers of all 32
// lanes, and products and loads follow the operand layouts of the PTX manual lane by lane.
#pragma once

#include <array>
#include <cmath>
#include <cstring>

#include "core/half.h"

namespace radlads::kernels::cuda::chunk {
inline namespace emulated {

/// Calls body(Element) for the elements of all lanes.
template <class Body>
void for_each_element(const Body& body) {
  for (int lane = 0; lane < kLanes; ++lane)
    for (int index = 0; index < 8; ++index)
      body(Element{lane, index, element_row(lane, index), element_column(lane, index)});
}

struct Acc {
  std::array<std::array<float, 8>, kLanes> value = {};

  float& operator[](const Element& i) { return value[i.lane][i.index]; }
  float operator[](const Element& i) const { return value[i.lane][i.index]; }
};

struct Tile {
  std::array<std::array<uint32_t, 4>, kLanes> word = {};

  float operator[](const Element& i) const { return float_from_bf16(half(i.lane, i.index)); }

  uint16_t half(int lane, int index) const {
    return static_cast<uint16_t>(word[lane][index / 2] >> (index % 2 * 16));
  }
  void set_half(int lane, int index, uint16_t bits) {
    uint32_t& pair = word[lane][index / 2];
    pair = index % 2 == 0 ? (pair & 0xffff0000u) | bits : (pair & 0xffffu) | uint32_t{bits} << 16;
  }
};

inline Tile round_to_tile(const Acc& x) {
  Tile tile;
  for_each_element([&](Element i) { tile.set_half(i.lane, i.index, bf16_from_float(x[i])); });
  return tile;
}

/// mma.m16n8k16: lane 4 g + q has A at rows g, g + 8 and columns 2 q, 2 q + 8 (and one more), B at rows 2 q,
/// 2 q + 8 (and one more) of column g, D at rows g, g + 8 and columns 2 q, 2 q + 1. Words b0 and b1 of y are
/// its B; the results go to d .. d + 3 of acc.
inline void mma_m16n8k16(Acc& acc, int d, const Tile& x, const Tile& y, int b0, int b1) {
  float A[16][16], B[16][8];
  for (int lane = 0; lane < kLanes; ++lane) {
    const int g = lane / 4, q = lane % 4;
    for (int h = 0; h < 2; ++h) {
      for (int w = 0; w < 4; ++w)
        A[g + w % 2 * 8][2 * q + h + w / 2 * 8] = float_from_bf16(x.half(lane, 2 * w + h));
      B[2 * q + h][g] = float_from_bf16(y.half(lane, 2 * b0 + h));
      B[2 * q + h + 8][g] = float_from_bf16(y.half(lane, 2 * b1 + h));
    }
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int i = 0; i < 4; ++i) {
      float& sum = acc.value[lane][d + i];
      for (int k = 0; k < 16; ++k) sum += A[lane / 4 + i / 2 * 8][k] * B[k][lane % 4 * 2 + i % 2];
    }
  }
}

inline void multiply(Acc& acc, const Tile& x, const Tile& y) {
  mma_m16n8k16(acc, 0, x, y, 0, 2);
  mma_m16n8k16(acc, 4, x, y, 1, 3);
}

/// movmatrix, and ldmatrix with .trans: lane 4 g + q gets row g, columns 2 q and 2 q + 1 of the transposed
/// 8 x 8 block that the lanes hold in word `from`.
inline void transpose_block(Tile& to, int to_word, const Tile& x, int from) {
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int h = 0; h < 2; ++h) {
      const int row = lane % 4 * 2 + h, column = lane / 4;
      to.set_half(lane, 2 * to_word + h, x.half(row * 4 + column / 2, 2 * from + column % 2));
    }
  }
}

inline Tile transposed(const Tile& x) {
  Tile tile;
  transpose_block(tile, 0, x, 0);
  transpose_block(tile, 1, x, 2);
  transpose_block(tile, 2, x, 1);
  transpose_block(tile, 3, x, 3);
  return tile;
}

/// ldmatrix: the words of a tile are its 8 x 8 blocks; lane l names a row of 16
/// bytes, l or with blocks 1 and 2 swapped, and words[i] is the word that gets the i-th block.
inline Tile load_blocks(const uint32_t* tile, bool is_swapped, const std::array<int, 4>& words) {
  Tile x;
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int i = 0; i < 4; ++i) {
      const int namer = i * 8 + lane / 4;  // lane 4 g + q gets words q of the row that lane 8 i + g names
      const int row = is_swapped ? (namer & 7) | (namer & 8) << 1 | (namer & 16) >> 1 : namer;
      x.word[lane][words[i]] = tile[row * 4 + lane % 4];
    }
  }
  return x;
}

inline Tile transpose_each_block(const Tile& x) {
  Tile tile;
  for (int word = 0; word < 4; ++word) transpose_block(tile, word, x, word);
  return tile;
}

inline Tile load_left(const uint32_t* words) { return load_blocks(words, false, {0, 1, 2, 3}); }
inline Tile load_left_transposed(const uint32_t* words) {
  return transpose_each_block(load_blocks(words, true, {0, 1, 2, 3}));
}
inline Tile load_right(const uint32_t* words) { return load_blocks(words, true, {0, 2, 1, 3}); }
inline Tile load_right_transposed(const uint32_t* words) {
  return transpose_each_block(load_blocks(words, false, {0, 2, 1, 3}));
}

inline void store_tile(uint32_t* words, const Tile& tile) {
  for (int lane = 0; lane < kLanes; ++lane)
    for (int w = 0; w < 4; ++w) words[w * kLanes + lane] = tile.word[lane][w];
}

inline Tile load_rows(const uint16_t* first, int64_t stride, int num_rows) {
  Tile tile;
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int w = 0; w < 4; ++w) {
      const int row = element_row(lane, 2 * w);
      if (row < num_rows)
        std::memcpy(&tile.word[lane][w], first + row * stride + element_column(lane, 2 * w), 4);
    }
  }
  return tile;
}

inline void store_rows(const Tile& tile, uint16_t* first, int64_t stride, int num_rows) {
  for (int lane = 0; lane < kLanes; ++lane) {
    const int odd = lane % 2;
    uint16_t* target = first + lane / 4 * stride + odd * 8 + lane % 4 / 2 * 4;
    for (int half = 0; half < 2; ++half) {
      const auto& words = tile.word[lane];
      const auto& others = tile.word[lane ^ 1];
      const std::array<uint32_t, 2> pair =
          odd ? std::array{others[half + 2], words[half + 2]} : std::array{words[half], others[half]};
      if (lane / 4 + half * 8 < num_rows) std::memcpy(target + half * 8 * stride, pair.data(), 8);
    }
  }
}

inline Acc sum_before_in_rows(Acc& x) {
  float rows[kTile][kTile], totals[kTile] = {};
  for_each_element([&](Element i) { rows[i.row][i.column] = x[i]; });
  for (int row = 0; row < kTile; ++row) {
    for (float& element : rows[row]) {
      const float before = totals[row];
      totals[row] += element;
      element = before;
    }
  }
  Acc all;
  for_each_element([&](Element i) {
    x[i] = rows[i.row][i.column];
    all[i] = totals[i.row];
  });
  return all;
}

inline float power_of_two(float x) { return std::exp2(x); }

inline float bf16_to_float(uint16_t bits) { return float_from_bf16(bits); }
inline uint16_t float_to_bf16(float value) { return bf16_from_float(value); }

}  // namespace emulated
}  // namespace radlads::kernels::cuda::chunk

#include "kernels/cuda/chunk/block_host.h"
