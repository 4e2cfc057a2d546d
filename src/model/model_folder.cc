#include "model/model_folder.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.h"
#include "core/half.h"
#include "core/log.h"
#include "io/printable.h"

namespace radlads {
namespace {

/// Sets the options that the tensors of the first RAD layer imply.
void infer_options(const TensorFolder& tensors, ModelConfig& config) {
  const auto find = [&](int64_t layer, const char* name) {
    return tensors.find(fmt::format("{}self_attn.{}", layer_prefix(layer), name));
  };
  config.qkv_bias = find(0, "q_proj.bias") != nullptr;
  config.o_bias = find(0, "o_proj.bias") != nullptr;
  int64_t layer = 0;
  while (layer < config.L && config.mixers[static_cast<size_t>(layer)] == MixerKind::kSoftmax) ++layer;
  const auto columns = [&](const char* name, int64_t& rank) {
    const TensorView* tensor = find(layer, name);
    if (tensor != nullptr && tensor->shape.size() == 2) rank = tensor->shape[1];
  };
  MixerOptions& options = config.options;
  if (config.rad_kind() == MixerKind::kRad6) {
    columns("time_maa_w1", options.lora_rank_tokenshift);
    options.lora_rank_tokenshift /= find(layer, "time_maa_w1") != nullptr ? 5 : 1;
    columns("time_decay_w1", options.lora_rank_decay);
  } else {
    columns("w1", options.lora_rank_decay);
    columns("a1", options.lora_rank_iclr);
    columns("v1", options.lora_rank_value_residual_mix);
  }
  columns("g1", options.lora_rank_gate);
  if (find(layer, "gate.weight") != nullptr) options.gate_rank_type = 1;
  if (find(layer, "g1") != nullptr) options.gate_rank_type = 2;
  options.groupnorm_att = find(layer, "ln_x.weight") != nullptr;
}

/// Compares piece by piece as floats: a head may be stored in another type than the embedding.
bool same_values(const TensorView& a, const TensorView& b) {
  constexpr int64_t kPiece = 1 << 16;
  if (a.shape != b.shape || !is_floating(a.dtype) || !is_floating(b.dtype)) return false;
  std::vector<float> values_a(kPiece), values_b(kPiece);
  const auto piece = [](const TensorView& tensor, int64_t begin, int64_t count, std::vector<float>& values) {
    const size_t width = size_of(tensor.dtype);
    convert_to_float({tensor.data + static_cast<size_t>(begin) * width, static_cast<size_t>(count) * width},
                     tensor.dtype, {values.data(), static_cast<size_t>(count)});
  };
  for (int64_t begin = 0; begin < a.size(); begin += kPiece) {
    const int64_t count = std::min(kPiece, a.size() - begin);
    piece(a, begin, count, values_a);
    piece(b, begin, count, values_b);
    if (!std::equal(values_a.begin(), values_a.begin() + count, values_b.begin())) return false;
  }
  return true;
}

/// What tie_word_embeddings: true means depends on what is stored (tie_weights of transformers 5): of the
/// embedding and the head, one may be left out; a head with values of its own is not tied.
void settle_tied_head(TensorFolder& tensors, ModelConfig& config) {
  const std::string embedding_name = "model.embed_tokens.weight", head_name = "lm_head.weight";
  const TensorView* const embedding = tensors.find(embedding_name);
  const TensorView* const head = tensors.find(head_name);
  if (!config.tie_word_embeddings || head == nullptr) return;
  if (embedding == nullptr) {
    tensors.name_also(embedding_name, head_name);
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
    const bool tied_head = model.config.tie_word_embeddings && name == "lm_head.weight";
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

ModelFolder open_model(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    fail(
        "[open_model] {} is not a model folder: give a Hugging Face folder with config.json and "
        "model.safetensors",
        folder.string());
  }
  ModelConfig config = read_config(folder);
  TensorFolder tensors(folder);
  settle_tied_head(tensors, config);
  if (!config.is_teacher()) infer_options(tensors, config);
  std::vector<TensorSpec> table = tensor_table(config);
  if (!config.dtype_is_stated) config.dtype = most_common_dtype(tensors, table);
  if (!config.is_teacher()) config.source = student_source(config);
  ModelFolder model = {std::move(config), std::move(table), std::move(tensors)};
  check_tensors(model, folder);
  return model;
}

}  // namespace radlads
