// Parameter stores filled from a model folder.
#pragma once

#include <functional>
#include <memory>

#include "core/half.h"
#include "model/model_folder.h"
#include "train/resident_store.h"

namespace radlads::train {

inline std::unique_ptr<ResidentStore> store_of(const ModelFolder& folder,
                                               const std::function<bool(const TensorSpec&)>& trains) {
  return std::make_unique<ResidentStore>(
      folder.table,
      [&](const TensorSpec& spec, std::span<float> out) {
        const TensorView& tensor = folder.tensor(spec);
        convert_to_float({tensor.data, tensor.num_bytes()}, tensor.dtype, out);
      },
      trains);
}

inline bool everything(const TensorSpec&) { return true; }
inline bool nothing(const TensorSpec&) { return false; }

}  // namespace radlads::train
