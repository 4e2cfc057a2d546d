#include "io/tensor_folder.h"

#include <cstring>
#include <set>
#include <system_error>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/log.h"
#include "io/file.h"
#include "io/json.h"
#include "io/printable.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

/// Tensor -> the file name of its shard.
using WeightMap = std::map<std::string, std::string, std::less<>>;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// A shard's name comes from a foreign file, and must not lead out of the folder.
bool is_plain_file_name(std::string_view name) {
  using namespace std::string_view_literals;
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of("/\0"sv) == std::string_view::npos;
}

WeightMap read_index(const fs::path& index) {
  const nlohmann::json root = parse_json(read_text_file(index), "[load_model] index", index);
  if (!root.is_object() || !root.contains("weight_map") || !root["weight_map"].is_object()) {
    fail("[load_model] index: has no object \"weight_map\" in {}", index.string());
  }
  WeightMap shard_of;
  for (const auto& [tensor, shard] : root["weight_map"].items()) {
    if (!shard.is_string()) {
      fail("[load_model] {}: its shard is no string but {} in {}", printable(tensor), shard.type_name(),
           index.string());
    }
    const auto& name = shard.get_ref<const std::string&>();
    if (!is_plain_file_name(name)) {
      fail("[load_model] {}: its shard \"{}\" is no plain file name in {}", printable(tensor),
           printable(name), index.string());
    }
    shard_of.emplace(tensor, name);
  }
  return shard_of;
}

std::vector<Safetensors> open_shards(const fs::path& folder, const fs::path& index) {
  const WeightMap shard_of = read_index(index);
  std::set<std::string> names;
  for (const auto& [tensor, name] : shard_of) names.insert(name);
  std::vector<Safetensors> shards;
  for (const std::string& name : names) {
    if (!is_there(folder / name)) {
      fail("[load_model] {}: missing in {}, though the index names it; download or copy it", printable(name),
           folder.string());
    }
    shards.emplace_back(folder / name);
  }
  return shards;
}

std::vector<Safetensors> open_files(const fs::path& folder) {
  const fs::path single = folder / "model.safetensors", index = folder / "model.safetensors.index.json";
  std::vector<Safetensors> files;
  if (is_there(single)) {
    files.emplace_back(single);
  } else if (is_there(index)) {
    files = open_shards(folder, index);
  } else if (is_there(folder)) {
    fail("[load_model] {}: neither model.safetensors nor an index is there; convert the model to safetensors",
         folder.string());
  } else {
    fail("[load_model] {}: no such folder; download the model first", folder.string());
  }
  return files;
}

bool same_tensor(const TensorView& a, const TensorView& b) {
  return a.dtype == b.dtype && a.shape == b.shape && std::memcmp(a.data, b.data, a.num_bytes()) == 0;
}

}  // namespace

TensorFolder::TensorFolder(const fs::path& folder) : folder_(folder), files_(open_files(folder)) {
  for (size_t i = 0; i < files_.size(); ++i) {
    for (const auto& [name, view] : files_[i].tensors()) add(name, view, i);
  }
}

void TensorFolder::add(const std::string& name, const TensorView& view, size_t file) {
  const auto [place, is_new] = tensors_.emplace(name, view);
  size_t& file_of_name = file_index_[name];
  if (!is_new && !same_tensor(place->second, view)) {
    warn("{}: {} and {} hold different values in {}; the latter's are used, as transformers does",
         printable(name), files_[file_of_name].path().filename().string(),
         files_[file].path().filename().string(), folder_.string());
    place->second = view;
  }
  file_of_name = file;
}

void TensorFolder::name_also(const std::string& name, const std::string& existing) {
  RADLADS_CHECK(find(name) == nullptr, "{} is there already", name);
  tensors_.emplace(name, at(existing));
  file_index_.emplace(name, file_index_.at(existing));
}

const TensorView* TensorFolder::find(std::string_view name) const {
  const auto entry = tensors_.find(name);
  return entry == tensors_.end() ? nullptr : &entry->second;
}

const TensorView& TensorFolder::at(std::string_view name) const {
  const TensorView* const view = find(name);
  if (view == nullptr) fail("[load_model] {}: no such tensor in {}", name, folder_.string());
  return *view;
}

const fs::path& TensorFolder::file_of(std::string_view name) const {
  const auto entry = file_index_.find(name);
  RADLADS_CHECK(entry != file_index_.end(), "no tensor {} in {}", name, folder_.string());
  return files_[entry->second].path();
}

}  // namespace radlads
