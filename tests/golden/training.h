// Golden values of the training half: logits, losses, every gradient, optimizer steps.
#pragma once

#include <filesystem>

#include "golden/result.h"

namespace radlads {

/// A folder with a model and io.safetensors: logits, and if the file has them, loss and gradients, with
/// and without recomputing activations.
GoldenResult check_model_training(const std::filesystem::path& folder);

/// The same for the weights of an RWKV-7, without a config.json.
GoldenResult check_goose_training(const std::filesystem::path& folder);

/// A folder with case.json, student/ and step1.safetensors, step2.safetensors: losses and gradients of the
/// first batch, and the parameters after the updates.
GoldenResult check_protocol_steps(const std::filesystem::path& folder);

}  // namespace radlads
