// Conversions from end to end, run as a user runs them.
#include <csignal>
#include <tuple>

#include "cli/conversion_case.h"
#include "core/half.h"
#include "model/model_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

TEST_F(ConversionTest, GivesACompleteFolderAndARun) {
  std::vector<std::string> arguments = command("student");
  arguments.back() = "true";  // eval.speed
  const ProgramResult result = run_radlads(arguments);
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(read_text_file(path("student.run/report.html")).find("100,000"), std::string::npos)
      << "the time per token there";
  for (const char* file : {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
                           "README.md", "modeling_rwkv7qwen2.py", "configuration_rwkv7qwen2.py"}) {
    EXPECT_TRUE(fs::exists(path("student") / file)) << file;
  }
  for (const char* file : {"recipe.yaml", "log.jsonl", "checkpoints", "report.html"}) {
    EXPECT_TRUE(fs::exists(path("student.run") / file)) << file;
  }
  EXPECT_FALSE(fs::exists(path("student") / "modeling_rwkv6qwen2.py"));
  for (const char* word : {"align", "distill", "KL"})
    EXPECT_NE(result.output.find(word), std::string::npos) << result.output;
  EXPECT_EQ(open_model(path("student")).config.model_type, "rwkv7qwen2");
  EXPECT_EQ(run_radlads({"generate", path("student"), "--prompt", "Once", "--max-new-tokens", "3"}).status,
            0);
}

TEST_F(ConversionTest, AFinishedRunIsLeftAlone) {
  ASSERT_EQ(run_radlads(command("student")).status, 0);
  const auto time = fs::last_write_time(path("student") / "model.safetensors");
  expect_refusal(run_radlads(command("student")), {"--resume", "--overwrite", "student.run"});
  EXPECT_EQ(run_radlads(command("student", {"--resume"})).status, 0);
  EXPECT_EQ(fs::last_write_time(path("student") / "model.safetensors"), time);
  EXPECT_EQ(run_radlads(command("student", {"--overwrite"})).status, 0);
  EXPECT_NE(fs::last_write_time(path("student") / "model.safetensors"), time);
}

TEST_F(ConversionTest, AStudentIsStoredAsItsTeacher) {
  // Matrices in bfloat16, norms in float32, and a config that does not say so.
  const ModelFolder teacher = open_model(path("teacher"));
  std::string config = teacher.config.source;
  const std::string word = R"(, "torch_dtype": "float32")";
  config.erase(config.find(word), word.size());
  export_model(
      path("teacher"), parse_config(config, "test"),
      [&](const TensorSpec& spec, std::span<float> out) {
        const TensorView& tensor = teacher.tensor(spec);
        convert_to_float({tensor.data, tensor.num_bytes()}, tensor.dtype, out);
      },
      [](const TensorSpec& spec) { return spec.part == Part::kNorm ? DType::kF32 : DType::kBF16; });
  const auto types_of = [&](const std::string& student) {
    const ModelFolder model = open_model(path(student));
    EXPECT_TRUE(model.config.dtype_is_stated);
    return std::tuple{model.config.dtype, model.tensors.at("model.norm.weight").dtype,
                      model.tensors.at("model.layers.0.self_attn.q_proj.weight").dtype,
                      model.tensors.at("model.layers.0.self_attn.w0").dtype};
  };
  const std::tuple as_teacher = {DType::kBF16, DType::kF32, DType::kBF16, DType::kBF16};
  std::vector<std::string> transfer = command("transferred");
  transfer[0] = "transfer";
  ASSERT_EQ(run_radlads(transfer).status, 0);
  EXPECT_EQ(types_of("transferred"), as_teacher);
  ASSERT_EQ(run_radlads(command("trained", {"--distill.tokens", "0"})).status, 0);
  EXPECT_EQ(types_of("trained"), as_teacher);
  transfer = command("floats", {"--export_dtype", "float32"});
  transfer[0] = "transfer";
  ASSERT_EQ(run_radlads(transfer).status, 0);
  EXPECT_EQ(types_of("floats"), (std::tuple{DType::kF32, DType::kF32, DType::kF32, DType::kF32}));
}

TEST_F(ConversionTest, TextsThatAreTooLongForTheTeacherAreWarnedOf) {
  const ProgramResult fitting = run_radlads(command("fitting", {"--distill.tokens", "0"}));
  EXPECT_EQ(fitting.errors.find("max_position_embeddings"), std::string::npos) << fitting.errors;
  std::string config = read_text_file(path("teacher") / "config.json");
  const std::string longest = R"("max_position_embeddings": 512)";
  config.replace(config.find(longest), longest.size(), R"("max_position_embeddings": 12)");
  write_text_file(path("teacher") / "config.json", config);
  const ProgramResult result = run_radlads(command("student", {"--distill.tokens", "0"}));
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.errors.find("warning: training texts have 16 tokens, but the teacher was made for 12"),
            std::string::npos)
      << result.errors;
}

TEST_F(ConversionTest, AKilledRunGoesOnToTheSameBits) {
  ASSERT_EQ(run_radlads(command("whole")).status, 0);
  // In the first step before any checkpoint, later in it, and in the second step; 32 updates each,
  // checkpoints at every fifth and at the end.
  size_t kept = 0;
  std::vector<std::string> before;
  const auto expect_kept = [&] {
    const std::vector<std::string> now = log_of("killed");
    ASSERT_GE(now.size(), kept);
    EXPECT_TRUE(std::equal(before.begin(), before.begin() + kept, now.begin())) << "the run began anew";
  };
  for (const size_t updates : {3, 18, 45}) {
    const Interruption kill = {SIGKILL, [&] { return log_of("killed").size() >= updates; }};
    ASSERT_EQ(run_radlads(command("killed", {"--resume"}), kill).status, 128 + SIGKILL) << "it was faster";
    ASSERT_FALSE(fs::exists(path("killed")));
    expect_kept();
    before = log_of("killed");
    kept = updates == 3 ? 0 : updates == 18 ? 15 : 32 + 10;
  }
  expect_refusal(run_radlads(command("killed")), {"--resume", "--overwrite"});
  const ProgramResult resumed = run_radlads(command("killed", {"--resume"}));
  ASSERT_EQ(resumed.status, 0) << resumed.errors;
  expect_kept();
  EXPECT_EQ(log_of("killed").size(), 64u);
  EXPECT_EQ(read_text_file(path("killed") / "model.safetensors"),
            read_text_file(path("whole") / "model.safetensors"));
}

TEST_F(ConversionTest, AnInterruptSavesAndLeaves) {
  const ProgramResult result = run_radlads(command("student", {"--distill.tokens", "1M"}),
                                           {SIGINT, [&] { return log_of("student").size() >= 38; }});
  EXPECT_EQ(result.status, 130) << result.errors;
  EXPECT_NE(result.errors.find("--resume"), std::string::npos) << result.errors;
  EXPECT_FALSE(fs::is_empty(path("student.run/checkpoints")));
  EXPECT_FALSE(fs::exists(path("student")));
}

TEST_F(ConversionTest, AnotherRecipeIsNotResumed) {
  run_radlads(command("student", {"--distill.tokens", "1M"}),
              {SIGKILL, [&] { return fs::exists(path("student.run/job.yaml")); }});
  ASSERT_FALSE(fs::exists(path("student")));
  expect_refusal(run_radlads(command("student", {"--resume", "--distill.tokens", "1M", "--seed", "2"})),
                 {"seed", "was 1", "now it is 2", "--overwrite"});
}

TEST_F(ConversionTest, WhatTheTrainerRefusesIsSaidOnce) {
  const ProgramResult result = run_radlads(
      command("student", {"--align.lr", "1e30", "--align.clip", "0", "--align.warmup_steps", "0"}));
  EXPECT_EQ(result.status, 1);
  const size_t at = result.errors.find("radlads-train: [align] the loss is no longer a number");
  ASSERT_NE(at, std::string::npos) << result.errors;
  EXPECT_EQ(result.errors.find('\n', at), result.errors.size() - 1) << result.errors;
}

TEST_F(ConversionTest, StepsAloneAddUp) {
  const auto step = [&](const std::string& name, const std::string& student, std::vector<std::string> more) {
    std::vector<std::string> arguments = command(student, more);
    arguments[0] = name;
    return run_radlads(arguments);
  };
  EXPECT_EQ(step("transfer", "t", {}).status, 0);
  EXPECT_EQ(step("align", "a", {"--from", path("t")}).status, 0);
  const ProgramResult distilled = step("distill", "d", {"--from", path("a")});
  EXPECT_EQ(distilled.status, 0) << distilled.errors;
  EXPECT_EQ(
      step("extend", "e",
           {"--from", path("d"), "--extend.tokens", "256", "--extend.context", "16", "--extend.batch", "2"})
          .status,
      0);
  ASSERT_EQ(run_radlads(command("whole")).status, 0);
  EXPECT_EQ(read_text_file(path("d") / "model.safetensors"),
            read_text_file(path("whole") / "model.safetensors"))
      << "float32 weights between the steps lose nothing";
  EXPECT_NE(read_text_file(path("d") / "model.safetensors"), read_text_file(path("e") / "model.safetensors"));
}

TEST_F(ConversionTest, TheTeacherWritesTheText) {
  std::vector<std::string> arguments = command("student");
  *std::find(arguments.begin(), arguments.end(), path("text.txt").string()) = "self";
  const ProgramResult result = run_radlads(arguments);
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_TRUE(fs::exists(path("student.run/data/tokens.bin")));
}

TEST_F(ConversionTest, ARecipeFileAndFlagsThatOverrideIt) {
  write_text_file(path("recipe.yaml"),
                  "mixer: rwkv6\nsoftmax_layers: [1]\nexport_dtype: bfloat16\nalign: {tokens: 256}\ndistill: "
                  "{tokens: 0}\n"
                  "extend: {tokens: 0}\n");
  const ProgramResult result =
      run_radlads({"convert", path("teacher"), path("student"), "--recipe", path("recipe.yaml"), "--data",
                   path("text.txt"), "--align.context", "16", "--align.batch", "2", "--eval.documents", "0",
                   "--eval.speed", "false"});
  ASSERT_EQ(result.status, 0) << result.errors;
  const ModelConfig config = open_model(path("student")).config;
  EXPECT_EQ(config.model_type, "rwkv6qwen2");
  EXPECT_EQ(config.softmax_layers(), (std::vector<int64_t>{1}));
  EXPECT_EQ(config.dtype, DType::kBF16);
  const std::string recipe = read_text_file(path("student.run/recipe.yaml"));
  EXPECT_NE(recipe.find("tokens: 256"), std::string::npos) << recipe;
}

TEST_F(ConversionTest, BadInputIsRefusedInOneLine) {
  const auto replaced = [&](const std::string& what, const std::string& by) {
    std::vector<std::string> arguments = command("student");
    std::replace(arguments.begin(), arguments.end(), what, by);
    return run_radlads(arguments);
  };
  expect_refusal(replaced(path("teacher"), path("nowhere")), {"nowhere"});
  expect_refusal(replaced(path("text.txt"), path("no.txt")), {"no.txt"});
  write_text_file(path("empty.txt"), "\n");
  expect_refusal(replaced(path("text.txt"), path("empty.txt")), {"empty.txt"});
  expect_refusal(replaced("rwkv7", "rwkv9"), {"mixer", "rwkv9"});
  expect_refusal(run_radlads(command("student", {"--align.lr", "fast"})), {"align.lr", "fast"});
  expect_refusal(run_radlads(command("student", {"--softmax_layers", "7"})), {"softmax_layers", "7"});
  expect_refusal(run_radlads(command("student", {"--recipe", path("none.yaml")})), {"none.yaml"});
  make_folder(path("taken"));
  expect_refusal(run_radlads(command("taken")), {"taken", "--overwrite"});
  EXPECT_FALSE(fs::exists(path("student")));
  EXPECT_EQ(run_radlads(command("student")).status, 0) << "what was refused stands in nobody's way";
}

}  // namespace
}  // namespace radlads
