// A Hugging Face model folder, opened: its config, its table of tensors, and the mapped tensors, checked
// against one another.
#pragma once

#include <filesystem>
#include <vector>

#include "io/tensor_folder.h"
#include "model/config.h"
#include "model/tensor_table.h"

namespace radlads {

struct ModelFolder {
  ModelConfig config;
  std::vector<TensorSpec> table;
  TensorFolder tensors;  // every row of the table is there, with its shape and a floating dtype

  /// The tensor of a row.
  const TensorView& tensor(const TensorSpec& spec) const { return tensors.at(spec.name); }
};

/// Where config.json leaves low-rank sizes open, or disagrees about optional parts (a tied head, biases, the
/// kind of gate, GroupNorm), the tensors win, as published checkpoints need; a head that config.json calls
/// tied is warned of. UserError naming tensor and folder for a tensor that is missing, that has another
/// shape, or that has no place in the model.
ModelFolder open_model(const std::filesystem::path& folder);

}  // namespace radlads
