#include "train/block.h"

#include "core/error.h"
#include "feed_forward/table.h"
#include "train/ops.h"

namespace radlads::train {
namespace {

/// A norm's tensors; RMSNorm has no bias.
struct Norm {
  Norm(const LayerTensors& p, std::string_view name)
      : weight(p[std::string(name) + ".weight"]), bias(p[std::string(name) + ".bias"]) {}

  const Tensor &weight, &bias;
};

/// {x + delta, its norm}
Tensors add_norm(const Pass& pass, const LayerTensors& p, std::string_view name, const Tensor& x,
                 const Tensor& delta) {
  const Norm norm(p, name);
  if (pass.config.network->norm == NormKind::kRms) return add_rms_norm(pass, x, delta, norm.weight);
  const Tensor sum = x + delta;
  return {sum, layer_norm(pass, sum, norm.weight, norm.bias)};
}

Tensor feed_forward(const FeedForwardCall& call) {
  const FeedForwardSpec* const spec = call.pass.config.network->feed_forward;
  Tensor (*forward)(const FeedForwardCall&) = nullptr;
  feed_forwards::for_each([&]<class Each>(Each) {
    if (&Each::spec == spec) forward = &Each::forward;
  });
  RADLADS_CHECK(forward != nullptr, "a feed-forward that is not in the table");
  return forward(call);
}

}  // namespace

Tensor norm(const Pass& pass, const LayerTensors& p, std::string_view name, const Tensor& x) {
  const Norm norm(p, name);
  return pass.config.network->norm == NormKind::kRms ? rms_norm(pass, x, norm.weight)
                                                     : layer_norm(pass, x, norm.weight, norm.bias);
}

Tensor mixer_input(const Pass& pass, const LayerTensors& p, const Tensor& x) {
  return norm(pass, p, pass.config.network->mixer_norm, x);
}

Tensor finish_block(const Pass& pass, const LayerTensors& p, const Tensor& x, const Tensor& mixer_output) {
  const Tensors normed = add_norm(pass, p, pass.config.network->feed_forward_norm, x, mixer_output);
  return feed_forward({pass, p, normed[0], normed[1]});
}

MixerOutput block(const Pass& pass, int64_t layer, const LayerTensors& p, const Tensor& x,
                  const Tensor& v_first) {
  const MixerOutput mixed = mix({pass, layer, p, mixer_input(pass, p, x), v_first});
  return {finish_block(pass, p, x, mixed.y), mixed.v_first};
}

}  // namespace radlads::train
