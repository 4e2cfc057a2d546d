// safetensors: a u64 header length, a JSON header {name: {dtype, shape, data_offsets}}, then the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/buffer.h"
#include "core/dtype.h"
#include "core/tensor_view.h"
#include "io/mapped_file.h"

namespace radlads {

/// One mapped file. All views point into the map and live as long as this object. (Old writers did not align:
/// a tensor that does not start at a multiple of its element's size is copied, so that every view may be read
/// as its type.)
class Safetensors {
 public:
  /// Checks every field of the header before anything is used: its length, JSON, dtypes, shapes, offsets
  /// inside the file, sizes that equal dtype x shape, no overlap, no gap, no byte left over. Fields that the
  /// format does not define are ignored. UserError naming the file and the field.
  explicit Safetensors(const std::filesystem::path& path);

  /// By name, sorted.
  const std::map<std::string, TensorView, std::less<>>& tensors() const { return tensors_; }

  /// Tensors of a type that is not read (F8_E4M3, U16, C64 ...): name -> type.
  const std::map<std::string, std::string, std::less<>>& others() const { return others_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  const std::byte* aligned(std::span<const std::byte> bytes, DType dtype);

  MappedFile file_;
  std::vector<Buffer> aligned_copies_;
  std::map<std::string, TensorView, std::less<>> tensors_;
  std::map<std::string, std::string, std::less<>> others_;
  std::map<std::string, std::string> metadata_;
};

struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
};

/// Writes one file, tensor by tensor in the order of `entries`, so that a model larger than memory can be
/// exported.
class SafetensorsWriter {
 public:
  SafetensorsWriter(const std::filesystem::path& path, std::vector<SafetensorsEntry> entries,
                    const std::map<std::string, std::string>& metadata);
  ~SafetensorsWriter();

  /// The bytes of the next entry; the size must be exact (InternalError).
  void append(std::span<const std::byte> bytes);

  /// All entries must have been appended. Until then the file does not exist under its name.
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace radlads
