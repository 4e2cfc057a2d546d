#include "model/init.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.h"
#include "mixers/table.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

class InitTest : public testing::Test {
 protected:
  InitTest() {
    write_tiny_model(folder_.path() / "teacher", tiny_config("qwen2", /*tied=*/true));
    teacher_.emplace(open_model(folder_.path() / "teacher"));
  }

  ModelConfig student(const MixerSpec* kind, bool tied = true) const {
    return student_config(teacher_->config, *kind, fresh_options(*kind, 32), {}, tied, DType::kF32);
  }

  std::vector<float> value(const ModelConfig& config, const std::string& name,
                           const InitOptions& options = {}) const {
    for (const TensorSpec& spec : tensor_table(config)) {
      if (spec.name != name) continue;
      std::vector<float> values(static_cast<size_t>(num_elements(spec.shape)), NAN);
      initial_value(config, spec, *teacher_, options, values);
      return values;
    }
    ADD_FAILURE() << "no tensor " << name;
    return {};
  }

  std::vector<float> teacher_value(const std::string& name) const {
    const auto values = teacher_->tensors.at(name).f32();
    return {values.begin(), values.end()};
  }

  TempFolder folder_;
  std::optional<ModelFolder> teacher_;
};

TEST_F(InitTest, AttentionAndEverythingOutsideAreCopied) {
  for (const MixerSpec* kind : {&mixers::Rad6::spec, &mixers::Rad7::spec}) {
    for (const char* name : {"model.embed_tokens.weight", "model.layers.1.self_attn.q_proj.weight",
                             "model.layers.2.self_attn.k_proj.bias", "model.layers.0.self_attn.o_proj.weight",
                             "model.layers.0.mlp.down_proj.weight", "model.norm.weight"}) {
      EXPECT_EQ(value(student(kind), name), teacher_value(name)) << name;
    }
  }
}

TEST_F(InitTest, AnUntiedHeadBeginsAsTheEmbedding) {
  EXPECT_EQ(value(student(&mixers::Rad7::spec, /*tied=*/false), "lm_head.weight"),
            teacher_value("model.embed_tokens.weight"));
}

TEST_F(InitTest, ValuesDependOnSeedAndNameAlone) {
  const std::string w2 = "model.layers.1.self_attn.w2";
  EXPECT_EQ(value(student(&mixers::Rad7::spec), w2, {.seed = 4}),
            value(student(&mixers::Rad7::spec), w2, {.seed = 4}));
  EXPECT_NE(value(student(&mixers::Rad7::spec), w2, {.seed = 4}),
            value(student(&mixers::Rad7::spec), w2, {.seed = 5}));
  EXPECT_NE(value(student(&mixers::Rad7::spec), w2),
            value(student(&mixers::Rad7::spec), "model.layers.2.self_attn.w2"));
}

TEST_F(InitTest, AGateStartsAtZeroUnlessAskedOtherwise) {
  const std::string gate = "model.layers.0.self_attn.gate.weight";
  for (const float v : value(student(&mixers::Rad6::spec), gate)) EXPECT_EQ(v, 0);
  const auto uniform = value(student(&mixers::Rad6::spec), gate, {.gate_uniform = true});
  EXPECT_GT(*std::max_element(uniform.begin(), uniform.end()), 0.15f);
  EXPECT_LE(*std::max_element(uniform.begin(), uniform.end()), 1 / std::sqrt(32.0f));
}

TEST_F(InitTest, ReinitAttStartsTheProjectionsAfresh) {
  const InitOptions options = {.reinit_att = true};
  EXPECT_NE(value(student(&mixers::Rad6::spec), "model.layers.0.self_attn.q_proj.weight", options),
            teacher_value("model.layers.0.self_attn.q_proj.weight"));
  for (const float v : value(student(&mixers::Rad6::spec), "model.layers.0.self_attn.o_proj.weight", options))
    EXPECT_EQ(v, 0);
  EXPECT_EQ(value(student(&mixers::Rad6::spec), "model.layers.0.mlp.up_proj.weight", options),
            teacher_value("model.layers.0.mlp.up_proj.weight"));
}

TEST_F(InitTest, OneLayerDividesByNothing) {
  ModelConfig config = student(&mixers::Rad7::spec);
  config.L = 1;
  config.mixers.resize(1);
  for (const TensorSpec& spec : tensor_table(config)) {
    if (spec.init.kind == InitRule::Kind::kCopied) continue;
    std::vector<float> values(static_cast<size_t>(num_elements(spec.shape)));
    fill_by_rule(config, spec, {}, values);
    for (const float v : values) ASSERT_TRUE(std::isfinite(v)) << spec.name;
  }
}

TEST_F(InitTest, PretrainingStartsSmallAndNormalized) {
  for (const TensorSpec& spec : teacher_->table) {
    std::vector<float> values(static_cast<size_t>(num_elements(spec.shape)), NAN);
    pretrain_value(teacher_->config, spec, 1, values);
    double square = 0;
    for (const float v : values) square += static_cast<double>(v) * v / static_cast<double>(values.size());
    if (spec.name.ends_with("norm.weight")) {
      EXPECT_EQ(square, 1) << spec.name;
    }
    if (spec.name.ends_with("bias")) {
      EXPECT_EQ(square, 0) << spec.name;
    }
    if (spec.name.ends_with("up_proj.weight")) {
      EXPECT_NEAR(std::sqrt(square), 0.02, 0.002) << spec.name;
    }
    if (spec.name.ends_with("down_proj.weight")) {
      EXPECT_NEAR(std::sqrt(square), 0.02 / std::sqrt(6.0), 0.001) << spec.name;
    }
  }
}

}  // namespace
}  // namespace radlads
