#include "infer/generation_config.h"

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace radlads::infer {
namespace {

class GenerationConfigTest : public testing::Test {
 protected:
  GenerationConfig read(std::string_view json) {
    folder_.write("generation_config.json", json);
    return read_generation_config(folder_.path());
  }

  std::string refusal(std::string_view json) {
    return user_error(folder_, [&] { read(json); });
  }

  /// What remains of a file's settings next to a user's options, in words.
  std::string counts(std::string_view json, const GenerationConfig& user = {}) {
    return beside(read(json), user).text();
  }

  const TempFolder folder_;
};

TEST_F(GenerationConfigTest, TakesWhatTheFileSays) {
  EXPECT_EQ(read_generation_config(folder_.path()).text(), "") << "no file";
  EXPECT_EQ(read("{}").text(), "");
  // As Qwen2.5-Instruct has it.
  const GenerationConfig config = read(R"({"bos_token_id": 151643, "do_sample": true,
    "eos_token_id": [151645, 151643], "pad_token_id": 151643, "repetition_penalty": 1.1, "temperature": 0.7,
    "top_k": 20, "top_p": 0.8, "transformers_version": "4.37.0", "max_new_tokens": null})");
  EXPECT_EQ(config.text(), "temperature 0.7, top_k 20, top_p 0.8, repetition_penalty 1.1");
  GenerateOptions options;
  config.apply_to(options);
  EXPECT_EQ(options.sampler.temperature, 0.7);
  EXPECT_EQ(options.sampler.top_k, 20);
  EXPECT_EQ(options.sampler.top_p, 0.8);
  EXPECT_EQ(options.sampler.min_p, 0);
  EXPECT_EQ(options.sampler.repetition_penalty, 1.1);
  EXPECT_EQ(options.max_new_tokens, 128);
  EXPECT_EQ(read(R"({"min_p": 0.05, "max_new_tokens": 9})").text(), "min_p 0.05, max_new_tokens 9");
  // As Llama-3.2 has it: transformers then samples from its 50 most likely tokens.
  EXPECT_EQ(read(R"({"do_sample": true, "temperature": 0.6, "top_p": 0.9})").text(),
            "temperature 0.6, top_k 50, top_p 0.9");
  EXPECT_EQ(read(R"({"do_sample": true, "top_k": 0})").text(), "top_k 0");
}

TEST_F(GenerationConfigTest, WhatTheUserSaysComesFirst) {
  const char* const sampled = R"({"do_sample": true, "temperature": 0.7, "top_k": 20, "max_new_tokens": 9})";
  EXPECT_EQ(counts(sampled), "temperature 0.7, top_k 20, max_new_tokens 9");
  EXPECT_EQ(counts(sampled, {.top_k = 5}), "temperature 0.7, max_new_tokens 9");
  EXPECT_EQ(counts(sampled, {.temperature = 0}), "max_new_tokens 9") << "greedy";
  EXPECT_EQ(counts(sampled, {.temperature = 1, .max_new_tokens = 4}), "top_k 20");
  const char* const greedy =
      R"({"do_sample": false, "temperature": 0.7, "top_k": 20, "repetition_penalty": 1.1})";
  EXPECT_EQ(counts(greedy), "temperature 0, repetition_penalty 1.1");
  EXPECT_EQ(counts(greedy, {.temperature = 0.5}), "top_k 20, repetition_penalty 1.1");
  EXPECT_EQ(counts(greedy, {.top_p = 0.5}), "top_k 20, repetition_penalty 1.1");
}

TEST_F(GenerationConfigTest, MaxLengthCountsThePrompt) {
  const auto new_tokens = [&](std::string_view json, const GenerationConfig& user = {}) {
    GenerateOptions options;
    const GenerationConfig taken = beside(read(json), user);
    taken.apply_to(options);
    user.apply_to(options);
    taken.apply_max_length(options, 10);
    return options.max_new_tokens;
  };
  EXPECT_EQ(new_tokens(R"({"max_length": 40})"), 30);
  EXPECT_EQ(new_tokens(R"({"max_length": 40, "max_new_tokens": 7})"), 7);
  EXPECT_EQ(new_tokens(R"({"max_length": 10})", {.max_new_tokens = 5}), 5);
  EXPECT_EQ(
      user_error(folder_, [&] { new_tokens(R"({"max_length": 10})"); }),
      "[generate] the prompt has 10 tokens, and generation_config.json allows 10 in all (max_length): give "
      "--max-new-tokens");
}

TEST_F(GenerationConfigTest, SettingsThatAreNotSupportedAreListedUnlessTheyAreOff) {
  const auto listed = [&](std::string_view json) {
    folder_.write("generation_config.json", json);
    return settings_without_effect(folder_.path());
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(settings_without_effect(folder_.path()), Names{}) << "no file";
  EXPECT_EQ(listed(R"({"num_beams": 1, "typical_p": 1.0, "no_repeat_ngram_size": 0, "bad_words_ids": null,
                       "suppress_tokens": [], "token_healing": false, "temperature": 0.5, "pad_token_id": 3})"),
            Names{});
  EXPECT_EQ(listed(R"({"num_beams": 4, "stop_strings": "\n", "bad_words_ids": [[3]]})"),
            (Names{"bad_words_ids", "num_beams", "stop_strings"}));
  EXPECT_EQ(listed(R"({"typical_p": 0.9, "token_healing": true, "forced_eos_token_id": 2})"),
            (Names{"forced_eos_token_id", "token_healing", "typical_p"}));
}

TEST_F(GenerationConfigTest, WrongValuesAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"temperature": "hot"})", "temperature"},
      {R"({"temperature": -1})", "temperature"},
      {R"({"temperature": NaN})", "temperature"},
      {R"({"top_k": 2.5})", "top_k"},
      {R"({"top_k": -1})", "top_k"},
      {R"({"top_p": 1.5})", "top_p"},
      {R"({"top_p": [0.5]})", "top_p"},
      {R"({"min_p": 2})", "min_p"},
      {R"({"repetition_penalty": 0})", "repetition_penalty"},
      {R"({"max_new_tokens": true})", "max_new_tokens"},
      {R"({"max_new_tokens": 99999999999})", "max_new_tokens"},
      {R"({"do_sample": "yes"})", "do_sample"},
      {R"({"max_length": -5})", "max_length"},
  };
  for (const auto& [json, field] : cases) {
    const std::string message = refusal(json);
    EXPECT_TRUE(message.starts_with(std::string("[read_generation_config] ") + field)) << message;
    EXPECT_NE(message.find("DIR/generation_config.json"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace radlads::infer
