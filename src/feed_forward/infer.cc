#include "feed_forward/table.h"
#include "infer/layer.h"
#include "infer/pass.h"
#include "infer/weights.h"
#include "kernels/gating.h"
#include "kernels/token_shift.h"

namespace radlads::feed_forwards {
namespace {

using infer::Matrix;
using infer::Pass;

class SwiGluLayer : public infer::FeedForward {
 public:
  explicit SwiGluLayer(infer::WeightLoader& loader)
      : gate_(loader.matrix("gate_proj.weight")),
        up_(loader.matrix("up_proj.weight")),
        down_(loader.matrix("down_proj.weight")) {}

  void add_to(Pass& pass, int64_t, const float* x, float* y) const override {
    float* gate = pass.linear(gate_, x);
    const float* up = pass.linear(up_, x);
    kernels::swiglu(pass.context, {.size = pass.M * gate_.out, .gate = gate, .up = up, .y = gate});
    pass.linear(down_, gate, y, /*accumulate=*/true);
  }

 private:
  Matrix gate_, up_, down_;
};

class SquaredReluLayer : public infer::FeedForward {
 public:
  SquaredReluLayer(infer::WeightLoader& loader, size_t shift)
      : x_k_(loader.vector("x_k")),
        key_(loader.matrix("key.weight")),
        value_(loader.matrix("value.weight")),
        shift_(shift) {}

  void add_to(Pass& pass, int64_t layer, const float* x, float* y) const override {
    float* shifted = pass.scratch.floats(pass.M * pass.config().C);
    kernels::token_shift(
        pass.context, {.source = pass.shift_source(layer, shift_), .x = x, .mu = {&x_k_, 1}, .y = shifted});
    pass.carry_last_rows(layer, shift_, x);
    float* key = pass.linear(key_, shifted);
    kernels::activate(
        pass.context,
        {.size = pass.M * key_.out, .activation = kernels::Activation::kSquaredRelu, .x = key, .y = key});
    pass.linear(value_, key, y, /*accumulate=*/true);
  }

 private:
  const float* x_k_;  // [C]
  Matrix key_, value_;
  size_t shift_;  // index of its state
};

}  // namespace

std::unique_ptr<infer::FeedForward> SwiGlu::load(infer::WeightLoader& loader, int64_t) {
  return std::make_unique<SwiGluLayer>(loader);
}

std::unique_ptr<infer::FeedForward> SquaredRelu::load(infer::WeightLoader& loader, int64_t layer) {
  const ModelConfig& config = loader.config();
  return std::make_unique<SquaredReluLayer>(loader, config.mixer_of(layer).states(config).size());
}

}  // namespace radlads::feed_forwards
