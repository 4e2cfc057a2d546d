// Float32 tiles as sums of two bfloat16 tiles, where one rounding would cost too much precision.
#pragma once

#include "kernels/cuda/chunk/tile.h"

namespace radlads::kernels::cuda::chunk {

/// high + low, exact to 2^-17.
struct SplitTile {
  Tile high, low;
};

RADLADS_DEVICE SplitTile split(const Acc& x) {
  SplitTile tile;
  tile.high = round_to_tile(x);
  Acc rest;
  for_each_element([&](Element i) { rest[i] = x[i] - tile.high[i]; });
  tile.low = round_to_tile(rest);
  return tile;
}

RADLADS_DEVICE SplitTile transposed(const SplitTile& x) { return {transposed(x.high), transposed(x.low)}; }

RADLADS_DEVICE Acc sum(const SplitTile& x) {
  Acc acc;
  for_each_element([&](Element i) { acc[i] = x.high[i] + x.low[i]; });
  return acc;
}

RADLADS_DEVICE Acc negated(const Acc& x) {
  Acc acc;
  for_each_element([&](Element i) { acc[i] = -x[i]; });
  return acc;
}

/// acc += x y^T
RADLADS_DEVICE void multiply(Acc& acc, const SplitTile& x, const Tile& y) {
  multiply(acc, x.high, y);
  multiply(acc, x.low, y);
}

RADLADS_DEVICE void multiply(Acc& acc, const SplitTile& x, const SplitTile& y) {
  multiply(acc, x.high, y.high);
  multiply(acc, x.high, y.low);
  multiply(acc, x.low, y.high);
}

}  // namespace radlads::kernels::cuda::chunk
