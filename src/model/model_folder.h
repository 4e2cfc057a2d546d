// A Hugging Face model folder, opened: its config, its table of tensors, and the mapped tensors, checked
// against one another. And the other way round: a model written as config.json and safetensors.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "io/tensor_folder.h"
#include "model/config.h"
#include "model/tensor_table.h"

namespace radlads {

/// The type in which a row of the table is stored.
using StoredDTypes = std::function<DType(const TensorSpec&)>;

struct ModelFolder {
  ModelConfig config;
  std::vector<TensorSpec> table;
  TensorFolder tensors;  // every row of the table is present, with its shape and a floating dtype

  /// The tensor of a row.
  const TensorView& tensor(const TensorSpec& spec) const { return tensors.at(spec.name); }
};

/// Where config.json leaves low-rank sizes open, or disagrees about optional parts (a tied head, biases, the
/// kind of gate, GroupNorm), or names no dtype, the tensors win, as published checkpoints need; there is a
/// warning for a head that config.json calls tied. UserError naming tensor and folder for a tensor that is
/// missing, that has another shape, or that does not belong in the model.
ModelFolder open_model(const std::filesystem::path& folder);

/// The weights of an RWKV-7 in one file, .pth or .safetensors, without a config.json; `tensors` have our
/// names and shapes. UserError as open_model.
ModelFolder open_rwkv_weights(const std::filesystem::path& file);

/// Reads all weights, on all cores. UserError naming the first tensor that has values which are not finite:
/// no learning rate would help.
void check_finite(const ModelFolder& model);

/// The types that a model made from `origin` is stored in: `dtype`, except for the rows that `origin`, mostly
/// stored in that type, has in another one (norms in float32, say). Does not refer to `origin`.
StoredDTypes stored_dtypes(const ModelFolder& origin, DType dtype);

/// Gives the float32 values of a row of the table.
using TensorValues = std::function<void(const TensorSpec&, std::span<float>)>;

/// Into a folder that exists: config.source as config.json, and all rows of the table, one at a time, in
/// `config.dtype` or as `dtypes` says. UserError if a value does not fit the type.
void export_model(const std::filesystem::path& folder, const ModelConfig& config, const TensorValues& values,
                  const StoredDTypes& dtypes = nullptr);

}  // namespace radlads
