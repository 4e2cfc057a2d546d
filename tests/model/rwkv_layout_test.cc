#include "model/rwkv_layout.h"

#include <cstring>
#include <functional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "io/file.h"
#include "io/torch_file.h"
#include "model/model_folder.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

struct Weight {
  std::string name;
  Shape shape;
  std::vector<float> values;
};

Weight transposed(Weight weight) {
  const auto rows = static_cast<size_t>(weight.shape[0]), columns = static_cast<size_t>(weight.shape[1]);
  Weight result = {weight.name, {weight.shape[1], weight.shape[0]}, weight.values};
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) result.values[j * rows + i] = weight.values[i * columns + j];
  }
  return result;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t place = text.find(from);
  if (place != std::string::npos) text.replace(place, from.size(), to);
  return text;
}

class RwkvLayoutTest : public testing::Test {
 protected:
  RwkvLayoutTest() {
    write_tiny_goose(folder_ / "ours");
    const ModelFolder model = open_model(folder_ / "ours");
    for (const TensorSpec& spec : model.table) {
      const std::span<const float> values = model.tensor(spec).f32();
      ours_.push_back({spec.name, spec.shape, {values.begin(), values.end()}});
    }
  }

  /// All weights with names without "model.", as the authors have them.
  std::vector<Weight> of_authors() const {
    std::vector<Weight> weights = ours_;
    for (Weight& weight : weights) weight.name = replaced(weight.name, "model.", "");
    return weights;
  }

  /// As flash-linear-attention's converter writes them.
  std::vector<Weight> of_fla() const {
    const std::pair<std::string, std::string> renames[] = {{"model.emb.", "model.embeddings."},
                                                           {"model.ln_out.", "model.norm."},
                                                           {"head.", "lm_head."},
                                                           {".blocks.", ".layers."},
                                                           {".ln0.", ".pre_norm."},
                                                           {".ln1.", ".attn_norm."},
                                                           {".ln2.", ".ffn_norm."},
                                                           {".att.", ".attn."},
                                                           {".receptance.", ".r_proj."},
                                                           {".attn.key.", ".attn.k_proj."},
                                                           {".attn.value.", ".attn.v_proj."},
                                                           {".output.", ".o_proj."},
                                                           {".ln_x.", ".g_norm."}};
    std::vector<Weight> weights;
    for (Weight weight : ours_) {
      for (const auto& [from, to] : renames) weight.name = replaced(weight.name, from, to);
      for (const char of : {'w', 'a', 'v', 'g'}) {
        const std::string stem = fmt::format("attn.{}", of), lora = fmt::format("attn.{}_lora.lora.", of);
        if (weight.name.ends_with(stem + "0")) {
          weight.name = replaced(weight.name, stem + "0", lora + "2.bias");
          weight.shape = {weight.shape.back()};
        }
        for (const auto& [part, linear] : {std::pair{"1", "0.weight"}, {"2", "2.weight"}}) {
          if (!weight.name.ends_with(stem + part)) continue;
          weight = transposed(weight);
          weight.name = replaced(weight.name, stem + part, lora + linear);
        }
      }
      weights.push_back(weight);
    }
    return weights;
  }

  /// With one tensor for the six token shifts of a layer, as older files have it.
  static std::vector<Weight> with_joined_shifts(const std::vector<Weight>& weights) {
    std::vector<Weight> result;
    for (const Weight& weight : weights) {
      const size_t shift = weight.name.find("attn.x_");
      if (shift == std::string::npos) {
        result.push_back(weight);
        continue;
      }
      const std::string name = weight.name.substr(0, shift) + "attn.x_x";
      if (result.empty() || result.back().name != name)
        result.push_back({name, {0, 1, 1, weight.shape.back()}, {}});
      Weight& joined = result.back();
      ++joined.shape[0];
      joined.values.insert(joined.values.end(), weight.values.begin(), weight.values.end());
    }
    return result;
  }

  void write(const std::string& name, const std::vector<Weight>& weights) const {
    std::vector<SafetensorsEntry> entries;
    for (const Weight& weight : weights) entries.push_back({weight.name, DType::kF32, weight.shape});
    const auto bytes = [&](size_t i) { return std::as_bytes(std::span(weights[i].values)); };
    if (name.ends_with(".pth")) return write_torch_file(folder_ / name, entries, bytes);
    if (name.ends_with(".st")) {
      make_folder(folder_ / "st");
      write_tensor_folder(folder_ / "st", entries, bytes);
      std::filesystem::rename(folder_ / "st" / "model.safetensors", folder_ / name);
      return;
    }
    make_folder(folder_ / name);
    write_tensor_folder(folder_ / name, entries, bytes);
  }

  void write_config(const std::string& folder, const std::function<void(nlohmann::json&)>& change) const {
    nlohmann::json json = nlohmann::json::parse(read_text_file(folder_ / "ours" / "config.json"));
    change(json);
    write_text_file(folder_ / folder / "config.json", json.dump());
  }

  void expect_ours(const ModelFolder& model) const {
    ASSERT_EQ(model.table.size(), ours_.size());
    for (size_t i = 0; i < ours_.size(); ++i) {
      EXPECT_EQ(model.table[i].name, ours_[i].name);
      const std::span<const float> values = model.tensor(model.table[i]).f32();
      EXPECT_TRUE(std::ranges::equal(values, ours_[i].values)) << ours_[i].name;
    }
    const ModelConfig wanted = open_model(folder_ / "ours").config;
    EXPECT_EQ(model.config.norm_eps, wanted.norm_eps);
    EXPECT_EQ(model.config.head_norm_eps, wanted.head_norm_eps);
    EXPECT_EQ(model.config.N, wanted.N);
    EXPECT_EQ(model.config.F, wanted.F);
    EXPECT_EQ(model.config.norms_embedding, wanted.norms_embedding);
    EXPECT_EQ(model.config.eos_token_ids, wanted.eos_token_ids);
  }

  TempFolder folder_;
  std::vector<Weight> ours_;
};

TEST_F(RwkvLayoutTest, TheAuthorsFilesNeedNoConfig) {
  write("rwkv7-tiny-ctx512.pth", of_authors());
  write("tiny.st", of_authors());
  const ModelFolder of_torch = open_rwkv_weights(folder_ / "rwkv7-tiny-ctx512.pth");
  expect_ours(of_torch);
  EXPECT_EQ(of_torch.config.max_position_embeddings, 512);
  expect_ours(open_rwkv_weights(folder_ / "tiny.st"));
}

TEST_F(RwkvLayoutTest, PrefixesOfWrappersAndUnusedTensorsAreLeftOut) {
  std::vector<Weight> weights = of_authors();
  for (Weight& weight : weights) weight.name.insert(0, "_orig_mod.");
  for (const char* unused : {"v0", "v1", "v2"})
    weights.push_back({fmt::format("_orig_mod.blocks.0.att.{}", unused), {2, 3}, std::vector<float>(6)});
  write("wrapped.pth", weights);
  expect_ours(open_rwkv_weights(folder_ / "wrapped.pth"));
}

TEST_F(RwkvLayoutTest, FlashLinearAttentionsFoldersAreRead) {
  const auto change = [](nlohmann::json& json) {
    json.erase("head_size");
    json.erase("layer_norm_epsilon");
    json.erase("group_norm_epsilon");
    json.erase("embedding_layer_norm_fused");
    json["architectures"] = {"RWKV7ForCausalLM"};
    json["head_dim"] = 64;
    json["num_heads"] = 32;  // as its converter leaves it
    json["norm_eps"] = 1e-5;
    json["bos_token_id"] = 1;
    json["eos_token_id"] = 2;
  };
  write("fla", of_fla());
  write_config("fla", change);
  expect_ours(open_model(folder_ / "fla"));
  write("old", with_joined_shifts(of_fla()));
  write_config("old", change);
  expect_ours(open_model(folder_ / "old"));
}

TEST_F(RwkvLayoutTest, LowRankPairsMayBeLinearLayers) {
  std::vector<Weight> weights = ours_;
  for (Weight& weight : weights) {
    weight.name = replaced(weight.name, "model.emb.", "model.embeddings.");
    const char part = weight.name.back();
    if (weight.name.find(".att.") == std::string::npos || (part != '1' && part != '2')) continue;
    weight = transposed(weight);
    weight.name += ".weight";
  }
  write("linear", weights);
  write_config("linear", [](nlohmann::json& json) { json["model_type"] = "rwkv"; });
  expect_ours(open_model(folder_ / "linear"));
}

TEST_F(RwkvLayoutTest, ANormThatIsInTheEmbeddingIsNotAppliedAgain) {
  std::vector<Weight> weights = ours_;
  std::erase_if(weights, [](const Weight& weight) { return weight.name.find("ln0") != std::string::npos; });
  write("fused", weights);
  write_config("fused", [](nlohmann::json& json) { json["embedding_layer_norm_fused"] = true; });
  EXPECT_FALSE(open_model(folder_ / "fused").config.norms_embedding);
  EXPECT_FALSE(open_rwkv_weights(folder_ / "fused" / "model.safetensors").config.norms_embedding);
}

TEST_F(RwkvLayoutTest, WhatIsNotThisModelIsRefused) {
  const auto refusal = [&](std::vector<Weight> weights) {
    write("bad.pth", weights);
    return user_error(folder_, [&] { open_rwkv_weights(folder_ / "bad.pth"); });
  };
  std::vector<Weight> weights = of_authors();
  weights.push_back({"blocks.0.ffn.s_emb.weight", {2}, {0, 0}});
  EXPECT_EQ(
      refusal(weights),
      "[open_model] blocks.0.ffn.s_emb.weight: RWKV-7 with DeepEmbed (rwkv7a) is not supported, only RWKV-7 "
      "itself, in DIR/bad.pth");
  weights = of_authors();
  std::erase_if(weights, [](const Weight& weight) { return weight.name == "blocks.1.att.k_a"; });
  EXPECT_NE(refusal(weights).find("model.blocks.1.att.k_a is missing in DIR/bad.pth"), std::string::npos);
  weights = of_authors();
  weights.push_back({"model.emb.weight", {1}, {0}});
  EXPECT_NE(refusal(weights).find("is the same tensor by another name"), std::string::npos);
  weights = {{"x", {1}, {0}}};
  EXPECT_NE(refusal(weights).find("not the weights of an RWKV-7 model"), std::string::npos);
}

/// The counts of the paper's models (arXiv 2503.14456).
TEST(RwkvConfig, PublishedSizesHaveTheirParameters) {
  struct Size {
    int64_t C, L, w, a, v, g, parameters;
  };
  for (const Size& size :
       {Size{768, 12, 64, 64, 32, 128, 191034624}, Size{1024, 24, 64, 64, 32, 128, 450767872},
        Size{2048, 24, 96, 96, 64, 256, 1527404544}, Size{2560, 32, 96, 96, 64, 320, 2947735040}}) {
    const nlohmann::json json = {{"model_type", "rwkv7"},        {"vocab_size", 65536},
                                 {"hidden_size", size.C},        {"num_hidden_layers", size.L},
                                 {"decay_low_rank_dim", size.w}, {"a_low_rank_dim", size.a},
                                 {"v_low_rank_dim", size.v},     {"gate_low_rank_dim", size.g}};
    EXPECT_EQ(num_parameters(parse_config(json.dump(), "test")), size.parameters);
  }
}

TEST(RwkvConfig, WhatWouldComputeSomethingElseIsRefused) {
  const auto refusal = [](const char* field, const nlohmann::json& value) {
    nlohmann::json json = {
        {"model_type", "rwkv7"}, {"vocab_size", 97}, {"hidden_size", 128}, {"num_hidden_layers", 2}};
    json[field] = value;
    try {
      parse_config(json.dump(), "config.json");
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(refusal("hidden_act", "silu").find("hidden_act \"silu\" is not supported"), std::string::npos);
  EXPECT_NE(refusal("attn", {{"layers", {1}}}).find("softmax attention"), std::string::npos);
  EXPECT_NE(refusal("norm_bias", false).find("norm_bias: false"), std::string::npos);
  EXPECT_NE(refusal("norm_first", false).find("norm_first: false"), std::string::npos);
  EXPECT_NE(refusal("head_dim", 96).find("multiple of the head size 96"), std::string::npos);
  EXPECT_EQ(refusal("num_heads", 32), "");
}

}  // namespace
}  // namespace radlads
