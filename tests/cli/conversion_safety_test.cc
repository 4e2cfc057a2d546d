// Nothing of the user's is lost, whatever is asked for, interrupted or damaged.
#include <csignal>
#include <cstdlib>
#include <limits>

#include "cli/conversion_case.h"
#include "model/model_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

class ConversionSafetyTest : public ConversionTest {
 protected:
  Interruption after(size_t updates, int signal, const std::string& student = "student") const {
    return {signal, [this, updates, student] { return log_of(student).size() >= updates; }};
  }

  /// Stops a run of 64 updates in the second step.
  void interrupt(const std::string& student, const std::vector<std::string>& more = {}) const {
    ASSERT_EQ(run_radlads(command(student, more), after(40, SIGINT, student)).status, 130);
    ASSERT_FALSE(fs::exists(path(student)));
  }

  std::string weights(const std::string& student) const {
    return read_text_file(path(student) / "model.safetensors");
  }
};

TEST_F(ConversionSafetyTest, WhatTheRunReadsIsNotWrittenOver) {
  expect_refusal(run_radlads(command("teacher", {"--overwrite"})), {"teacher", "another place"});
  make_folder(path("folder"));
  fs::copy(path("teacher"), path("folder/teacher"));
  fs::copy(path("text.txt"), path("folder/text.txt"));
  expect_refusal(run_radlads(command("folder", {"--overwrite"})), {"folder", "not a model folder"});
  fs::copy(path("teacher/config.json"), path("folder/config.json"));
  std::vector<std::string> arguments = command("folder", {"--overwrite"});
  std::replace(arguments.begin(), arguments.end(), path("text.txt").string(),
               path("folder/text.txt").string());
  expect_refusal(run_radlads(arguments), {"folder/text.txt", "another place"});
  make_folder(path("notes.run"));
  write_text_file(path("notes.run/notes.txt"), "mine");
  expect_refusal(run_radlads(command("notes", {"--overwrite"})), {"notes.run", "not a radlads run"});
  expect_refusal(run_radlads(command("notes")), {"notes.run", "not a radlads run"});
  arguments = command("student");
  arguments[2] = "";
  expect_refusal(run_radlads(arguments), {"not a name"});
  for (const char* link : {"gone", "gone.run", "loop"}) {
    fs::create_symlink(path(link == std::string("loop") ? "loop" : "nowhere"), path(link));
    const std::string student = link == std::string("loop") ? "loop" : "gone";
    expect_refusal(run_radlads(command(student)), {path(link), "is a link to nothing"});
    expect_refusal(run_radlads(command(student + "/", {"--overwrite"})),
                   {path(link), "is a link to nothing"});
    fs::remove(path(link));
  }
  EXPECT_EQ(open_model(path("teacher")).config.model_type, "qwen2");
  EXPECT_TRUE(fs::exists(path("folder/teacher/config.json")));
  EXPECT_EQ(read_text_file(path("notes.run/notes.txt")), "mine");
}

TEST_F(ConversionSafetyTest, ARefusedOverwriteLeavesEverything) {
  ASSERT_EQ(run_radlads(command("student")).status, 0);
  const std::string before = weights("student");
  expect_refusal(run_radlads(command("student", {"--overwrite", "--align.lr", "fast"})), {"align.lr"});
  write_text_file(path("bad.txt"), "one\xFF");
  std::vector<std::string> arguments = command("student", {"--overwrite"});
  std::replace(arguments.begin(), arguments.end(), path("text.txt").string(), path("bad.txt").string());
  EXPECT_EQ(run_radlads(arguments).status, 1);
  EXPECT_EQ(log_of("student").size(), 64u);
  EXPECT_TRUE(fs::exists(path("student.run/report.html")));
  EXPECT_FALSE(fs::exists(path("student.run.new")));
  EXPECT_EQ(weights("student"), before);
}

TEST_F(ConversionSafetyTest, AnInterruptedOverwriteGoesOnToTheNewStudent) {
  ASSERT_EQ(run_radlads(command("student")).status, 0);
  const std::string before = weights("student");
  const std::vector<std::string> old_log = log_of("student");
  const Interruption in_new_run = {SIGINT, [&] {
                                     const std::vector<std::string> log = log_of("student");
                                     return log.size() >= 40 && log.front() != old_log.front();
                                   }};
  ASSERT_EQ(run_radlads(command("student", {"--overwrite", "--seed", "2"}), in_new_run).status, 130);
  EXPECT_EQ(weights("student"), before);
  const ProgramResult resumed = run_radlads(command("student", {"--resume", "--seed", "2"}));
  ASSERT_EQ(resumed.status, 0) << resumed.errors;
  EXPECT_NE(weights("student"), before);
}

TEST_F(ConversionSafetyTest, AStudentThatAppearsMeanwhileIsKept) {
  interrupt("student");
  fs::copy(path("teacher"), path("student"));
  const ProgramResult refused = run_radlads(command("student", {"--resume"}));
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.errors.find("student has appeared since the run began"), std::string::npos)
      << refused.errors;
  EXPECT_EQ(open_model(path("student")).config.model_type, "qwen2");
  fs::remove_all(path("student"));
  EXPECT_EQ(run_radlads(command("student", {"--resume"})).status, 0);
}

TEST_F(ConversionSafetyTest, ASecondProcessIsKeptOut) {
  std::string second, third;
  const Interruption meanwhile = {
      SIGINT, [&] {
        if (log_of("student").empty()) return false;
        second = run_radlads(command("student", {"--resume", "--distill.tokens", "10M"})).errors;
        // Data that cannot be encoded: the lock is found before.
        third = run_radlads(command("student", {"--overwrite", "--text_key", "x", "--data", path("a.jsonl")}))
                    .errors;
        return true;
      }};
  write_text_file(path("a.jsonl"), "{}");
  EXPECT_EQ(run_radlads(command("student", {"--distill.tokens", "10M"}), meanwhile).status, 130);
  EXPECT_NE(second.find("another process is working in"), std::string::npos) << second;
  EXPECT_NE(third.find("another process is working in"), std::string::npos) << third;
}

TEST_F(ConversionSafetyTest, ASignalToTheProgramAloneReachesTheTrainer) {
  Interruption interruption = after(10, SIGTERM);
  interruption.to_group = false;
  const ProgramResult stopped = run_radlads(command("student", {"--distill.tokens", "10M"}), interruption);
  EXPECT_EQ(stopped.status, 130) << stopped.errors;
  interruption = after(log_of("student").size() + 10, SIGKILL);
  interruption.to_group = false;
  const std::vector<std::string> resume = command("student", {"--resume", "--distill.tokens", "10M"});
  EXPECT_EQ(run_radlads(resume, interruption).status, 128 + SIGKILL);
  // Its trainer saves and exits by itself; then the run can continue.
  const ProgramResult resumed = run_radlads(resume, after(log_of("student").size() + 10, SIGINT));
  EXPECT_EQ(resumed.status, 130) << resumed.errors;
}

TEST_F(ConversionSafetyTest, ATeacherThatChangedIsNoticed) {
  interrupt("student");
  fs::rename(path("teacher"), path("moved"));
  std::vector<std::string> arguments = command("student", {"--resume"});
  arguments[1] = path("moved").string() + "/";
  write_tiny_model(path("teacher"), tiny_config(), /*seed=*/2);
  expect_refusal(run_radlads(command("student", {"--resume"})), {"teacher", "no longer"});
  const ProgramResult resumed = run_radlads(arguments);
  EXPECT_EQ(resumed.status, 0) << resumed.errors;
}

TEST_F(ConversionSafetyTest, DefaultsThatTheRunDecidedMayBeRepeated) {
  interrupt("student", {"--align.micro_batch", "0", "--dtype", "auto"});
  const ProgramResult resumed =
      run_radlads(command("student", {"--resume", "--align.micro_batch", "0", "--dtype", "auto"}));
  EXPECT_EQ(resumed.status, 0) << resumed.errors;
}

TEST_F(ConversionSafetyTest, HowItIsComputedMayChangeAndTheDataMayBeGone) {
  interrupt("student");
  fs::remove(path("text.txt"));
  const ProgramResult resumed = run_radlads(
      command("student", {"--resume", "--threads", "1", "--checkpoint_every", "7", "--recompute", "true"}));
  EXPECT_EQ(resumed.status, 0) << resumed.errors;
  const std::string recipe = read_text_file(path("student.run/recipe.yaml"));
  for (const char* line : {"threads: 1\n", "checkpoint_every: 7\n", "recompute: true\n"})
    EXPECT_NE(recipe.find(line), std::string::npos) << recipe;
}

TEST_F(ConversionSafetyTest, WhatIsReadAfterTrainingIsCheckedBefore) {
  expect_refusal(run_radlads(command("student", {"--eval.text", path("none.txt")})),
                 {"eval.text", "none.txt"});
  expect_refusal(run_radlads(command("student", {"--eval.text", "/dev/null"})),
                 {"eval.text", "save it to a file"});
  write_text_file(path("empty.txt"), " \n");
  expect_refusal(run_radlads(command("student", {"--eval.text", path("empty.txt")})),
                 {"eval.text", "no documents", "empty.txt"});
  EXPECT_FALSE(fs::exists(path("student.run")));
  fs::copy(path("text.txt"), path("eval.txt"));
  interrupt("student", {"--eval.text", path("eval.txt")});
  fs::remove(path("eval.txt"));
  const ProgramResult resumed =
      run_radlads(command("student", {"--resume", "--eval.text", path("text.txt")}));
  EXPECT_EQ(resumed.status, 0) << resumed.errors;
}

TEST_F(ConversionSafetyTest, AnEmptyRecipeOfTheRunIsDamage) {
  interrupt("student");
  write_text_file(path("student.run/recipe.yaml"), "");
  expect_refusal(run_radlads(command("student", {"--resume"})),
                 {"student.run/recipe.yaml is damaged", "--overwrite"});
}

TEST_F(ConversionSafetyTest, ALostLogCostsOnlyTheCurve) {
  interrupt("student");
  write_text_file(path("student.run/log.jsonl"), "{\"step\": \"al");
  const ProgramResult resumed = run_radlads(command("student", {"--resume"}));
  EXPECT_EQ(resumed.status, 0) << resumed.errors;
  for (const char* part :
       {"warning: [read_log] line 1: ", "log.jsonl; that line is left out of the report's curves"})
    EXPECT_NE(resumed.errors.find(part), std::string::npos) << resumed.errors;
}

TEST_F(ConversionSafetyTest, ADamagedCheckpointIsNamedWithItsRemedy) {
  interrupt("student");
  const fs::path checkpoint = *fs::directory_iterator(path("student.run/checkpoints"));
  write_text_file(path("student.run/checkpoints/stray"), "");
  const std::string state = read_text_file(checkpoint / "state.json");
  write_text_file(checkpoint / "state.json", R"({"step": "other", "updates": 3, "log_bytes": 0})");
  const auto expect_named = [&] {
    const ProgramResult result = run_radlads(command("student", {"--resume"}));
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.errors.find(checkpoint.string() + " is damaged"), std::string::npos) << result.errors;
    EXPECT_NE(result.errors.find("remove that folder"), std::string::npos) << result.errors;
  };
  expect_named();
  write_text_file(checkpoint / "state.json", state);
  fs::resize_file(checkpoint / "tensors.safetensors", 1000);
  expect_named();
  fs::remove_all(checkpoint);
  EXPECT_EQ(run_radlads(command("student", {"--resume"})).status, 0);
}

TEST_F(ConversionSafetyTest, SamplingThatIsKilledGoesOnToTheSameText) {
  const auto sampled = [this](const std::string& student) {
    std::vector<std::string> arguments = command(student, {"--self.tokens", "40k", "--threads", "2"});
    std::ranges::replace(arguments, path("text.txt").string(), std::string("self"));
    std::ranges::replace(arguments, std::string("1024"), std::string("64"));  // training is not the point
    return arguments;
  };
  const fs::path written = path("student.run.new/data/tokens.self_text");
  const Interruption in_the_middle = {SIGKILL, [&] {
                                        std::error_code ignored;
                                        const auto size = fs::file_size(written, ignored);
                                        return !ignored && size > 20'000;
                                      }};
  ASSERT_EQ(run_radlads(sampled("student"), in_the_middle).status, 128 + SIGKILL);
  ASSERT_TRUE(fs::exists(written));
  ASSERT_FALSE(fs::exists(path("student.run")));
  const std::string before = read_text_file(written);
  const auto is_longer = [&] {
    std::error_code ignored;
    const auto size = fs::file_size(written, ignored);
    return !ignored && size > before.size() + 1000;
  };
  ASSERT_EQ(run_radlads(sampled("student"), {SIGKILL, is_longer}).status, 128 + SIGKILL);
  // The last batch of the first attempt may have been cut off, and was written again.
  EXPECT_EQ(read_text_file(written).substr(0, before.size() / 2), before.substr(0, before.size() / 2));
  ASSERT_EQ(run_radlads(sampled("student")).status, 0);
  ASSERT_EQ(run_radlads(sampled("whole")).status, 0);
  EXPECT_EQ(read_text_file(path("student.run/data/tokens.bin")),
            read_text_file(path("whole.run/data/tokens.bin")));
  EXPECT_FALSE(fs::exists(path("student.run/data/tokens.self_text")));
  EXPECT_FALSE(fs::exists(path("student.run.new")));
}

TEST_F(ConversionSafetyTest, AStartDescribesItself) {
  std::vector<std::string> transfer = command("start");
  transfer[0] = "transfer";
  ASSERT_EQ(run_radlads(transfer).status, 0);
  std::vector<std::string> align = command("student", {"--from", path("start")});
  align[0] = "align";
  const auto with = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = align;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_radlads(arguments);
  };
  expect_refusal(with({"--mixer", "rwkv6"}), {"mixer", "start"});
  expect_refusal(with({"--softmax_layers", "1"}), {"softmax_layers", "start"});
  expect_refusal(with({"--gate_rank_type", "0"}), {"gate_rank_type", "start"});
  std::vector<std::string> from_teacher = align;
  std::replace(from_teacher.begin(), from_teacher.end(), path("start").string(), path("teacher").string());
  expect_refusal(run_radlads(from_teacher), {"teacher", "not a student"});
  align.erase(std::find(align.begin(), align.end(), "--mixer"),
              std::find(align.begin(), align.end(), "--data"));
  EXPECT_EQ(run_radlads(align).status, 0);
}

TEST_F(ConversionSafetyTest, WhatPretrainingMakesIsCalledAModel) {
  const ProgramResult result =
      run_radlads({"pretrain", path("teacher"), path("model"), "--data", path("text.txt"),
                   "--pretrain.tokens", "64", "--pretrain.context", "16", "--pretrain.batch", "2"});
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.errors.find("\nmodel: " + path("model").string()), std::string::npos) << result.errors;
}

TEST_F(ConversionSafetyTest, AConfigThatChangedIsNoticed) {
  const auto pretrain = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"pretrain",
                                          path("teacher"),
                                          path("model"),
                                          "--data",
                                          path("text.txt"),
                                          "--pretrain.tokens",
                                          "1M",
                                          "--pretrain.context",
                                          "16",
                                          "--pretrain.batch",
                                          "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  ASSERT_EQ(run_radlads(pretrain({}), after(5, SIGINT, "model")).status, 130);
  ASSERT_EQ(run_radlads(pretrain({"--resume"}), after(10, SIGINT, "model")).status, 130);
  write_text_file(path("teacher/config.json"), tiny_config("qwen2", /*tied=*/true));
  expect_refusal(run_radlads(pretrain({"--resume"})), {"config.json", "no longer"});
}

TEST_F(ConversionSafetyTest, AStudentThatIsNoNumberIsNotHandedOver) {
  const ProgramResult result =
      run_radlads(command("student", {"--align.tokens", "32", "--align.lr", "1e39", "--align.clip", "0",
                                      "--align.warmup_steps", "0", "--distill.tokens", "0"}));
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.errors.find("no longer finite"), std::string::npos) << result.errors;
  EXPECT_FALSE(fs::exists(path("student")));
}

TEST_F(ConversionSafetyTest, ADamagedTeacherIsNamedBeforeTheWork) {
  const std::string name = "model.layers.1.mlp.up_proj.weight";
  write_changed_model(path("damaged"), path("teacher"),
                      [&](const std::string& tensor, std::span<float> values) {
                        if (tensor == name) values[7] = std::numeric_limits<float>::quiet_NaN();
                      });
  std::vector<std::string> arguments = command("student");
  arguments[1] = path("damaged");
  expect_refusal(run_radlads(arguments), {name, "not finite", "damaged/model.safetensors"});
  EXPECT_FALSE(fs::exists(path("student.run")));
}

TEST_F(ConversionSafetyTest, AStepThatTrainsNothingIsRefused) {
  expect_refusal(run_radlads(command("student", {"--align.freeze", "mixer"})),
                 {"align.freeze: mixer leaves nothing to train"});
  const std::string all = "embedding,norm,mixer,feed_forward,head";
  expect_refusal(run_radlads(command("student", {"--distill.freeze", all})),
                 {"distill.freeze: embedding, norm"});
  expect_refusal(
      run_radlads(command("student", {"--distill.lora_rank", "2", "--distill.freeze", "mixer,feed_forward"})),
      {"distill.freeze"});
  EXPECT_EQ(run_radlads(command("student", {"--align.tokens", "0", "--align.freeze", "mixer"})).status, 0);
}

TEST_F(ConversionSafetyTest, FewerDocumentsToCompareOnThanAskedForAreCounted) {
  const auto errors = [&](const std::vector<std::string>& more) {
    return run_radlads(command("student", more)).errors;
  };
  EXPECT_NE(
      errors({"--eval.documents", "7", "--align.tokens", "32", "--distill.tokens", "0"})
          .find("eval.documents is 7, but at most a tenth of the data is held out of training: 6 documents"),
      std::string::npos);
  EXPECT_NE(errors({"--overwrite", "--eval.documents", "61", "--eval.text", path("text.txt"),
                    "--align.tokens", "32", "--distill.tokens", "0"})
                .find("eval.documents is 61, but " + path("text.txt").string() + " has 60 documents"),
            std::string::npos);
}

TEST_F(ConversionSafetyTest, DataMayComeThroughAPipe) {
  std::string line = RADLADS_BINARY_DIR "/radlads";
  for (std::string argument : command("student")) {
    if (argument == path("text.txt")) argument = "<(cat " + argument + ")";
    line += " " + argument;
  }
  EXPECT_EQ(std::system(("bash -c '" + line + "' > /dev/null 2> " + path("errors").string()).c_str()), 0)
      << read_text_file(path("errors"));
}

TEST_F(ConversionSafetyTest, BadLinesAreLeftOutAndCountedWhereThatIsAskedFor) {
  std::string lines = "{\"body\": 1}\n";
  for (int i = 0; i < 60; ++i) lines += "{\"body\": \"Once upon a time there was a cat. It ran.\"}\n";
  write_text_file(path("lines.json"), lines);
  const std::vector<std::string> flags = {"--data", path("lines.json"), "--text_key", "body"};
  expect_refusal(run_radlads(command("student", flags)), {"line 1", "lines.json"});
  std::vector<std::string> more = flags;
  more.push_back("--skip_bad_lines");
  const ProgramResult result = run_radlads(command("student", more));
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.errors.find("left out 1 document that cannot be read"), std::string::npos)
      << result.errors;
}

TEST_F(ConversionSafetyTest, TokensWithoutAnEmbeddingAreNamedBeforeTheWork) {
  const std::string added = R"("added_tokens": [)";
  std::string tokenizer = read_text_file(path("teacher/tokenizer.json"));
  const size_t at = tokenizer.find(added);
  ASSERT_NE(at, std::string::npos);
  tokenizer.insert(at + added.size(),
                   R"({"id": 2048, "content": "<|im_start|>", "single_word": false, "lstrip": false,
      "rstrip": false, "normalized": false, "special": true},)");
  write_text_file(path("teacher/tokenizer.json"), tokenizer);
  std::vector<std::string> transfer = {"transfer", path("teacher"), path("start"), "--mixer", "rwkv7"};
  const ProgramResult result = run_radlads(transfer);
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.errors.find("1 more than the 2048 tokens of the model (the first is \"<|im_start|>\")"),
            std::string::npos)
      << result.errors;
}

TEST_F(ConversionSafetyTest, NumbersThatCannotBeMeantAreRefused) {
  expect_refusal(run_radlads(command("student", {"--threads", "4294967297"})), {"threads", "from 0 to 1024"});
  expect_refusal(
      run_radlads(command("student", {"--align.context", "4294967296", "--align.batch", "4294967296"})),
      {"align.context", "from 2 to"});
  const ProgramResult short_data =
      run_radlads(command("student", {"--data_order", "reference", "--distill.context", "65536"}));
  EXPECT_EQ(short_data.status, 1);
  EXPECT_NE(short_data.errors.find("too few for the reference order"), std::string::npos)
      << short_data.errors;
  EXPECT_FALSE(fs::exists(path("student.run")));
}

}  // namespace
}  // namespace radlads
