#include "model/config.h"

#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "mixers/table.h"
#include "support/teacher.h"

namespace radlads {
namespace {

using Json = nlohmann::json;

ModelConfig with(const std::string& field, const Json& value, const std::string& model_type = "qwen2") {
  Json json = Json::parse(tiny_config(model_type));
  json[field] = value;
  return parse_config(json.dump(), "test.json");
}

std::string refusal(const std::string& field, const Json& value, const std::string& model_type = "qwen2") {
  try {
    with(field, value, model_type);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Config, ReadsSizesAndDefaults) {
  const ModelConfig config = parse_config(tiny_config(), "test.json");
  EXPECT_EQ(config.V, 2048);
  EXPECT_EQ(config.C, 32);
  EXPECT_EQ(config.L, 3);
  EXPECT_EQ(config.H, 4);
  EXPECT_EQ(config.Hkv, 2);
  EXPECT_EQ(config.N, 8);
  EXPECT_EQ(config.G(), 2);
  EXPECT_TRUE(config.qkv_bias);
  EXPECT_FALSE(config.o_bias);
  EXPECT_TRUE(config.is_teacher());
  EXPECT_EQ(config.softmax_layers(), (std::vector<int64_t>{0, 1, 2}));
}

TEST(Config, SizesOfNoModelAreRefused) {
  const auto wanted = [](const char* field, int64_t most, const char* got) {
    return fmt::format("[read_config] {} must be a whole number from 1 to {}, not {}, in test.json", field,
                       most, got);
  };
  EXPECT_EQ(refusal("hidden_size", int64_t{1} << 31), wanted("hidden_size", 1048576, "2147483648"));
  EXPECT_EQ(refusal("intermediate_size", int64_t{1} << 31),
            wanted("intermediate_size", 1048576, "2147483648"));
  EXPECT_EQ(refusal("vocab_size", int64_t{1} << 31), wanted("vocab_size", 16777216, "2147483648"));
  EXPECT_EQ(refusal("num_hidden_layers", 10'001), wanted("num_hidden_layers", 10000, "10001"));
  EXPECT_EQ(refusal("lora_rank_decay", int64_t{1} << 31, "rwkv7qwen2"),
            wanted("lora_rank_decay", 1048576, "2147483648"));
  Json json = Json::parse(tiny_config("qwen3"));
  json.update({{"num_attention_heads", 1 << 20}, {"num_key_value_heads", 1}, {"head_dim", 1024}});
  EXPECT_THROW(parse_config(json.dump(), "test.json"), UserError);
  // The student's config says it as a whole number.
  EXPECT_EQ(refusal("rope_scaling", {{"rope_type", "llama3"},
                                     {"factor", 8},
                                     {"low_freq_factor", 1},
                                     {"high_freq_factor", 4},
                                     {"original_max_position_embeddings", 1e300}}),
            wanted("original_max_position_embeddings", int64_t{1} << 31, "1e+300"));
}

TEST(Config, FamiliesDifferInBiasesAndNorms) {
  EXPECT_FALSE(parse_config(tiny_config("llama"), "x").qkv_bias);
  EXPECT_TRUE(with("attention_bias", true, "llama").o_bias);
  EXPECT_TRUE(parse_config(tiny_config("qwen3"), "x").qk_norm);
  EXPECT_TRUE(with("attention_bias", false).qkv_bias) << "Qwen2 has its biases whatever the field says";
}

TEST(Config, BothSpellingsOfNewerFoldersAreRead) {
  Json json = Json::parse(tiny_config("llama"));
  json.erase("rope_theta");
  json.erase("torch_dtype");
  json["dtype"] = "bfloat16";
  json["rope_parameters"] = {{"rope_theta", 5e5},       {"rope_type", "llama3"},
                             {"factor", 8.0},           {"low_freq_factor", 1.0},
                             {"high_freq_factor", 4.0}, {"original_max_position_embeddings", 64}};
  const ModelConfig newer = parse_config(json.dump(), "newer");
  json.erase("rope_parameters");
  json.erase("dtype");
  json["rope_theta"] = 5e5;
  json["torch_dtype"] = "bfloat16";
  json["rope_scaling"] = {{"rope_type", "llama3"},
                          {"factor", 8.0},
                          {"low_freq_factor", 1.0},
                          {"high_freq_factor", 4.0},
                          {"original_max_position_embeddings", 64}};
  const ModelConfig older = parse_config(json.dump(), "older");
  EXPECT_EQ(rope_frequencies(newer), rope_frequencies(older));
  EXPECT_EQ(newer.dtype, DType::kBF16);
  EXPECT_EQ(older.dtype, DType::kBF16);
  EXPECT_NE(rope_frequencies(older), rope_frequencies(with("rope_theta", 5e5, "llama")));
}

// As standardize_rope_params of transformers 5.24: the top level, then the object, then the model's own
// context.
TEST(Config, WhereTheOriginalContextOfLlama3Stands) {
  const Json scaling = {
      {"rope_type", "llama3"}, {"factor", 8}, {"low_freq_factor", 1}, {"high_freq_factor", 4}};
  Json json = Json::parse(tiny_config("llama"));
  const auto original_context = [&] {
    return parse_config(json.dump(), "test.json").rope_scaling->original_context;
  };
  json["max_position_embeddings"] = 96;
  json["rope_scaling"] = scaling;
  EXPECT_EQ(original_context(), 96);
  json["rope_scaling"]["original_max_position_embeddings"] = 64;
  EXPECT_EQ(original_context(), 64);
  json["original_max_position_embeddings"] = 32;
  EXPECT_EQ(original_context(), 32);
  json.erase("original_max_position_embeddings");
  json["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 77}};
  EXPECT_EQ(original_context(), 64) << "of the two names rope_scaling counts, alone";
  EXPECT_NE(parse_config(json.dump(), "test.json").rope_theta, 77);
  for (const char* needed : {"factor", "low_freq_factor", "high_freq_factor"}) {
    Json incomplete = scaling;
    incomplete.erase(needed);
    EXPECT_EQ(refusal("rope_scaling", incomplete),
              fmt::format(
                  "[read_config] rope_scaling: {} is missing, which rope_type \"llama3\" needs, in test.json",
                  needed));
  }
}

// Llama 3.1's: high frequencies stay, low ones are divided by the factor, and those between pass from one to
// the other, as in transformers' modeling_rope_utils.py, computed by its formula in Python.
TEST(Config, Llama3FrequenciesAreRescaled) {
  ModelConfig config;
  config.N = 64;
  config.rope_theta = 5e5;
  config.rope_scaling =
      Llama3RopeScaling{.factor = 8, .low_freq_factor = 1, .high_freq_factor = 4, .original_context = 8192};
  const std::vector<double> frequencies = rope_frequencies(config);
  const std::map<size_t, double> expected = {{0, 1.0},
                                             {15, 0.0013718935677611381},
                                             {16, 0.0005248461609929547},
                                             {17, 0.0001785078127679964},
                                             {31, 3.767322690173964e-07}};
  for (const auto& [i, frequency] : expected) EXPECT_NEAR(frequencies[i], frequency, 1e-12 * frequency) << i;
}

TEST(Config, WhatWouldChangeTheComputationIsRefusedByName) {
  const std::pair<std::string, Json> cases[] = {
      {"hidden_act", "gelu"},
      {"mlp_bias", true},
      {"is_causal", false},
      {"quantization_config", {{"bits", 4}}},
      {"rope_scaling", {{"rope_type", "yarn"}, {"factor", 4.0}}},
      {"layer_types", {"full_attention", "sliding_attention", "full_attention"}},
      {"model_type", "mistral"},
      {"torch_dtype", "float8_e4m3fn"},
      {"partial_rotary_factor", 0.5},
  };
  for (const auto& [field, value] : cases) {
    const std::string message = refusal(field, value);
    EXPECT_NE(message.find("test.json"), std::string::npos) << field << ": " << message;
    const std::string named = field == "rope_scaling" ? "rope_type" : field;
    EXPECT_NE(message.find(named), std::string::npos) << field << ": " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

/// Whether a config with these fields is read; else its refusal must name the field of windows.
bool window_is_read(const Json& fields, const std::string& model_type = "qwen2") {
  Json json = Json::parse(tiny_config(model_type));
  json.update(fields);
  try {
    parse_config(json.dump(), "test.json");
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("use_sliding_window"), std::string::npos) << error.what();
    return false;
  }
  return true;
}

TEST(Config, AWindowIsRefusedWhereALayerSlides) {
  const Json on = {{"use_sliding_window", true}, {"sliding_window", 4}};
  const auto with_window = [&](Json more) {
    more.update(on);
    return more;
  };
  const Json all_full(3, "full_attention"),
      one_slides = {"full_attention", "sliding_attention", "full_attention"};
  for (const char* family : {"qwen2", "qwen3"}) {
    EXPECT_TRUE(window_is_read(on, family)) << "by default the layers from 28 on slide";
    EXPECT_TRUE(window_is_read(with_window({{"max_window_layers", 3}}), family));
    EXPECT_FALSE(window_is_read(with_window({{"max_window_layers", 2}}), family));
    EXPECT_FALSE(window_is_read(with_window({{"max_window_layers", 0}}), family));
    EXPECT_TRUE(window_is_read(with_window({{"max_window_layers", 0}, {"layer_types", all_full}}), family));
    EXPECT_FALSE(
        window_is_read(with_window({{"max_window_layers", 3}, {"layer_types", one_slides}}), family));
    EXPECT_FALSE(window_is_read({{"layer_types", one_slides}}, family)) << "transformers refuses it too";
    EXPECT_TRUE(window_is_read({{"sliding_window", 4}, {"max_window_layers", 0}}, family)) << "not in use";
  }
  EXPECT_TRUE(window_is_read({{"use_sliding_window", true}, {"max_window_layers", 0}}))
      << "4096, of the 512 tokens that the model is for";
  EXPECT_FALSE(
      window_is_read({{"use_sliding_window", true}, {"max_window_layers", 0}, {"sliding_window", 511}}));
  EXPECT_TRUE(
      window_is_read({{"use_sliding_window", true}, {"max_window_layers", 0}, {"sliding_window", nullptr}}));
  EXPECT_TRUE(window_is_read(with_window({{"max_window_layers", 0}}), "llama")) << "has no windows";
  EXPECT_NE(refusal("max_window_layers", "3").find("max_window_layers"), std::string::npos);
  EXPECT_NE(refusal("layer_types", "full_attention").find("layer_types"), std::string::npos);
}

TEST(Config, BadValuesAreRefusedByName) {
  for (const Json& value : {Json(0), Json(-3), Json(1.5), Json("32"), Json(1e15)}) {
    EXPECT_NE(refusal("hidden_size", value).find("hidden_size"), std::string::npos) << value;
  }
  EXPECT_NE(refusal("num_key_value_heads", 3).find("num_key_value_heads"), std::string::npos);
  EXPECT_NE(refusal("head_dim", 13).find("must be even"), std::string::npos);
  EXPECT_NE(refusal("head_dim", 2048).find("at most 1024"), std::string::npos);
  EXPECT_EQ(refusal("head_dim", 100), "");
  EXPECT_NE(refusal("tie_word_embeddings", "yes").find("tie_word_embeddings"), std::string::npos);
  EXPECT_NE(refusal("eos_token_id", 5000).find("eos_token_id"), std::string::npos);
  EXPECT_NE(refusal("model_type", nullptr).find("model_type is missing"), std::string::npos);
  EXPECT_NE(refusal("rms_norm_eps", -0.5).find("not -0.5,"), std::string::npos);
  EXPECT_NE(refusal("rms_norm_eps", "1").find("not \"1\","), std::string::npos);
  EXPECT_THROW(parse_config("{", "test.json"), UserError);
  EXPECT_THROW(parse_config("[]", "test.json"), UserError);
  EXPECT_THROW(parse_config("{}", "test.json"), UserError);
}

TEST(Config, FieldsWithoutEffectAreListed) {
  const ModelConfig config = with("attention_dropout", 0.1);
  EXPECT_EQ(config.ignored_fields, (std::vector<std::string>{"attention_dropout"}));
}

TEST(Config, DefaultRanksAreThePublishedOnes) {
  const auto ranks = [](int64_t C) {
    const MixerOptions o = fresh_options(mixers::Rad7::spec, C);
    return std::vector<int64_t>{o["lora_rank_decay"], o["lora_rank_iclr"], o["lora_rank_value_residual_mix"],
                                o["lora_rank_gate"]};
  };
  EXPECT_EQ(ranks(3584), (std::vector<int64_t>{96, 96, 64, 416}));
  EXPECT_EQ(ranks(5120), (std::vector<int64_t>{128, 128, 96, 544}));
  EXPECT_EQ(ranks(8192), (std::vector<int64_t>{160, 160, 128, 800}));
}

TEST(StudentConfig, HasThePublishedFields) {
  const ModelConfig teacher = parse_config(tiny_config(), "t");
  const ModelConfig student = student_config(teacher, mixers::Rad7::spec,
                                             fresh_options(mixers::Rad7::spec, 32), {2}, false, DType::kBF16);
  const Json json = Json::parse(student.source);
  EXPECT_EQ(json["model_type"], "rwkv7qwen2");
  EXPECT_EQ(json["architectures"][0], "RWKV7Qwen2ForCausalLM");
  EXPECT_EQ(json["auto_map"]["AutoConfig"], "configuration_rwkv7qwen2.RWKV7Qwen2Config");
  EXPECT_EQ(json["auto_map"]["AutoModelForCausalLM"], "modeling_rwkv7qwen2.RWKV7Qwen2ForCausalLM");
  EXPECT_EQ(json["softmax_layers"], Json({2}));
  EXPECT_EQ(json["num_attention_layers"], 1);
  EXPECT_EQ(json["torch_dtype"], "bfloat16");
  EXPECT_FALSE(json.contains("head_dim")) << "C / H says it";
  EXPECT_EQ(student.mixers, (std::vector<const MixerSpec*>{&mixers::Rad7::spec, &mixers::Rad7::spec,
                                                           &mixers::Softmax::spec}));
}

TEST(StudentConfig, LayersInTheMiddleAreNamedOneByOne) {
  const ModelConfig teacher = parse_config(tiny_config("qwen3"), "t");
  const ModelConfig student = student_config(
      teacher, mixers::Rad6::spec, fresh_options(mixers::Rad6::spec, 32), {1, 1}, true, DType::kF32);
  const Json json = Json::parse(student.source);
  EXPECT_EQ(json["model_type"], "rwkv6qwen3");
  EXPECT_EQ(json["softmax_layers"], Json({1}));
  EXPECT_FALSE(json.contains("num_attention_layers"));
  EXPECT_EQ(json["head_dim"], 8);
  EXPECT_TRUE(student.tie_word_embeddings);
  EXPECT_EQ(student.mixers[1], &mixers::Softmax::spec);
}

TEST(StudentConfig, ImpossibleLayersAreRefused) {
  const ModelConfig teacher = parse_config(tiny_config(), "t");
  const MixerOptions options = fresh_options(mixers::Rad7::spec, 32);
  EXPECT_THROW(student_config(teacher, mixers::Rad7::spec, options, {3}, false, DType::kF32), UserError);
  EXPECT_THROW(student_config(teacher, mixers::Rad7::spec, options, {0, 1, 2}, false, DType::kF32),
               UserError);
}

}  // namespace
}  // namespace radlads
