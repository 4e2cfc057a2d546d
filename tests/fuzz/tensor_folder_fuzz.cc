// The index; it may name two shards that are there.
#include "fuzz/refusable.h"
#include "io/tensor_folder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return radlads::read_or_refuse(
      "model.safetensors.index.json", {data, size}, [](const std::filesystem::path& path) {
        const std::filesystem::path folder = path.parent_path();
        for (const std::string name : {"a", "b"}) {
          radlads::SafetensorsWriter writer(folder / name, {{name, radlads::DType::kU8, {1}}}, {});
          writer.append(std::as_bytes(std::span(name)));
          writer.commit();
        }
        const radlads::TensorFolder tensors(folder);
        for (const auto& [name, view] : tensors.tensors()) radlads::touch(view);
      });
}
