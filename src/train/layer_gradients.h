// The backward pass of one layer: autograd is used only here.
#pragma once

#include "train/parameter_store.h"

namespace radlads::train {

/// Runs the graph between `inputs` and `outputs`, which is freed. The gradients of the layer's parameters go
/// to the store; those of `inputs` (leaves) are returned, undefined where nothing depends on them. Outputs
/// without a gradient of their own (undefined, or not part of a graph) are skipped.
Tensors layer_gradients(ParameterStore& store, int64_t layer, const LayerTensors& p, const Tensors& outputs,
                        const Tensors& d_outputs, const Tensors& inputs);

}  // namespace radlads::train
