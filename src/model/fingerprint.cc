#include "model/fingerprint.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "io/file.h"
#include "io/mapped_file.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBlocks = 256, kBlockBytes = 4096;

/// FNV-1a of 64 bits.
class Hash {
 public:
  void add(std::span<const std::byte> bytes) {
    for (const std::byte b : bytes) value_ = (value_ ^ static_cast<uint64_t>(b)) * 0x100000001b3u;
  }
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xcbf29ce484222325u;
};

void add_blocks(std::span<const std::byte> file, Hash& hash) {
  const size_t block = std::min(kBlockBytes, file.size());
  for (size_t i = 0; i < kBlocks; ++i) {
    hash.add(file.subspan((file.size() - block) * i / (kBlocks - 1), block));
  }
}

}  // namespace

std::string fingerprint(const fs::path& model_folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(model_folder)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Hash hash;
  for (const char* name : {"config.json", "tokenizer.json"}) {
    if (fs::exists(model_folder / name)) hash.add(read_text_file(model_folder / name));
  }
  for (const fs::path& file : files) {
    const MappedFile mapped(file);
    hash.add(fmt::format("{} {}", file.filename().string(), mapped.bytes().size()));
    add_blocks(mapped.bytes(), hash);
  }
  return fmt::format("{:016x}", hash.value());
}

}  // namespace radlads
