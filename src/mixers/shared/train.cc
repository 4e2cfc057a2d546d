#include "mixers/shared/train.h"

namespace radlads::mixers {

Projection linear(const MixerCall& call, const std::string& name) {
  return {call[name + ".weight"], call[name + ".bias"]};
}

Projection half(const MixerCall& call, const std::string& weight, const std::string& bias) {
  return {call[weight], bias.empty() ? Tensor() : call[bias], Projection::Layout::kInOut};
}

Tensor head_norm(const MixerCall& call, const char* name, const Tensor& x) {
  const Tensor& weight = call[name];
  return weight.defined() ? rms_norm(call.pass, x, weight) : x;
}

Tensor finish(const MixerCall& call, const Tensor& o, const Tensor& gate, kernels::Activation activation,
              double scale) {
  const Pass& pass = call.pass;
  const Tensor& weight = call["ln_x.weight"];
  const Tensor normed = weight.defined() ? group_norm(pass, o, weight, call["ln_x.bias"]) : o;
  return project(pass, output_gate(pass, normed, gate, activation, scale), linear(call, "o_proj"));
}

}  // namespace radlads::mixers
