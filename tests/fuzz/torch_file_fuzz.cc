#include "fuzz/refusable.h"
#include "io/torch_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return radlads::read_or_refuse("f", {data, size}, [](const std::filesystem::path& path) {
    const radlads::TorchFile file(path);
    for (const auto& [name, view] : file.tensors()) radlads::touch(view);
  });
}
