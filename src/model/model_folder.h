// A Hugging Face model folder, opened: its config, its table of tensors, and the mapped tensors, checked
// against one another.
#pragma once

#include <filesystem>
#include <functional>
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

/// The types that a model made from `origin` is stored in: `dtype`, except for the rows that `origin`, mostly
/// stored in that type, has in another one (norms in float32, say). Does not refer to `origin`.
StoredDTypes stored_dtypes(const ModelFolder& origin, DType dtype);

}  // namespace radlads
