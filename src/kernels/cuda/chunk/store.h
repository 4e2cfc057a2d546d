// Tiles of results, in the type and place that the caller chose.
#pragma once

#include "kernels/cuda/chunk/arguments.h"

namespace radlads::kernels::cuda::chunk {

/// x [channel,token], from a channel of the output on.
RADLADS_DEVICE void store_output(const Acc& x, const Rows& output, const ChunkPlace& place, int channel) {
  if (output.is_bf16) {
    store_rows(transposed(round_to_tile(x)), output.bf16(place) + channel, output.stride_t, place.num_tokens);
    return;
  }
  float* first = output.f32(place) + channel;
  for_each_element([&](Element i) {
    if (i.column < place.num_tokens) first[offset_in_tile(i, 1, output.stride_t)] = x[i];
  });
}

}  // namespace radlads::kernels::cuda::chunk
