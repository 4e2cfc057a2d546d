#include "train/layer_gradients.h"

#include <torch/csrc/autograd/autograd.h>

namespace radlads::train {

Tensors layer_gradients(ParameterStore& store, int64_t layer, const LayerTensors& p, const Tensors& outputs,
                        const Tensors& d_outputs, const Tensors& inputs) {
  Tensors roots, d_roots, leaves;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].defined() || !outputs[i].requires_grad() || !d_outputs[i].defined()) continue;
    roots.push_back(outputs[i]);
    d_roots.push_back(d_outputs[i]);
  }
  std::vector<size_t> input_index;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].defined() || !inputs[i].requires_grad()) continue;
    leaves.push_back(inputs[i]);
    input_index.push_back(i);
  }
  std::vector<std::string> names;
  for (const auto& [name, tensor] : p.all()) {
    if (!tensor.requires_grad()) continue;
    names.push_back(name);
    leaves.push_back(tensor);
  }
  Tensors d_inputs(inputs.size());
  if (roots.empty() || leaves.empty()) return d_inputs;
  const Tensors gradients = torch::autograd::grad(roots, leaves, d_roots, /*retain_graph=*/false,
                                                  /*create_graph=*/false, /*allow_unused=*/true);
  for (size_t i = 0; i < input_index.size(); ++i) d_inputs[input_index[i]] = gradients[i];
  for (size_t i = 0; i < names.size(); ++i)
    store.add_gradients(layer, names[i], gradients[input_index.size() + i]);
  return d_inputs;
}

}  // namespace radlads::train
