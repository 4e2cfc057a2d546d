#include "mixers/shared/train.h"

#include "mixers/table.h"

namespace radlads::mixers {

MixerOutput Softmax::forward(const MixerCall& call) {
  const Pass& pass = call.pass;
  const Tensors qkv =
      project(pass, call.x, {linear(call, "q_proj"), linear(call, "k_proj"), linear(call, "v_proj")});
  const Tensor q = rope(pass, head_norm(call, "q_norm.weight", qkv[0]), pass.config.H);
  const Tensor k = rope(pass, head_norm(call, "k_norm.weight", qkv[1]), pass.config.Hkv);
  const Tensor y = project(pass, attention(pass, q, k, qkv[2]), linear(call, "o_proj"));
  return {y, call.layer == 0 ? qkv[2] : call.v_first};
}

}  // namespace radlads::mixers
