// Writes a model as a Hugging Face folder's config.json and safetensors.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "model/config.h"
#include "model/tensor_table.h"

namespace radlads {

/// Gives the float32 values of a row of the table.
using TensorValues = std::function<void(const TensorSpec&, std::span<float>)>;

/// Into a folder that exists: config.source as config.json, and all rows of the table in `config.dtype`, one
/// at a time. UserError if a value does not fit the type.
void export_model(const std::filesystem::path& folder, const ModelConfig& config, const TensorValues& values);

}  // namespace radlads
