// A model folder for weights that come without a config.json.
#pragma once

#include <filesystem>

#include "io/file.h"
#include "model/rwkv_layout.h"
#include "support/temp_folder.h"

namespace radlads {

/// The model.safetensors of another folder, and a config.json made from it; removed by the destructor.
class GooseFolder {
 public:
  explicit GooseFolder(const std::filesystem::path& weights) {
    std::filesystem::create_symlink(std::filesystem::absolute(weights / "model.safetensors"),
                                    path() / "model.safetensors");
    TensorFolder tensors(path());
    adopt_rwkv_layout(tensors);
    write_text_file(path() / "config.json", rwkv_config(tensors));
  }

  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TempFolder folder_;
};

}  // namespace radlads
