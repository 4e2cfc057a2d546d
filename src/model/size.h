// How large a model is, and how much memory a sequence takes while it runs.
#pragma once

#include <cstdint>

#include "model/config.h"

namespace radlads {

/// Parameters that take part in the computation, counted once when tied.
int64_t num_parameters(const ModelConfig& config);

/// Bytes of recurrent state of one sequence (float32): constant at any length.
int64_t state_bytes(const ModelConfig& config);

/// Bytes that one more token adds to a sequence's key/value cache, with elements of `element_bytes`; 0
/// without softmax layers.
int64_t cache_bytes_per_token(const ModelConfig& config, int64_t element_bytes);

/// Approximate memory of the activations of a training step without recomputation (float32).
int64_t activation_bytes(const ModelConfig& config, int64_t tokens);

/// The same when every layer is recomputed in the backward pass: the layers' inputs, and one layer's
/// activations.
int64_t recomputed_activation_bytes(const ModelConfig& config, int64_t tokens);

}  // namespace radlads
