// A whole model, forward and backward, one layer at a time.
#pragma once

#include <vector>

#include "train/block.h"

namespace radlads::train {

/// Rows of the embedding for the pass's tokens [M,C], normed if the network norms them.
Tensor embed(const Pass& pass, const LayerTensors& outside);

/// The last residual stream [M,C] of a model that is not trained.
Tensor hidden_states(const Pass& pass, ParameterStore& model);

/// Forward keeps each layer's input, outputs, and parameters. With `recompute` it keeps only the input, and
/// the backward pass recomputes the layer: only one layer's activations and parameters are alive at a time.
/// Both ways give the same bits.
class LayerTape {
 public:
  LayerTape(const Pass& pass, ParameterStore& model, bool recompute);

  /// The last residual stream [M,C].
  Tensor forward();

  /// From its gradient: every parameter's gradient, into the store.
  void backward(Tensor d_hidden);

 private:
  struct Layer {
    Tensor x, v_first;        // leaves: what the layer was given
    Tensor y, v_first_given;  // its outputs, with their graph
    LayerTensors p;           // the leaves of its parameters
  };

  /// What embed() does, with its graph from the rows (a leaf) on.
  struct Embedded {
    LayerTensors p;
    Tensor rows, x;
  };

  void run(int64_t l, Layer& layer);
  void embed_backward(const Tensor& d_x);

  const Pass& pass_;
  ParameterStore& model_;
  bool recompute_;
  Embedded embedded_;
  std::vector<Layer> layers_;
};

}  // namespace radlads::train
