#include "train/trainer.h"

#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "core/error.h"
#include "io/file.h"
#include "mixers/table.h"
#include "recipe/yaml.h"
#include "train/model_cases.h"

namespace radlads::train {
namespace {

namespace fs = std::filesystem;

/// A run folder as the command line prepares it: a tiny teacher, a student config, a token file, a recipe.
class TrainerTest : public testing::Test {
 protected:
  TrainerTest() : folders_({.name = "softmax"}) {
    BinidxWriter writer(folder_.path() / "tokens", 2048);
    for (int32_t d = 0; d < 40; ++d) {
      std::vector<int32_t> document = {0};
      for (int32_t i = 0; i < 5 + d % 9; ++i) document.push_back((d * 31 + i * 17) % 2048);
      writer.append(document);
    }
    writer.commit();
    recipe_.mixer = "rwkv7";
    recipe_.dtype = DType::kF32;
    recipe_.threads = 2;
    recipe_.checkpoint_every = 3;
    for (StepRecipe* step : {&recipe_.align, &recipe_.distill, &recipe_.extend}) {
      step->tokens = 8 * 32;
      step->context = 16;
      step->batch = 2;
      step->warmup_steps = 2;
    }
  }

  RunFolder prepare(const std::string& name, const std::string& command = "convert") {
    const RunFolder run = {folder_.path() / name};
    make_folder(run.path);
    const Command kind = command == "pretrain" ? Command::kPretrain : Command::kConvert;
    write_text_file(run.recipe(), to_yaml(recipe_options(recipe_, kind)));
    const ModelConfig teacher = read_config(folders_.teacher());
    const ModelConfig student =
        student_config(teacher, mixers::Rad7::spec, fresh_options(mixers::Rad7::spec, 32),
                       recipe_.softmax_layers, false, DType::kF32);
    write_text_file(run.config(), command == "pretrain" ? teacher.source : student.source);
    write_text_file(run.job(), to_yaml(Job{command, command == "pretrain" ? "" : folders_.teacher().string(),
                                           "", (folder_.path() / "tokens").string(), 0}));
    return run;
  }

  static std::string weights(const RunFolder& run) {
    return read_text_file(run.model() / "model.safetensors");
  }

  static int64_t lines(const fs::path& file) {
    std::ifstream in(file);
    return std::count(std::istreambuf_iterator<char>(in), {}, '\n');
  }

  /// Runs a trainer that is asked to stop after `updates` of its updates.
  static bool run_for(const RunFolder& run, int updates) {
    return Trainer(run).run([&] { return --updates <= 0; });
  }

  ModelFolders folders_;
  TempFolder folder_;
  Recipe recipe_;
};

TEST_F(TrainerTest, ARunGoesThroughAllSteps) {
  const RunFolder run = prepare("run");
  ASSERT_TRUE(run_for(run, 1000));
  EXPECT_EQ(lines(run.log()), 24);
  EXPECT_EQ(open_model(run.model()).config.model_type, "rwkv7qwen2");
  EXPECT_EQ(find_checkpoint(run.checkpoints())->step, StepKind::kExtend);
  EXPECT_TRUE(run_for(run, 1000)) << "a finished run has nothing to do";
  EXPECT_EQ(lines(run.log()), 24);
}

TEST_F(TrainerTest, AnInterruptedRunEndsInTheSameBits) {
  const RunFolder whole = prepare("whole"), parts = prepare("parts");
  ASSERT_TRUE(run_for(whole, 1000));
  for (const int updates : {1, 4, 6, 2, 9}) EXPECT_FALSE(run_for(parts, updates));
  ASSERT_TRUE(run_for(parts, 1000));
  EXPECT_EQ(weights(parts), weights(whole));
  EXPECT_EQ(lines(parts.log()), lines(whole.log()));
}

TEST_F(TrainerTest, AKilledRunGoesBackToItsCheckpoint) {
  const RunFolder whole = prepare("whole"), killed = prepare("killed");
  ASSERT_TRUE(run_for(whole, 1000));
  struct Killed {};
  int updates = 11;  // two after a checkpoint, in the second step
  EXPECT_THROW(Trainer(killed).run([&]() -> bool {
    if (--updates == 0) throw Killed();
    return false;
  }),
               Killed);
  EXPECT_EQ(lines(killed.log()), 11);
  ASSERT_TRUE(run_for(killed, 1000));
  EXPECT_EQ(weights(killed), weights(whole));
  EXPECT_EQ(lines(killed.log()), lines(whole.log()));
}

TEST_F(TrainerTest, RecomputingChangesNoBit) {
  recipe_.recompute = false;
  const RunFolder kept = prepare("kept");
  recipe_.recompute = true;
  const RunFolder recomputed = prepare("recomputed");
  ASSERT_TRUE(run_for(kept, 1000));
  ASSERT_TRUE(run_for(recomputed, 1000));
  EXPECT_EQ(weights(kept), weights(recomputed));
}

TEST_F(TrainerTest, MicroBatchesAddUp) {
  recipe_.align.tokens = recipe_.distill.tokens = recipe_.extend.tokens = 2 * 64;
  for (StepRecipe* step : {&recipe_.align, &recipe_.distill, &recipe_.extend}) step->batch = 4;
  const RunFolder whole = prepare("whole");
  for (StepRecipe* step : {&recipe_.align, &recipe_.distill, &recipe_.extend}) step->micro_batch = 3;
  const RunFolder micro = prepare("micro");
  ASSERT_TRUE(run_for(whole, 1000));
  ASSERT_TRUE(run_for(micro, 1000));
  ASSERT_EQ(lines(whole.log()), 6);
  ASSERT_EQ(lines(micro.log()), 6);
  std::ifstream a(whole.log()), b(micro.log());
  for (std::string line_a, line_b; std::getline(a, line_a) && std::getline(b, line_b);) {
    const auto loss = [](const std::string& line) {
      return std::stod(line.substr(line.find("\"loss\":") + 7));
    };
    EXPECT_NEAR(loss(line_a), loss(line_b), 1e-4 * loss(line_a));
  }
}

TEST_F(TrainerTest, ASkippedStepIsSkippedAndAFrozenPartStays) {
  recipe_.align.tokens = recipe_.extend.tokens = 0;
  recipe_.distill.freeze = {"feed_forward", "embedding"};
  const RunFolder run = prepare("run");
  ASSERT_TRUE(run_for(run, 1000));
  EXPECT_EQ(lines(run.log()), 8);
  const ModelFolder teacher = open_model(folders_.teacher()), student = open_model(run.model());
  const auto same = [&](const char* name) {
    const auto a = teacher.tensors.at(name).f32(), b = student.tensors.at(name).f32();
    return std::equal(a.begin(), a.end(), b.begin());
  };
  EXPECT_TRUE(same("model.layers.1.mlp.up_proj.weight"));
  EXPECT_TRUE(same("model.embed_tokens.weight"));
  EXPECT_FALSE(same("model.layers.1.self_attn.q_proj.weight"));
  EXPECT_FALSE(same("lm_head.weight"));
}

TEST_F(TrainerTest, LowRankChangesLeaveTheRestOfTheTeacherAndResume) {
  recipe_.align.tokens = 0;
  recipe_.distill.lora_rank = 2;
  recipe_.extend.tokens = 0;
  const RunFolder whole = prepare("whole"), parts = prepare("parts");
  ASSERT_TRUE(run_for(whole, 1000));
  for (const int updates : {3, 2}) EXPECT_FALSE(run_for(parts, updates));
  ASSERT_TRUE(run_for(parts, 1000));
  EXPECT_EQ(weights(parts), weights(whole));

  const ModelFolder teacher = open_model(folders_.teacher()), student = open_model(whole.model());
  EXPECT_THROW(student.tensors.at("model.layers.0.mlp.up_proj.weight.lora_A"), UserError);
  const auto change = [&](const char* name) {
    const TensorView &a = teacher.tensors.at(name), &b = student.tensors.at(name);
    const auto tensor = [](const TensorView& view) {
      return at::from_blob(const_cast<float*>(view.f32().data()), view.shape, at::kFloat);
    };
    return at::Tensor(tensor(b) - tensor(a));
  };
  for (const char* name : {"model.layers.1.mlp.up_proj.weight", "model.layers.0.self_attn.q_proj.weight"}) {
    const Tensor singular_values = at::linalg_svdvals(change(name));
    EXPECT_GT(singular_values[1].item<float>(), 1e-6) << name;
    EXPECT_LT(singular_values[2].item<float>(), 1e-3 * singular_values[0].item<float>()) << name;
  }
  for (const char* name :
       {"model.embed_tokens.weight", "model.norm.weight", "model.layers.0.input_layernorm.weight"}) {
    EXPECT_EQ(change(name).abs().max().item<float>(), 0) << name;
  }
}

TEST_F(TrainerTest, TheReferenceOrderTrainsToo) {
  recipe_.data_order = TokenOrder::kReference;
  EXPECT_TRUE(run_for(prepare("run"), 1000));
}

TEST_F(TrainerTest, PretrainingLowersTheLoss) {
  recipe_.pretrain.tokens = 60 * 64;
  recipe_.pretrain.context = 16;
  recipe_.pretrain.batch = 4;
  recipe_.pretrain.warmup_steps = 2;
  recipe_.pretrain.lr = 1e-2;
  const RunFolder run = prepare("run", "pretrain");
  ASSERT_TRUE(run_for(run, 1000));
  std::ifstream log(run.log());
  std::vector<double> losses;
  for (std::string line; std::getline(log, line);)
    losses.push_back(std::stod(line.substr(line.find("\"loss\":") + 7)));
  EXPECT_NEAR(losses.front(), std::log(2048), 0.2);
  EXPECT_LT(losses.back(), 0.8 * losses.front());
}

TEST_F(TrainerTest, ALossThatIsNoNumberStopsTheRun) {
  recipe_.distill.lr = recipe_.distill.final_lr = 1e30;
  recipe_.distill.warmup_steps = 0;
  const RunFolder run = prepare("run");
  EXPECT_THROW(run_for(run, 1000), UserError);
  EXPECT_EQ(find_checkpoint(run.checkpoints())->step, StepKind::kAlign) << "what was good is kept";
}

}  // namespace
}  // namespace radlads::train
