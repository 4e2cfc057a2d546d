// The names and shapes in which RWKV-7's tensors are published, and those that we give them.
#pragma once

#include <string>

#include "io/tensor_folder.h"

namespace radlads {

/// Gives the tensors of an RWKV-7 model the names and shapes of the network's table, whichever layout they
/// come in: the authors' (emb.weight, blocks.0.att.w1), with or without a prefix; rwkv-rs's;
/// flash-linear-attention's, old (one tensor for all token shifts) and new. What the first layer's values
/// could be mixed with is dropped. UserError for RWKV-7 with DeepEmbed, whose blocks compute something else.
void adopt_rwkv_layout(TensorFolder& tensors);

/// A config.json for tensors in our layout: all sizes are in their shapes; the epsilons are those of the
/// authors' code, and token 0 ends a text. UserError naming what is missing.
std::string rwkv_config(const TensorFolder& tensors);

}  // namespace radlads
