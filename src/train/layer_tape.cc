#include "train/layer_tape.h"

#include <utility>

#include "train/layer_gradients.h"

namespace radlads::train {
namespace {

std::string embedding_name(const Pass& pass) {
  return std::string(pass.config.network->embedding) + ".weight";
}

Tensor rows_of(const Pass& pass, const LayerTensors& outside) {
  return at::index_select(outside[embedding_name(pass)].detach(), 0, pass.tokens);
}

Tensor norm_rows(const Pass& pass, const LayerTensors& outside, const Tensor& rows) {
  if (!pass.config.norms_embedding) return rows;
  return norm(pass, outside, pass.config.network->embedding_norm, rows);
}

Tensor leaf_of(const Tensor& tensor) { return tensor.defined() ? tensor.detach().requires_grad_() : tensor; }

Tensor detached(const Tensor& tensor) { return tensor.defined() ? tensor.detach() : tensor; }

}  // namespace

Tensor embed(const Pass& pass, const LayerTensors& outside) {
  return norm_rows(pass, outside, rows_of(pass, outside));
}

Tensor hidden_states(const Pass& pass, ParameterStore& model) {
  const at::NoGradGuard no_grad;
  Tensor x = embed(pass, model.acquire(kOutside)), v_first;
  for (int64_t l = 0; l < pass.config.L; ++l) {
    MixerOutput out = block(pass, l, model.acquire(l), x, v_first);
    x = std::move(out.y);
    v_first = std::move(out.v_first);
  }
  return x;
}

LayerTape::LayerTape(const Pass& pass, ParameterStore& model, bool recompute)
    : pass_(pass), model_(model), recompute_(recompute), layers_(static_cast<size_t>(pass.config.L)) {}

void LayerTape::run(int64_t l, Layer& layer) {
  layer.p = model_.acquire(l);
  MixerOutput out = block(pass_, l, layer.p, layer.x, layer.v_first);
  layer.y = std::move(out.y);
  layer.v_first_given = std::move(out.v_first);
}

Tensor LayerTape::forward() {
  embedded_.p = model_.acquire(kOutside);
  embedded_.rows = leaf_of(rows_of(pass_, embedded_.p));
  embedded_.x = norm_rows(pass_, embedded_.p, embedded_.rows);
  Tensor x = embedded_.x.detach(), v_first;
  for (int64_t l = 0; l < pass_.config.L; ++l) {
    Layer& layer = layers_[static_cast<size_t>(l)];
    layer.x = leaf_of(x);
    layer.v_first = leaf_of(v_first);
    const at::AutoGradMode mode(!recompute_);
    run(l, layer);
    x = detached(layer.y);
    v_first = detached(layer.v_first_given);
    if (recompute_) layer = {.x = layer.x, .v_first = layer.v_first};
  }
  return x;
}

void LayerTape::backward(Tensor d_hidden) {
  Tensor d_v_first;  // summed over all layers that mix the first layer's values in
  for (int64_t l = pass_.config.L - 1; l >= 0; --l) {
    Layer layer = std::exchange(layers_[static_cast<size_t>(l)], {});
    if (recompute_) {
      const at::AutoGradMode mode(true);
      run(l, layer);
    }
    const Tensors d_inputs =
        layer_gradients(model_, l, layer.p, {layer.y, l == 0 ? layer.v_first_given : Tensor()},
                        {d_hidden, d_v_first}, {layer.x, layer.v_first});
    d_hidden = d_inputs[0];
    if (d_inputs[1].defined()) d_v_first = d_v_first.defined() ? d_v_first.add_(d_inputs[1]) : d_inputs[1];
  }
  embed_backward(d_hidden);
}

void LayerTape::embed_backward(const Tensor& d_x) {
  const auto [p, rows, x] = std::exchange(embedded_, {});
  Tensor d_rows = d_x;
  if (pass_.config.norms_embedding) d_rows = layer_gradients(model_, kOutside, p, {x}, {d_x}, {rows})[0];
  const std::string name = embedding_name(pass_);
  if (!p[name].requires_grad()) return;
  model_.add_gradients(kOutside, name,
                       at::embedding_dense_backward(d_rows, pass_.tokens, p[name].size(0), /*padding_idx=*/-1,
                                                    /*scale_grad_by_freq=*/false));
}

}  // namespace radlads::train
