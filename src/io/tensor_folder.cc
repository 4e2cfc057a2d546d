#include "io/tensor_folder.h"

#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/log.h"
#include "io/file.h"
#include "io/json_cursor.h"
#include "io/printable.h"
#include "io/torch_file.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

/// Tensor -> the file name of its shard.
using WeightMap = std::map<std::string, std::string, std::less<>>;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// A shard's name comes from an untrusted file, and must not lead out of the folder.
bool is_plain_file_name(std::string_view name) {
  using namespace std::string_view_literals;
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of("/\0"sv) == std::string_view::npos;
}

[[noreturn]] void refuse(std::string_view subject, std::string_view what, const fs::path& file) {
  fail("[load_model] {}: {} in {}", printable(subject), what, file.string());
}

WeightMap read_weight_map(JsonCursor& json, const fs::path& index) {
  WeightMap shard_of;
  json.enter_object();
  while (const auto key = json.next_key()) {
    const std::string tensor(*key);
    if (json.kind() != JsonCursor::Kind::kString)
      refuse(tensor, fmt::format("its shard must be a string, not {}", json.kind_name()), index);
    std::string name = json.string();
    if (!is_plain_file_name(name))
      refuse(tensor, fmt::format("its shard \"{}\" is not a plain file name", printable(name)), index);
    if (!shard_of.emplace(tensor, std::move(name)).second) refuse(tensor, "appears twice", index);
  }
  return shard_of;
}

WeightMap read_index(const fs::path& index) {
  const std::string text = read_text_file(index);
  JsonCursor json(text, {"[load_model] index", index}, {.python_numbers = true});
  std::optional<WeightMap> shard_of;
  if (json.kind() == JsonCursor::Kind::kObject) {
    json.enter_object();
    while (const auto key = json.next_key()) {
      if (*key != "weight_map" || json.kind() != JsonCursor::Kind::kObject) {
        json.skip();
        continue;
      }
      if (shard_of) refuse("index", "\"weight_map\" appears twice", index);
      shard_of = read_weight_map(json, index);
    }
    json.finish();
  }
  if (!shard_of) refuse("index", "has no object \"weight_map\"", index);
  return *shard_of;
}

std::vector<Safetensors> open_shards(const fs::path& folder, const WeightMap& shard_of) {
  std::set<std::string> names;
  for (const auto& [tensor, name] : shard_of) names.insert(name);
  std::vector<Safetensors> shards;
  for (const std::string& name : names) {
    if (!is_there(folder / name)) {
      fail("[load_model] {}: missing in {}, though the index lists it; download or copy it", printable(name),
           folder.string());
    }
    shards.emplace_back(folder / name);
  }
  return shards;
}

bool same_tensor(const TensorView& a, const TensorView& b) {
  return a.dtype == b.dtype && a.shape == b.shape && std::memcmp(a.data, b.data, a.num_bytes()) == 0;
}

bool has_shards(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    const std::string name = i->path().filename().string();
    if (name.starts_with("model-") && name.ends_with(".safetensors")) return true;
  }
  return false;
}

/// What torch.save writes begins as a zip archive.
bool is_zip(const fs::path& file) {
  char begin[2] = {};
  std::ifstream(file, std::ios::binary).read(begin, sizeof begin);
  return std::string_view(begin, sizeof begin) == "PK";
}

}  // namespace

bool is_adapter(const fs::path& folder) {
  return is_there(folder / "adapter_config.json") || is_there(folder / "adapter_model.safetensors");
}

TensorFolder::TensorFolder(const fs::path& folder) : folder_(folder) {
  std::error_code ignored;
  if (!fs::is_regular_file(folder, ignored)) {
    open_folder();
  } else if (is_zip(folder)) {
    torch_file_ = std::make_shared<TorchFile>(folder);
    add_all(*torch_file_, 0);
  } else {
    files_.emplace_back(folder);
  }
  for (size_t i = 0; i < files_.size(); ++i) add_all(files_[i], i);
}

void TensorFolder::open_folder() {
  const fs::path single = folder_ / "model.safetensors", index = folder_ / "model.safetensors.index.json";
  if (is_there(single)) {
    files_.emplace_back(single);
  } else if (is_there(index)) {
    missing_ = read_index(index);
    files_ = open_shards(folder_, missing_);
  } else if (is_adapter(folder_)) {
    fail("[load_model] {}: is an adapter: merge it into its model first (PEFT: merge_and_unload)",
         folder_.string());
  } else if (has_shards(folder_)) {
    fail(
        "[load_model] {}: model.safetensors.index.json is missing, which says what the shards contain; "
        "download or copy it",
        folder_.string());
  } else if (is_there(folder_)) {
    fail("[load_model] {}: found neither model.safetensors nor an index; convert the model to safetensors",
         folder_.string());
  } else {
    fail("[load_model] {}: no such folder; download the model first", folder_.string());
  }
}

void TensorFolder::add_all(const auto& file, size_t index) {
  for (const auto& [name, view] : file.tensors()) add(name, view, index);
  for (const auto& [name, type] : file.others()) {
    others_.emplace(name, type);
    missing_.erase(name);
  }
}

void TensorFolder::add(const std::string& name, const TensorView& view, size_t file) {
  missing_.erase(name);
  const auto [place, is_new] = tensors_.emplace(name, view);
  size_t& file_of_name = file_index_[name];
  if (!is_new && !same_tensor(place->second, view)) {
    warn("{}: {} and {} have different values in {}; the latter's are used, as in transformers",
         printable(name), files_[file_of_name].path().filename().string(),
         files_[file].path().filename().string(), folder_.string());
    place->second = view;
  }
  file_of_name = file;
}

void TensorFolder::derive(const std::string& name, const TensorView& view, const std::string& origin) {
  const size_t file = file_index_.at(origin);
  if (find(name) != nullptr) {
    fail("[load_model] {}: {} is the same tensor by another name, in {}", printable(name), printable(origin),
         folder_.string());
  }
  tensors_.emplace(name, view);
  file_index_.emplace(name, file);
  missing_.erase(name);
}

std::byte* TensorFolder::own(size_t bytes) {
  owned_.emplace_back(bytes);
  return owned_.back().data();
}

void TensorFolder::reshape(std::string_view name, const Shape& shape) {
  const auto entry = tensors_.find(name);
  RADLADS_CHECK(entry != tensors_.end() && num_elements(shape) == entry->second.size(), "{} to {}", name,
                to_string(shape));
  entry->second.shape = shape;
}

void TensorFolder::erase(std::string_view name) {
  if (const auto entry = tensors_.find(name); entry != tensors_.end()) tensors_.erase(entry);
  if (const auto entry = file_index_.find(name); entry != file_index_.end()) file_index_.erase(entry);
}

const TensorView* TensorFolder::find(std::string_view name) const {
  const auto entry = tensors_.find(name);
  if (entry != tensors_.end()) return &entry->second;
  if (const auto other = others_.find(name); other != others_.end()) {
    fail("[load_model] {}: dtype {} is not supported in {}; convert it to F32, BF16 or F16", printable(name),
         other->second, folder_.string());
  }
  return nullptr;
}

const TensorView& TensorFolder::at(std::string_view name) const {
  const TensorView* const view = find(name);
  if (view == nullptr) fail("[load_model] {}: no such tensor in {}", name, folder_.string());
  return *view;
}

const fs::path& TensorFolder::file_of(std::string_view name) const {
  const auto entry = file_index_.find(name);
  RADLADS_CHECK(entry != file_index_.end(), "no tensor {} in {}", name, folder_.string());
  return torch_file_ ? torch_file_->path() : files_[entry->second].path();
}

}  // namespace radlads
