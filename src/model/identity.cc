#include "model/identity.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "io/file.h"
#include "io/hub_cache.h"
#include "io/json.h"
#include "io/json_field.h"
#include "io/mapped_file.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

/// _name_or_path, if it is a name on the hub and not the path of a folder on somebody's machine; else "".
std::string name_in_config(const std::filesystem::path& file) {
  const nlohmann::json root =
      parse_json(read_text_file(file), "[read_config] config.json", file, {.python_numbers = true});
  if (!root.is_object() || !root.contains("_name_or_path")) return "";
  const nlohmann::json& name = root["_name_or_path"];
  if (!name.is_string() || !is_hub_name(name.get_ref<const std::string&>())) return "";
  return name.get<std::string>();
}

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

std::string teacher_name(const std::filesystem::path& folder) {
  if (std::string name = hub_name(folder); !name.empty()) return name;
  if (std::string name = name_in_config(folder / "config.json"); !name.empty()) return name;
  return folder_name(folder);
}

std::string model_name(const std::filesystem::path& folder) {
  std::string name = hub_name(folder);
  return name.empty() ? folder_name(folder) : name;
}

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
