// Writes a model as a Hugging Face folder's config.json and safetensors.
#pragma once

#include <filesystem>
#include <functional>
#include <span>

#include "model/model_folder.h"

namespace radlads {

/// Gives the float32 values of a row of the table.
using TensorValues = std::function<void(const TensorSpec&, std::span<float>)>;

/// Into a folder that exists: config.source as config.json, and all rows of the table, one at a time, in
/// `config.dtype` or as `dtypes` says. UserError if a value does not fit the type.
void export_model(const std::filesystem::path& folder, const ModelConfig& config, const TensorValues& values,
                  const StoredDTypes& dtypes = nullptr);

}  // namespace radlads
