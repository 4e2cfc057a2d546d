#include <limits>

#include <gtest/gtest.h>

#include "report/example_run.h"
#include "report/markdown.h"
#include "report/markup.h"

namespace radlads::report {
namespace {

std::string metadata(const RunReport& run) {
  const std::string card = model_card(run);
  EXPECT_EQ(card.rfind("---\n", 0), 0u);
  return card.substr(4, card.find("\n---\n") - 3);
}

bool has(const std::string& card, const std::string& part) { return count_of(card, part) == 1; }

TEST(ModelCard, BeginsWithMetadata) {
  EXPECT_EQ(metadata(example_run()),
            "library_name: transformers\npipeline_tag: text-generation\nbase_model: \"Qwen2.5-7B-Instruct\"\n"
            "tags:\n- rwkv\n- linear-attention\n- radlads\n");
  EXPECT_EQ(metadata(pretrained_run()),
            "library_name: transformers\npipeline_tag: text-generation\ntags:\n- radlads\n");
}

TEST(ModelCard, BaseModelIsTheHubNameOrTheFolder) {
  const auto base_model = [](const std::string& teacher) {
    RunReport run = example_run();
    run.teacher_name = teacher;
    return between(metadata(run), "base_model: ", "\n");
  };
  EXPECT_EQ(base_model("Qwen/Qwen2.5-7B-Instruct"), "\"Qwen/Qwen2.5-7B-Instruct\"");
  EXPECT_EQ(base_model("Qwen2.5-7B-Instruct"), "\"Qwen2.5-7B-Instruct\"");
  EXPECT_EQ(base_model("/models/Qwen2.5-7B/"), "\"Qwen2.5-7B\"");
  EXPECT_EQ(base_model("../Qwen2.5-7B"), "\"Qwen2.5-7B\"");
  EXPECT_EQ(base_model("/Qwen2.5-7B"), "\"Qwen2.5-7B\"");
  EXPECT_EQ(base_model("my models/Qwen2.5-7B"), "\"Qwen2.5-7B\"");
  EXPECT_EQ(base_model("a\"b\\c\nd: e"), "\"a\\\"b\\\\c d: e\"");
}

TEST(ModelCard, SaysWhatTheModelIs) {
  const std::string card = model_card(example_run());
  EXPECT_TRUE(has(card, "\n# Qwen2.5-7B-RWKV7\n"));
  EXPECT_TRUE(has(card,
                  "**Qwen2.5-7B-RWKV7** is a language model of 7.84B parameters: Qwen2.5-7B-Instruct with "
                  "RAD-RWKV7 in place "
                  "of its softmax attention in every layer. It was converted by the RADLADS protocol "
                  "([arXiv 2505.03005](https://arxiv.org/abs/2505.03005)) with radlads 0.1 (steps: align, "
                  "distill, extend). "
                  "Memory and time per token are constant, however long the text is: a sequence takes 49.0 "
                  "MiB, while the "
                  "teacher's cache takes 10.7 GiB at 100,000 tokens.\n"));
}

TEST(ModelCard, NamesTheVersionsOfTransformersThatWereTried) {
  EXPECT_TRUE(has(model_card(example_run()),
                  "With `transformers` 4.51 or later (tested with 4.51.3 and 5.24.0), and `accelerate` for "
                  "`device_map`:"));
}

TEST(ModelCard, AHybridIsNotSaidToBeConstant) {
  RunReport run = example_run();
  run.softmax_layers = {3, 27};
  const std::string card = model_card(run);
  EXPECT_TRUE(has(card, "in place of its softmax attention in 26 of 28 layers."));
  EXPECT_TRUE(
      has(card,
          "The layers that keep softmax attention, 3, 27 (2 of 28), have a cache that grows with the text;"));
  EXPECT_EQ(count_of(card, "however long"), 0u);
}

TEST(ModelCard, HasTheFigures) {
  const std::string card = model_card(example_run());
  EXPECT_TRUE(has(card,
                  "|  | Teacher | Student |\n"
                  "|---|---:|---:|\n"
                  "| Nats per token | 2.315 | 2.381 |\n"
                  "| Perplexity | 10.12 | 10.81 |\n"
                  "| Time per token at 1,000 tokens | 61.40 ms | 58.20 ms |\n"
                  "| Time per token at 100,000 tokens | 702.9 ms | 58.30 ms |\n"
                  "| Memory at 1,000 tokens | 109.4 MiB | 49.0 MiB |\n"
                  "| Memory at 100,000 tokens | 10.7 GiB | 49.0 MiB |\n"));
  EXPECT_TRUE(
      has(card,
          "KL(teacher ‖ student) is 0.0623 nats/token, top-1 agreement 93.12%, the perplexity ratio 1.068."));
  EXPECT_TRUE(
      has(card,
          "Both read: documents of the training data, kept out of training (200 documents, 98,304 tokens)."));
}

TEST(ModelCard, SaysHowToUseAStudent) {
  const std::string card = model_card(example_run());
  EXPECT_TRUE(has(card,
                  "name = \"Qwen2.5-7B-RWKV7\"  # this folder\n"
                  "tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=True)\n"
                  "model = AutoModelForCausalLM.from_pretrained(\n"
                  "    name, trust_remote_code=True, torch_dtype=torch.bfloat16, device_map=\"auto\"\n"
                  ")\n"));
  EXPECT_TRUE(has(card, "radlads generate Qwen2.5-7B-RWKV7 --prompt 'Once upon a time'\n"));
}

TEST(ModelCard, SaysHowItWasMade) {
  const std::string card = model_card(example_run());
  EXPECT_TRUE(has(card,
                  "| align | 100M | 6,104 | 6 h 00 min | 0.412 | 0.0251 | distance |\n"
                  "| distill | 500M | 10,173 | 1 d 5 h | 1.703 | 0.0623 | nats/token |\n"));
  EXPECT_TRUE(has(card, "```sh\nradlads convert Qwen2.5-7B-Instruct Qwen2.5-7B-RWKV7 --mixer rwkv7 "));
  EXPECT_TRUE(has(card, "```yaml\nmixer: rwkv7\nseed: 1\nalign:\n  tokens: 100M\n"));
}

TEST(ModelCard, ClaimsNoLicense) {
  const std::string card = model_card(example_run());
  EXPECT_EQ(count_of(card, "license:"), 0u);
  EXPECT_TRUE(has(card, "The teacher's license applies to these weights."));
}

TEST(ModelCard, ShortConversionsSayHowShort) {
  RunReport run = example_run();
  EXPECT_EQ(count_of(model_card(run), "the published ones"), 0u);
  run.steps = {example_step("align", "distance", 100, 4096, 0.4, 0.1)};
  EXPECT_TRUE(
      has(model_card(run), "This conversion read 409,600 tokens; the published ones read 350M and more."));
}

TEST(ModelCard, APretrainedModelIsAPlainLanguageModel) {
  const std::string card = model_card(pretrained_run());
  EXPECT_TRUE(
      has(card,
          "**stories** is a small language model of 3.21M parameters with softmax attention, trained from "
          "scratch with radlads 0.1.\n"));
  EXPECT_TRUE(has(card, "    name, torch_dtype=torch.bfloat16, device_map=\"auto\"\n"));
  for (const char* part : {"trust_remote_code", "RAD-RWKV", "eacher", "2505.03005", "## Figures"}) {
    EXPECT_EQ(count_of(card, part), 0u) << part;
  }
}

TEST(ModelCard, WhatIsAbsentLeavesNothingBehind) {
  RunReport run = example_run();
  run.teacher_name.clear();
  run.comparison.reset();
  run.decode.clear();
  run.steps.clear();
  run.recipe.clear();
  run.command.clear();
  const std::string card = model_card(run);
  for (const char* part : {"base_model", "## Figures", "## How it was made", "steps:"}) {
    EXPECT_EQ(count_of(card, part), 0u) << part;
  }
  EXPECT_TRUE(has(card, "parameters: a softmax transformer with RAD-RWKV7 in place"));
  EXPECT_TRUE(has(card, "The student was not compared with its teacher."));
}

TEST(ModelCard, HostileNamesStayNames) {
  RunReport run = example_run();
  run.student_name = "a`b|c\n# <b> \"d\" 'e' \\";
  run.teacher_name = run.program = run.mixer = run.steps[0].name = run.comparison->text =
      "[x](y)|`\xFF\n---\n";
  run.recipe = "a: |\n  ````\n  ```\n";
  const std::string card = model_card(run);
  EXPECT_TRUE(has(card, "\n# a\\`b\\|c \\# \\<b\\> \"d\" 'e' \\\\\n"));
  EXPECT_TRUE(has(card, "\nname = \"a`b|c # <b> \\\"d\\\" 'e' \\\\\"  # this folder\n"));
  EXPECT_TRUE(has(card, "\nradlads generate 'a`b|c # <b> \"d\" '\\''e'\\'' \\' --prompt"));
  EXPECT_TRUE(has(card, "\n| \\[x\\](y)\\|\\`\uFFFD --- | 100M |"));
  EXPECT_TRUE(has(card, "\n`````yaml\na: |\n  ````\n  ```\n`````\n"));
  EXPECT_EQ(count_of(card, "\n---\n"), 1u);
}

TEST(ModelCard, FiguresThatAreNotFiniteAreSaidInWords) {
  RunReport run = example_run();
  run.comparison->kl_per_token = run.steps[0].last_loss = std::numeric_limits<double>::quiet_NaN();
  const std::string card = model_card(run);
  EXPECT_TRUE(has(card, "KL(teacher ‖ student) is not finite nats/token"));
  EXPECT_TRUE(has(card, "| 0.412 | not finite | distance |"));
}

TEST(Markdown, QuotingKeepsTheText) {
  EXPECT_EQ(markdown_text("a*b_c"), "a\\*b\\_c");
  EXPECT_EQ(quoted("a\\b"), "\"a\\\\b\"");
  EXPECT_EQ(shell_word("out/Qwen2.5-7B"), "out/Qwen2.5-7B");
  EXPECT_EQ(shell_word("my model"), "'my model'");
  EXPECT_EQ(shell_word("$HOME"), "'$HOME'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(fenced("sh", "x"), "```sh\nx\n```\n");
}

}  // namespace
}  // namespace radlads::report
