// Tiles of results, in the type and place that the caller has for them.
#pragma once

#include "kernels/cuda/chunk_arguments.h"

namespace radlads::kernels::cuda {

/// x [channel,token]: the tokens from t on of head h, from a channel on.
RADLADS_DEVICE void store_output(const Acc& x, const Rows& output, int b, int t, int h, int channel,
                                 int num_tokens) {
  if (output.is_bf16) {
    store_rows(transposed(round_to_tile(x)), output.bf16(b, t, h) + channel, output.stride_t, num_tokens);
    return;
  }
  float* first = reinterpret_cast<float*>(output.data + output.offset(b, t, h)) + channel;
  for_each_element([&](Element i) {
    if (i.column < num_tokens) first[offset_in_tile(i, 1, output.stride_t)] = x[i];
  });
}

}  // namespace radlads::kernels::cuda
