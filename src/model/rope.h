// The frequencies of rotary position embedding, Llama 3's rescaling included.
#pragma once

#include <vector>

#include "model/config.h"

namespace radlads {

/// [N/2]: channel i of a head rotates by position * frequency[i], frequency[i] = theta^(-2i/N). "llama3"
/// scaling divides low frequencies by `factor`, keeps high ones and blends between (transformers, rope_type
/// "llama3").
std::vector<double> rope_frequencies(const ModelConfig& config);

}  // namespace radlads
