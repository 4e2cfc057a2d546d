// Files of torch.save since PyTorch 1.6 (.pth, .pt, .bin): a zip archive with `ROOT/data.pkl`, a pickle of
// names and tensors, and `ROOT/data/KEY`, the bytes of each storage that these tensors are views of.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/buffer.h"
#include "core/tensor_view.h"
#include "io/mapped_file.h"
#include "io/tensor_folder.h"

namespace radlads {

/// One mapped file: a dictionary of names and tensors, such as a state dict. Nothing in it is ever executed:
/// only the names that tensors need are accepted (io/pickle.h). All views live as long as this object; they
/// point into the map where a tensor is contiguous and aligned for its type, else into copies that it owns.
class TorchFile {
 public:
  /// UserError that names the file, the thing and the remedy. Values that hold no tensors are ignored.
  explicit TorchFile(const std::filesystem::path& path);

  /// By name, sorted: float64, float32, bfloat16 and float16. Names are without the prefixes that wrappers
  /// add
  /// ("_orig_mod." and "module.", in any order and number).
  const std::map<std::string, TensorView, std::less<>>& tensors() const { return tensors_; }

  /// Tensors of a type that is not read: name -> the type of their storage ("LongStorage").
  const std::map<std::string, std::string, std::less<>>& others() const { return others_; }

  const std::filesystem::path& path() const { return file_.path(); }

 private:
  MappedFile file_;
  std::vector<Buffer> copies_;
  std::map<std::string, TensorView, std::less<>> tensors_;
  std::map<std::string, std::string, std::less<>> others_;
};

/// Writes a file that torch.load reads, also with weights_only=True and mmap=True: a dictionary of tensors of
/// floating types, each with a storage of its own that begins at a multiple of 64 bytes. Tensors are asked
/// for one at a time, so that a model larger than memory can be written. The file appears whole.
void write_torch_file(const std::filesystem::path& path, const std::vector<SafetensorsEntry>& entries,
                      const TensorBytes& bytes);

}  // namespace radlads
