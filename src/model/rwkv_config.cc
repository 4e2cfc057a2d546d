// The config.json of RWKV-7 weights that came without one.
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "model/rwkv_layout.h"

namespace radlads {
namespace {

/// A tensor of two axes.
const TensorView& matrix(const TensorFolder& tensors, const std::string& name) {
  const TensorView* const tensor = tensors.find(name);
  if (tensor == nullptr) {
    fail("[rwkv_config] {} is missing in {}: these are not the weights of an RWKV-7 model", name,
         tensors.folder().string());
  }
  if (tensor->shape.size() != 2) {
    fail("[rwkv_config] {} must have two axes, not the shape {}, in {}", name, to_string(tensor->shape),
         tensors.folder().string());
  }
  return *tensor;
}

/// One more than the largest number of a block.
int64_t num_layers(const TensorFolder& tensors) {
  constexpr std::string_view kBlocks = "model.blocks.";
  int64_t layers = 0;
  for (const auto& [name, tensor] : tensors.tensors()) {
    if (!name.starts_with(kBlocks)) continue;
    int64_t layer = 0;
    const char* const end = name.data() + name.size();
    if (std::from_chars(name.data() + kBlocks.size(), end, layer).ec == std::errc())
      layers = std::max(layers, layer + 1);
  }
  return layers;
}

/// "rwkv7-g1d-1.5b-20251202-ctx8192.pth" says what texts a model was trained on; 0 if a name does not.
int64_t context_in(const std::string& name) {
  constexpr std::string_view kMark = "ctx";
  int64_t context = 0;
  const size_t mark = name.rfind(kMark);
  if (mark == std::string::npos) return 0;
  std::from_chars(name.data() + mark + kMark.size(), name.data() + name.size(), context);
  return context;
}

}  // namespace

std::string rwkv_config(const TensorFolder& tensors) {
  const TensorView &embedding = matrix(tensors, "model.emb.weight"),
                   &r_k = matrix(tensors, "model.blocks.0.att.r_k");
  const int64_t L = num_layers(tensors);
  const auto rank = [&](const char* name, int64_t layer) {
    return matrix(tensors, fmt::format("model.blocks.{}.att.{}", layer, name)).shape[1];
  };
  nlohmann::json json = {{"model_type", "rwkv7"},
                         {"architectures", {"Rwkv7ForCausalLM"}},
                         {"vocab_size", embedding.shape[0]},
                         {"hidden_size", embedding.shape[1]},
                         {"num_hidden_layers", L},
                         {"head_size", r_k.shape[1]},
                         {"intermediate_size", matrix(tensors, "model.blocks.0.ffn.key.weight").shape[0]},
                         {"decay_low_rank_dim", rank("w1", 0)},
                         {"a_low_rank_dim", rank("a1", 0)},
                         {"gate_low_rank_dim", rank("g1", 0)},
                         {"layer_norm_epsilon", 1e-5},
                         {"group_norm_epsilon", 64e-5},
                         {"embedding_layer_norm_fused", tensors.find("model.blocks.0.ln0.weight") == nullptr},
                         {"bos_token_id", 0},
                         {"eos_token_id", 0},
                         {"tie_word_embeddings", false},
                         {"torch_dtype", torch_name(embedding.dtype)},
                         {"use_cache", true}};
  if (L > 1) json["v_low_rank_dim"] = rank("v1", 1);
  const int64_t context = context_in(tensors.folder().filename().string());
  if (context > 0) json["context_length"] = context;
  return json.dump(2) + "\n";
}

}  // namespace radlads
