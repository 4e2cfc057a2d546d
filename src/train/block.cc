#include "train/block.h"

#include "train/linear.h"
#include "train/ops.h"

namespace radlads::train {

Tensor mixer_input(const Pass& pass, const LayerTensors& p, const Tensor& x) {
  return rms_norm(pass, x, p["input_layernorm.weight"]);
}

Tensor finish_block(const Pass& pass, const LayerTensors& p, const Tensor& x, const Tensor& mixer_output) {
  const Tensors normed = add_rms_norm(pass, x, mixer_output, p["post_attention_layernorm.weight"]);
  return feed_forward(pass, normed[0], normed[1], p["mlp.gate_proj.weight"], p["mlp.up_proj.weight"],
                      p["mlp.down_proj.weight"]);
}

MixerOutput block(const Pass& pass, int64_t layer, const LayerTensors& p, const Tensor& x,
                  const Tensor& v_first) {
  const MixerOutput mixed = mix({pass, layer, p, mixer_input(pass, p, x), v_first});
  return {finish_block(pass, p, x, mixed.y), mixed.v_first};
}

}  // namespace radlads::train
