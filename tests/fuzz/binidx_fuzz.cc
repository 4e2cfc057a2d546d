// The index, beside 64 bytes of tokens.
#include "fuzz/refusable.h"
#include "io/binidx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return radlads::read_or_refuse("t.idx", {data, size}, [](const std::filesystem::path& path) {
    radlads::write_text_file(path.parent_path() / "t.bin", std::string(64, 'x'));
    const radlads::Binidx file(path);
    std::vector<int32_t> tokens(static_cast<size_t>(file.num_tokens()));
    file.read(0, tokens);
  });
}
