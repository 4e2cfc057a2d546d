#include "train/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/file.h"
#include "io/json_field.h"
#include "io/safetensors.h"

namespace radlads::train {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Parameter = ResidentStore::Parameter;

/// The tensors of a parameter in the checkpoint, with their suffixes.
struct Slot {
  const char* suffix;
  Tensor Parameter::*tensor;
};
constexpr Slot kSlots[] = {
    {"", &Parameter::value}, {".exp_avg", &Parameter::exp_avg}, {".exp_avg_sq", &Parameter::exp_avg_sq}};

std::string folder_name(const Position& position) {
  return fmt::format("{}-{:08}", step_name(position.step), position.updates);
}

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.const_data_ptr()),
          static_cast<size_t>(tensor.numel()) * sizeof(float)};
}

void write_tensors(const fs::path& file, ResidentStore& store) {
  std::vector<SafetensorsEntry> entries;
  std::vector<const Tensor*> tensors;
  for (Parameter& parameter : store.parameters()) {
    for (const Slot& slot : kSlots) {
      const Tensor& tensor = parameter.*slot.tensor;
      if (!tensor.defined()) continue;
      entries.push_back({parameter.spec.name + slot.suffix, DType::kF32, parameter.spec.shape});
      tensors.push_back(&tensor);
    }
  }
  SafetensorsWriter writer(file, entries, {{"format", "pt"}});
  for (const Tensor* tensor : tensors) writer.append(bytes_of(*tensor));
  writer.commit();
}

/// Copies a tensor of the file; a missing moment is an undefined tensor, a missing value an error.
void read_slot(const Safetensors& file, const Slot& slot, Parameter& parameter) {
  const std::string name = parameter.spec.name + slot.suffix;
  const auto it = file.tensors().find(name);
  if (it == file.tensors().end()) {
    if (slot.tensor == &Parameter::value)
      fail("[load_checkpoint] {} is missing in {}", name, file.path().string());
    return;
  }
  if (it->second.shape != parameter.spec.shape || it->second.dtype != DType::kF32) {
    fail("[load_checkpoint] {}: expected {} F32, got {} {}, in {}", name, to_string(parameter.spec.shape),
         to_string(it->second.shape), safetensors_name(it->second.dtype), file.path().string());
  }
  Tensor& tensor = parameter.*slot.tensor;
  if (!tensor.defined()) tensor = at::empty(parameter.spec.shape);
  std::memcpy(tensor.mutable_data_ptr(), it->second.data, it->second.num_bytes());
}

Position read_position(const fs::path& checkpoint) {
  const fs::path file = checkpoint / "state.json";
  const JsonFile state(file, "load_checkpoint");
  const JsonField& root = state.root();
  const std::optional<StepKind> step = find_step(root.at("step").as_string());
  if (!step) fail("it does not match {}", file.string());
  const Position position = {*step, root.at("updates").as_integer(0), root.at("log_bytes").as_integer(0)};
  if (checkpoint.filename() != folder_name(position)) fail("it does not match {}", file.string());
  return position;
}

/// Later positions of a run compare greater.
std::pair<StepKind, int64_t> age_of(const Position& position) { return {position.step, position.updates}; }

/// Runs `read`, and adds the remedy to what it refuses.
template <class Read>
auto read_part(const fs::path& checkpoint, const Read& read) {
  try {
    return read();
  } catch (const UserError& error) {
    fail("[load_checkpoint] {} is damaged ({}): remove that folder, and --resume starts over",
         checkpoint.string(), error.what());
  }
}

}  // namespace

void save_checkpoint(const fs::path& folder, const Position& position, ResidentStore& store) {
  const fs::path target = folder / folder_name(position), partial = folder / "partial";
  if (fs::exists(target)) return;
  remove_folder(partial);
  make_folder(partial);
  write_tensors(partial / "tensors.safetensors", store);
  Json updates_of = Json::object();
  for (const Parameter& parameter : store.parameters()) {
    if (parameter.updates > 0) updates_of[parameter.spec.name] = parameter.updates;
  }
  const Json state = {{"step", step_name(position.step)},
                      {"updates", position.updates},
                      {"log_bytes", position.log_bytes},
                      {"updates_of", updates_of}};
  write_text_file(partial / "state.json", state.dump() + "\n");
  rename_folder(partial, target);
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path() != target) remove_folder(entry.path());
  }
}

std::optional<Position> find_checkpoint(const fs::path& folder) {
  std::optional<Position> newest;
  if (!fs::is_directory(folder)) return std::nullopt;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_directory() || entry.path().filename() == "partial") continue;
    const Position position = read_part(entry.path(), [&] { return read_position(entry.path()); });
    if (!newest || age_of(*newest) < age_of(position)) newest = position;
  }
  return newest;
}

void load_checkpoint(const fs::path& folder, const Position& position, ResidentStore& store) {
  const fs::path checkpoint = folder / folder_name(position);
  const at::NoGradGuard no_grad;
  read_part(checkpoint, [&] {
    const Safetensors file(checkpoint / "tensors.safetensors");
    const JsonFile state(checkpoint / "state.json", "load_checkpoint");
    const JsonField updates_of = state.root().at("updates_of");
    for (Parameter& parameter : store.parameters()) {
      for (const Slot& slot : kSlots) read_slot(file, slot, parameter);
      const auto updates = updates_of.find(parameter.spec.name);
      parameter.updates = updates ? updates->as_integer(0, position.updates) : 0;
    }
  });
  store.refresh_adapted();
}

}  // namespace radlads::train
