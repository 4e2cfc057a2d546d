#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/file.h"
#include "io/tensor_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using Entries = std::vector<SafetensorsEntry>;

/// Entries [begin, end) go into one file.
struct Shard {
  size_t begin = 0, end = 0;
  std::string name;
};

uint64_t num_bytes(const SafetensorsEntry& entry) {
  return static_cast<uint64_t>(num_elements(entry.shape)) * size_of(entry.dtype);
}

/// Fills shard after shard in order. A tensor larger than the maximum shard size gets a shard of its own.
std::vector<Shard> plan_shards(const Entries& entries, uint64_t max_shard_bytes) {
  std::vector<Shard> shards(1);
  uint64_t used = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    const uint64_t size = num_bytes(entries[i]);
    if (shards.back().end > shards.back().begin && used + size > max_shard_bytes) {
      shards.push_back({i, i, {}});
      used = 0;
    }
    shards.back().end = i + 1;
    used += size;
  }
  for (size_t i = 0; i < shards.size(); ++i) {
    shards[i].name = shards.size() == 1
                         ? "model.safetensors"
                         : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
  }
  return shards;
}

void write_shard(const fs::path& folder, const Shard& shard, const Entries& entries,
                 const TensorBytes& bytes) {
  const auto first = entries.begin() + static_cast<ptrdiff_t>(shard.begin);
  const auto last = entries.begin() + static_cast<ptrdiff_t>(shard.end);
  SafetensorsWriter writer(folder / shard.name, Entries(first, last), {{"format", "pt"}});
  for (size_t i = shard.begin; i < shard.end; ++i) writer.append(bytes(i));
  writer.commit();
}

void write_index(const fs::path& folder, const std::vector<Shard>& shards, const Entries& entries) {
  uint64_t total = 0;
  nlohmann::json weight_map = nlohmann::json::object();
  for (const Shard& shard : shards) {
    for (size_t i = shard.begin; i < shard.end; ++i) {
      total += num_bytes(entries[i]);
      weight_map[entries[i].name] = shard.name;
    }
  }
  const nlohmann::json index = {{"metadata", {{"total_size", total}}}, {"weight_map", weight_map}};
  write_text_file(folder / "model.safetensors.index.json", index.dump(2) + "\n");
}

}  // namespace

void write_tensor_folder(const fs::path& folder, const Entries& entries, const TensorBytes& bytes,
                         uint64_t max_shard_bytes) {
  const std::vector<Shard> shards = plan_shards(entries, max_shard_bytes);
  for (const Shard& shard : shards) write_shard(folder, shard, entries, bytes);
  if (shards.size() == 1) return;
  write_index(folder, shards, entries);
  remove_folder(folder / "model.safetensors");  // an older export's single file would hide the shards
}

}  // namespace radlads
