#include "model/model_folder.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <system_error>

#include "core/error.h"
#include "core/half.h"
#include "core/log.h"
#include "core/parallel.h"
#include "io/file.h"
#include "io/printable.h"
#include "model/rwkv_layout.h"

namespace radlads {
namespace {

class LayerTensors : public StoredTensors {
 public:
  LayerTensors(const TensorFolder& tensors, const NetworkSpec& network, int64_t layer)
      : tensors_(tensors), prefix_(mixer_prefix(network, layer)) {}

  const TensorView* find(std::string_view name) const override {
    return tensors_.find(prefix_ + std::string(name));
  }

 private:
  const TensorFolder& tensors_;
  std::string prefix_;
};

/// Sets the options that the tensors of layers without attention imply: the first may lack some, so the last
/// is asked, too.
void infer_options(const TensorFolder& tensors, ModelConfig& config) {
  const LayerTensors first(tensors, *config.network, 0);
  config.qkv_bias = first.find("q_proj.bias") != nullptr;
  config.o_bias = first.find("o_proj.bias") != nullptr;
  std::vector<int64_t> converted;
  for (int64_t l = 0; l < config.L; ++l) {
    if (!config.mixer_of(l).is_attention) converted.push_back(l);
  }
  for (const int64_t layer : {converted.front(), converted.back()}) {
    config.mixer().read_tensors(LayerTensors(tensors, *config.network, layer), config.options);
  }
}

constexpr int64_t kPiece = 1 << 16;  // numbers that are converted at a time

/// Numbers [begin, begin + out.size()) of a floating tensor.
void read_piece(const TensorView& tensor, int64_t begin, std::span<float> out) {
  const size_t width = size_of(tensor.dtype);
  convert_to_float({tensor.data + static_cast<size_t>(begin) * width, out.size() * width}, tensor.dtype, out);
}

bool is_finite(const TensorView& tensor) {
  std::vector<float> values(kPiece);
  for (int64_t begin = 0; begin < tensor.size(); begin += kPiece) {
    const std::span piece(values.data(), static_cast<size_t>(std::min(kPiece, tensor.size() - begin)));
    read_piece(tensor, begin, piece);
    if (!std::ranges::all_of(piece, [](float value) { return std::isfinite(value); })) return false;
  }
  return true;
}

/// Compares piece by piece as floats: a head may be stored in another type than the embedding.
bool same_values(const TensorView& a, const TensorView& b) {
  if (a.shape != b.shape || !is_floating(a.dtype) || !is_floating(b.dtype)) return false;
  std::vector<float> values_a(kPiece), values_b(kPiece);
  for (int64_t begin = 0; begin < a.size(); begin += kPiece) {
    const auto count = static_cast<size_t>(std::min(kPiece, a.size() - begin));
    read_piece(a, begin, {values_a.data(), count});
    read_piece(b, begin, {values_b.data(), count});
    if (!std::equal(values_a.begin(), values_a.begin() + static_cast<ptrdiff_t>(count), values_b.begin()))
      return false;
  }
  return true;
}

/// What tie_word_embeddings: true means depends on what is stored (tie_weights of transformers 5): of the
/// embedding and the head, one may be left out; a head with values of its own is not tied.
void settle_tied_head(TensorFolder& tensors, ModelConfig& config) {
  const std::string embedding_name = fmt::format("{}.weight", config.network->embedding),
                    head_name = fmt::format("{}.weight", config.network->head);
  const TensorView* const embedding = tensors.find(embedding_name);
  const TensorView* const head = tensors.find(head_name);
  if (!config.tie_word_embeddings || head == nullptr) return;
  if (embedding == nullptr) {
    tensors.derive(embedding_name, *head, head_name);
  } else if (!same_values(*embedding, *head)) {
    config.tie_word_embeddings = false;
    warn(
        "{} says tie_word_embeddings: true, but the folder has a {} with values of its own, which is used, "
        "as in transformers; set tie_word_embeddings to false there",
        (tensors.folder() / "config.json").string(), head_name);
  }
}

/// The floating type in which most numbers of the table's tensors are stored.
DType most_common_dtype(const TensorFolder& tensors, const std::vector<TensorSpec>& table) {
  std::map<DType, int64_t> counts = {{DType::kF32, 0}};
  for (const TensorSpec& spec : table) {
    const TensorView* tensor = tensors.find(spec.name);
    if (tensor != nullptr && is_floating(tensor->dtype)) counts[tensor->dtype] += tensor->size();
  }
  return std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->first;
}

void check_tensors(const ModelFolder& model, const std::filesystem::path& folder) {
  std::set<std::string_view> known;
  for (const TensorSpec& spec : model.table) {
    known.insert(spec.name);
    const TensorView* tensor = model.tensors.find(spec.name);
    if (tensor == nullptr) {
      fail("[open_model] {} is missing in {}: a {} needs it", spec.name, folder.string(),
           model.config.model_type);
    }
    const std::string file = model.tensors.file_of(spec.name).string();
    if (tensor->shape != spec.shape) {
      fail("[open_model] {}: expected {}, got {} in {}", spec.name, to_string(spec.shape),
           to_string(tensor->shape), file);
    }
    if (!is_floating(tensor->dtype)) {
      fail("[open_model] {}: weights of type {} are not supported, in {}", spec.name,
           safetensors_name(tensor->dtype), file);
    }
  }
  const auto is_needless = [&](std::string_view name) {
    const bool tied_head =
        model.config.tie_word_embeddings && name == fmt::format("{}.weight", model.config.network->head);
    const bool rotary_table =
        name.ends_with("rotary_emb.inv_freq");  // old Llama folders; derived from the config
    return tied_head || rotary_table;
  };
  const auto check_place = [&](const std::string& name) {
    if (known.contains(name) || is_needless(name)) return;
    fail("[open_model] {} does not belong in a {}, in {}", printable(name), model.config.model_type,
         folder.string());
  };
  for (const auto& [name, tensor] : model.tensors.tensors()) check_place(name);
  for (const auto& [name, type] : model.tensors.others()) check_place(name);
  for (const auto& [name, shard] : model.tensors.missing()) {
    if (is_needless(name)) continue;
    fail("[open_model] {} is not in {}, where the index says it is, in {}; download or copy the model again",
         printable(name), printable(shard), folder.string());
  }
}

}  // namespace

void check_finite(const ModelFolder& model) {
  std::vector<char> finite(model.table.size());
  parallel_items(std::ssize(model.table), available_cores(), [&](int64_t i) {
    finite[static_cast<size_t>(i)] = is_finite(model.tensor(model.table[static_cast<size_t>(i)]));
  });
  const auto first = std::ranges::find(finite, 0);
  if (first == finite.end()) return;
  const std::string& name = model.table[static_cast<size_t>(first - finite.begin())].name;
  fail(
      "[open_model] {} has values that are not finite (NaN or infinite) in {}: the weights are damaged; "
      "download or copy the model again",
      name, model.tensors.file_of(name).string());
}

StoredDTypes stored_dtypes(const ModelFolder& origin, DType dtype) {
  std::map<std::string, DType> exceptions;
  if (most_common_dtype(origin.tensors, origin.table) == dtype) {
    for (const TensorSpec& spec : origin.table) exceptions.emplace(spec.name, origin.tensor(spec).dtype);
  }
  return [dtype, exceptions = std::move(exceptions)](const TensorSpec& spec) {
    const auto it = exceptions.find(spec.name);
    return it == exceptions.end() ? dtype : it->second;
  };
}

ModelFolder open_rwkv_weights(const std::filesystem::path& file) {
  TensorFolder tensors(file);
  adopt_rwkv_layout(tensors);
  ModelConfig config = parse_config(rwkv_config(tensors), file.string());
  infer_options(tensors, config);
  std::vector<TensorSpec> table = tensor_table(config);
  ModelFolder model = {std::move(config), std::move(table), std::move(tensors)};
  check_tensors(model, file);
  return model;
}

ModelFolder open_model(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    fail(
        "[open_model] {} is not a model folder: give a Hugging Face folder with config.json and "
        "model.safetensors",
        folder.string());
  }
  std::error_code ignored;
  if (!std::filesystem::exists(folder / "config.json", ignored)) {
    fail("[open_model] {} is not a model folder: {}", folder.string(),
         is_adapter(folder)
             ? "it has an adapter, which must be merged into its model first (PEFT: merge_and_unload)"
             : "it has no config.json");
  }
  ModelConfig config = read_config(folder);
  TensorFolder tensors(folder);
  if (config.network == &kRwkvNetwork) adopt_rwkv_layout(tensors);
  settle_tied_head(tensors, config);
  if (!config.is_teacher()) infer_options(tensors, config);
  std::vector<TensorSpec> table = tensor_table(config);
  if (!config.dtype_is_stated) config.dtype = most_common_dtype(tensors, table);
  if (config.is_student()) config.source = student_source(config);
  ModelFolder model = {std::move(config), std::move(table), std::move(tensors)};
  check_tensors(model, folder);
  return model;
}

void export_model(const std::filesystem::path& folder, const ModelConfig& config, const TensorValues& values,
                  const StoredDTypes& dtypes) {
  const std::vector<TensorSpec> table = tensor_table(config);
  std::vector<SafetensorsEntry> entries;
  for (const TensorSpec& spec : table)
    entries.push_back({spec.name, dtypes ? dtypes(spec) : config.dtype, spec.shape});
  std::vector<float> floats;
  std::vector<std::byte> bytes;
  write_tensor_folder(folder, entries, [&](size_t i) -> std::span<const std::byte> {
    const DType dtype = entries[i].dtype;
    floats.resize(static_cast<size_t>(num_elements(table[i].shape)));
    bytes.resize(floats.size() * size_of(dtype));
    values(table[i], floats);
    if (!convert_from_float(floats, dtype, bytes)) {
      fail("[export] {}: a value is too large for {}; choose --export_dtype bfloat16", table[i].name,
           torch_name(dtype));
    }
    return bytes;
  });
  write_text_file(folder / "config.json", config.source);
}

}  // namespace radlads
