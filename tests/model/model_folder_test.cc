#include "model/model_folder.h"

#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/file.h"
#include "mixers/table.h"
#include "model/config.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

class ModelFolderTest : public testing::Test {
 protected:
  ModelFolderTest() { write_tiny_model(teacher(), tiny_config()); }

  fs::path teacher() const { return folder_.path() / "teacher"; }
  fs::path student() const { return folder_.path() / "student"; }

  void change_config(const fs::path& folder, const std::string& field, const nlohmann::json& value) const {
    auto json = nlohmann::json::parse(read_text_file(folder / "config.json"));
    json[field] = value;
    write_text_file(folder / "config.json", json.dump());
  }

  static std::string refusal(const fs::path& folder) {
    try {
      open_model(folder);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }

  TempFolder folder_;
};

TEST_F(ModelFolderTest, ATeacherOpens) {
  const ModelFolder model = open_model(teacher());
  EXPECT_EQ(model.table.size(), model.tensors.tensors().size());
  EXPECT_EQ(model.tensor(model.table[0]).shape, (Shape{2048, 32}));
}

TEST_F(ModelFolderTest, AStudentsTensorsWinOverItsConfig) {
  MixerOptions options = fresh_options(mixers::Rad7::spec, 32);
  options.set("lora_rank_decay", 8);
  options.set("lora_rank_gate", 24);
  write_tiny_student(student(), teacher(), mixers::Rad7::spec, options);
  for (const char* rank : {"lora_rank_decay", "lora_rank_iclr", "lora_rank_gate"})
    change_config(student(), rank, nullptr);
  change_config(student(), "attention_bias", false);
  change_config(student(), "gate_rank_type", 1);
  const ModelConfig config = open_model(student()).config;
  EXPECT_EQ(config.options["lora_rank_decay"], 8);
  EXPECT_EQ(config.options["lora_rank_iclr"], 32);
  EXPECT_EQ(config.options["lora_rank_gate"], 24);
  EXPECT_EQ(config.options["gate_rank_type"], 2);
  EXPECT_TRUE(config.qkv_bias);
}

TEST_F(ModelFolderTest, SizesThatContradictTheTensorsAreRefused) {
  change_config(teacher(), "hidden_size", 40);
  const std::string message = refusal(teacher());
  EXPECT_NE(message.find("expected [2048, 40], got [2048, 32]"), std::string::npos) << message;
  EXPECT_NE(message.find("model.safetensors"), std::string::npos) << message;
}

TEST_F(ModelFolderTest, AMissingTensorIsNamed) {
  change_config(teacher(), "num_hidden_layers", 4);
  EXPECT_NE(refusal(teacher()).find("model.layers.3.input_layernorm.weight is missing"), std::string::npos)
      << refusal(teacher());
}

TEST_F(ModelFolderTest, ATensorWithoutAPlaceIsNamed) {
  change_config(teacher(), "num_hidden_layers", 2);
  const std::string message = refusal(teacher());
  EXPECT_NE(message.find("model.layers.2."), std::string::npos) << message;
  EXPECT_NE(message.find("does not belong"), std::string::npos) << message;
}

/// A folder where config.json calls the head tied, but the file has one with other values.
class TiedHeadTest : public ModelFolderTest {
 protected:
  TiedHeadTest() { change_config(teacher(), "tie_word_embeddings", true); }

  /// What opening the teacher's folder gives, and its warnings.
  ModelFolder open(std::string& said) const {
    testing::internal::CaptureStderr();
    ModelFolder model = open_model(teacher());
    said = testing::internal::GetCapturedStderr();
    return model;
  }

  /// Leaves out all tensors of this name.
  void drop(const std::string& name) const {
    const TensorFolder tensors(teacher());
    std::vector<SafetensorsEntry> entries;
    for (const auto& [key, view] : tensors.tensors()) {
      if (key != name) entries.push_back({key, view.dtype, view.shape});
    }
    write_tensor_folder(teacher(), entries, [&](size_t i) -> std::span<const std::byte> {
      const TensorView& view = tensors.at(entries[i].name);
      return {view.data, view.num_bytes()};
    });
  }

  /// Gives the head the embedding's values, but for `difference` at its end.
  void copy_embedding_to_head(float difference) const {
    std::vector<float> embedding;
    write_changed_model(folder_.path() / "changed", teacher(),
                        [&](const std::string& name, std::span<float> values) {
                          if (name == "model.embed_tokens.weight")
                            embedding.assign(values.begin(), values.end());
                          if (name != "lm_head.weight") return;
                          std::copy(embedding.begin(), embedding.end(), values.begin());
                          values.back() += difference;
                        });
    fs::copy_file(folder_.path() / "changed/model.safetensors", teacher() / "model.safetensors",
                  fs::copy_options::overwrite_existing);
  }
};

TEST_F(TiedHeadTest, AHeadWithValuesOfItsOwnIsUsedWithAWarning) {
  std::string said;
  const ModelFolder model = open(said);
  EXPECT_FALSE(model.config.tie_word_embeddings);
  EXPECT_EQ(model.table.back().name, "lm_head.weight");
  EXPECT_NE(said.find("config.json says tie_word_embeddings: true"), std::string::npos) << said;
  const ModelConfig student = student_config(model.config, mixers::Rad7::spec,
                                             fresh_options(mixers::Rad7::spec, 32), {}, false, DType::kF32);
  EXPECT_EQ(nlohmann::json::parse(student.source)["tie_word_embeddings"], false);
}

TEST_F(TiedHeadTest, AHeadThatDiffersInOneValueIsAHeadOfItsOwn) {
  std::string said;
  copy_embedding_to_head(1e-3f);
  EXPECT_FALSE(open(said).config.tie_word_embeddings);
  copy_embedding_to_head(0);
  EXPECT_TRUE(open(said).config.tie_word_embeddings);
  EXPECT_EQ(said, "");
}

TEST_F(TiedHeadTest, OneOfTheTwoTensorsIsEnough) {
  std::string said;
  const std::vector<std::byte> head = [&] {
    const ModelFolder both = open(said);
    const TensorView& view = both.tensors.at("lm_head.weight");
    return std::vector<std::byte>(view.data, view.data + view.num_bytes());
  }();
  drop("model.embed_tokens.weight");
  const ModelFolder model = open(said);
  EXPECT_EQ(said, "");
  EXPECT_TRUE(model.config.tie_word_embeddings);
  const TensorView& embedding = model.tensor(model.table.front());
  EXPECT_TRUE(std::equal(head.begin(), head.end(), embedding.data));
  drop("lm_head.weight");
  EXPECT_NE(refusal(teacher()).find("model.embed_tokens.weight is missing"), std::string::npos);
}

TEST_F(TiedHeadTest, AStudentsConfigSaysWhatItsTensorsAre) {
  write_tiny_student(student(), teacher(), mixers::Rad7::spec, fresh_options(mixers::Rad7::spec, 32));
  change_config(student(), "tie_word_embeddings", true);
  change_config(student(), "lora_rank_decay", nullptr);
  testing::internal::CaptureStderr();
  const ModelFolder model = open_model(student());
  testing::internal::GetCapturedStderr();
  const ModelConfig again = parse_config(model.config.source, "again");
  EXPECT_EQ(again.tie_word_embeddings, model.config.tie_word_embeddings);
  EXPECT_EQ(again.options["lora_rank_decay"], 32);
}

// Norms in float32 beside matrices in bfloat16, as some teachers are.
class StoredTypesTest : public ModelFolderTest {
 protected:
  StoredTypesTest() {
    const ModelFolder model = open_model(teacher());
    export_model(
        folder_.path() / "teacher", model.config,
        [&](const TensorSpec& spec, std::span<float> out) { std::ranges::fill(out, spec.layer + 0.5f); },
        [](const TensorSpec& spec) { return spec.part == Part::kNorm ? DType::kF32 : DType::kBF16; });
  }

  /// The types of a norm and of a matrix in a model of this type that is made of the teacher.
  std::pair<DType, DType> stored(DType dtype) const {
    const ModelFolder model = open_model(teacher());
    const StoredDTypes dtypes = stored_dtypes(model, dtype);
    return {dtypes(model.table.at(1)), dtypes(model.table.at(2))};
  }
};

TEST_F(StoredTypesTest, WithoutAWordOfTheConfigTheWeightsSayIt) {
  for (const nlohmann::json& dtype : {nlohmann::json(nullptr), nlohmann::json("auto")}) {
    change_config(teacher(), "torch_dtype", dtype);
    EXPECT_EQ(open_model(teacher()).config.dtype, DType::kBF16);
  }
  change_config(teacher(), "torch_dtype", "torch.float16");
  EXPECT_EQ(open_model(teacher()).config.dtype, DType::kF16);
  change_config(teacher(), "dtype", "float32");
  EXPECT_EQ(open_model(teacher()).config.dtype, DType::kF32) << "the newer spelling counts";
}

TEST_F(StoredTypesTest, AModelOfTheSameTypeKeepsTheMixture) {
  EXPECT_EQ(stored(DType::kBF16), (std::pair{DType::kF32, DType::kBF16}));
  EXPECT_EQ(stored(DType::kF32), (std::pair{DType::kF32, DType::kF32}));
  EXPECT_EQ(stored(DType::kF16), (std::pair{DType::kF16, DType::kF16})) << "another type is meant for all";
}

TEST_F(ModelFolderTest, AnIndexMayNameWhatTheModelDoesNotNeed) {
  write_tiny_model(teacher(), tiny_config("qwen2", /*tied=*/true));
  nlohmann::json map;
  for (const TensorSpec& spec : open_model(teacher()).table) map[spec.name] = "one.safetensors";
  fs::rename(teacher() / "model.safetensors", teacher() / "one.safetensors");
  const auto with_index = [&](const std::string& name) {
    nlohmann::json index = {{"weight_map", map}};
    index["weight_map"][name] = "one.safetensors";
    write_text_file(teacher() / "model.safetensors.index.json", index.dump());
    return refusal(teacher());
  };
  EXPECT_EQ(with_index("model.layers.0.self_attn.rotary_emb.inv_freq"), "");
  EXPECT_EQ(with_index("lm_head.weight"), "");
  const std::string message = with_index("model.layers.0.self_attn.o_proj.bias");
  EXPECT_NE(message.find("o_proj.bias is not in one.safetensors"), std::string::npos) << message;
}

TEST_F(ModelFolderTest, SomethingElseIsNoModelFolder) {
  EXPECT_NE(refusal(folder_.path() / "nowhere").find("not a model folder"), std::string::npos);
  const std::filesystem::path folder = folder_.path() / "other";
  make_folder(folder);
  EXPECT_NE(refusal(folder).find("other is not a model folder: it has no config.json"), std::string::npos);
  write_text_file(folder / "adapter_config.json", "{}");
  EXPECT_NE(refusal(folder).find("merged into its model first"), std::string::npos);
}

TEST_F(ModelFolderTest, WeightsThatAreNotFiniteAreNamed) {
  check_finite(open_model(shipped_teacher()));
  const std::string name = "model.norm.weight";
  write_changed_model(folder_.path() / "damaged", shipped_teacher(),
                      [&](const std::string& tensor, auto values) {
                        if (tensor == name) values.back() = std::numeric_limits<float>::infinity();
                      });
  try {
    check_finite(open_model(folder_.path() / "damaged"));
    ADD_FAILURE() << "not noticed";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find(name + " has values that are not finite"), std::string::npos)
        << error.what();
  }
}

TEST_F(ModelFolderTest, ExportRefusesWhatFloat16CannotHold) {
  ModelConfig config = parse_config(tiny_config(), "t");
  config.dtype = DType::kF16;
  const fs::path out = folder_.path() / "half";
  make_folder(out);
  EXPECT_THROW(export_model(out, config,
                            [](const TensorSpec&, std::span<float> values) {
                              std::fill(values.begin(), values.end(), 1e6f);
                            }),
               UserError);
  EXPECT_FALSE(fs::exists(out / "model.safetensors"));
}

TEST(Size, CountsParametersStatesAndCaches) {
  const ModelConfig teacher = parse_config(tiny_config(), "t");
  // 2 x V C + L (2 C + (C A + A) + 2 (C K + K) + A C + 3 C F) + C
  EXPECT_EQ(num_parameters(teacher),
            2 * 2048 * 32 + 3 * (2 * 32 + 32 * 32 + 32 + 2 * (32 * 16 + 16) + 32 * 32 + 3 * 32 * 48) + 32);
  EXPECT_EQ(state_bytes(teacher), 0);
  EXPECT_EQ(cache_bytes_per_token(teacher, 2), 3 * 2 * 16 * 2);
  const ModelConfig rad6 = student_config(teacher, mixers::Rad6::spec, fresh_options(mixers::Rad6::spec, 32),
                                          {1}, false, DType::kF32);
  EXPECT_EQ(state_bytes(rad6), 4 * 2 * (4 * 8 * 8 + 32));
  EXPECT_EQ(cache_bytes_per_token(rad6, 2), 2 * 16 * 2);
}

}  // namespace
}  // namespace radlads
