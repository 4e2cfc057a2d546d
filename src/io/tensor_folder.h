// The tensors of a model: of a Hugging Face folder (model.safetensors, or shards with
// model.safetensors.index.json) or of one file of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/buffer.h"
#include "core/tensor_view.h"
#include "io/safetensors.h"

namespace radlads {

/// Whether a folder has low-rank changes to a model (PEFT), not a model.
bool is_adapter(const std::filesystem::path& folder);

class TorchFile;

class TensorFolder {
 public:
  /// Maps the folder's file, or all shards that the index names. What the shards contain counts, not what the
  /// index says about them (missing() tells what they lack); if two contain a tensor with different values,
  /// the one later by name is used, with a warning (as in transformers 5). UserError naming the file if one
  /// is missing or bad.
  ///
  /// `folder` may also be a single file, of torch.save or safetensors, whatever its name.
  explicit TensorFolder(const std::filesystem::path& folder);

  /// nullptr if there is none of this name. UserError for one of a type that is not read.
  const TensorView* find(std::string_view name) const;

  /// UserError that names the tensor and the folder if it is missing.
  const TensorView& at(std::string_view name) const;

  /// All that are read, by name, sorted.
  const std::map<std::string, TensorView, std::less<>>& tensors() const { return tensors_; }

  /// Tensors of a type that is not read: name -> type. Callers that need none of them can ignore these.
  const std::map<std::string, std::string, std::less<>>& others() const { return others_; }

  /// What the index names but no shard contains: name -> shard.
  const std::map<std::string, std::string, std::less<>>& missing() const { return missing_; }

  /// The file that contains a tensor, for messages. The tensor must exist.
  const std::filesystem::path& file_of(std::string_view name) const;

  const std::filesystem::path& folder() const { return folder_; }

  /// Adds a tensor made from `origin`, which must be there: the same by a second name, a part of it, or a
  /// copy in memory of own(). UserError if there is a tensor `name` already.
  void derive(const std::string& name, const TensorView& view, const std::string& origin);

  /// Memory that lives as long as the folder.
  std::byte* own(size_t bytes);

  /// The same numbers in another shape.
  void reshape(std::string_view name, const Shape& shape);

  /// Forgets a tensor, if there is one of this name.
  void erase(std::string_view name);

 private:
  void open_folder();
  void add_all(const auto& file, size_t index);
  void add(const std::string& name, const TensorView& view, size_t file);

  std::filesystem::path folder_;
  std::vector<Safetensors> files_;
  std::shared_ptr<const TorchFile> torch_file_;  // in place of files_
  std::vector<Buffer> owned_;
  std::map<std::string, TensorView, std::less<>> tensors_;
  std::map<std::string, size_t, std::less<>> file_index_;
  std::map<std::string, std::string, std::less<>> others_, missing_;
};

/// Gives the bytes of entry i, in the entry's dtype; the span must stay valid until the next call.
using TensorBytes = std::function<std::span<const std::byte>(size_t index)>;

/// Writes model.safetensors into a folder that exists, or, when all entries together exceed
/// `max_shard_bytes`, model-00001-of-0000n.safetensors ... and the index. Tensors are asked for one at a
/// time. Each file appears whole, the index last; to replace a model as a whole, write into a new folder and
/// rename it.
void write_tensor_folder(const std::filesystem::path& folder, const std::vector<SafetensorsEntry>& entries,
                         const TensorBytes& bytes, uint64_t max_shard_bytes = 5'000'000'000);

}  // namespace radlads
