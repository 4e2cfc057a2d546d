#include "recipe/recipe.h"

#include <array>

#include <gtest/gtest.h>

#include "core/error.h"
#include "io/file.h"
#include "recipe/run_folder.h"
#include "recipe/yaml.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

class RecipeTest : public testing::Test {
 protected:
  void read(const std::string& yaml) {
    const auto file = folder_.path() / "recipe.yaml";
    write_text_file(file, yaml);
    auto options = recipe_options(recipe_, Command::kConvert);
    read_recipe_file(file, options);
  }

  std::string refusal(const std::string& yaml) {
    try {
      read(yaml);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }

  TempFolder folder_;
  Recipe recipe_;
};

TEST_F(RecipeTest, DefaultsAreThePapers) {
  EXPECT_EQ(recipe_.align.tokens, 100'000'000);
  EXPECT_EQ(recipe_.align.schedule, Schedule::kCosine);
  EXPECT_EQ(recipe_.align.num_updates(), 6104);
  EXPECT_EQ(recipe_.distill.tokens, 500'000'000);
  EXPECT_EQ(recipe_.distill.batch, 96);
  EXPECT_EQ(recipe_.extend.context, 16384);
  EXPECT_EQ(recipe_.distill.clip, 1);
}

TEST_F(RecipeTest, TheExamplesAreRecipes) {
  const std::filesystem::path examples = std::filesystem::path(RADLADS_SOURCE_DIR) / "examples";
  for (const char* name : {"quickstart.yaml", "overnight.yaml"}) {
    Recipe recipe;
    auto options = recipe_options(recipe, Command::kConvert);
    read_recipe_file(examples / name, options);
    EXPECT_EQ(recipe.mixer, "rwkv7") << name;
    EXPECT_EQ(recipe.extend.tokens, 0) << name;
  }
}

TEST_F(RecipeTest, AFileIsRead) {
  read(
      "mixer: rwkv7\nsoftmax_layers: [3, 5]\nseed: 9\ndata: [a b.txt, c.jsonl]\n"
      "align: {tokens: 2M, lr: 1e-3, final_lr: 1e-5, schedule: cosine, freeze: [norm]}\n"
      "distill:\n  tokens: 4M   # a comment\n  mixer_lr: 6e-4\nextend: {tokens: 0}\n");
  EXPECT_EQ(recipe_.mixer, "rwkv7");
  EXPECT_EQ(recipe_.softmax_layers, (std::vector<int64_t>{3, 5}));
  EXPECT_EQ(recipe_.data, (std::vector<std::string>{"a b.txt", "c.jsonl"}));
  EXPECT_EQ(recipe_.align.tokens, 2'000'000);
  EXPECT_EQ(recipe_.align.freeze, (std::vector<std::string>{"norm"}));
  EXPECT_EQ(recipe_.distill.mixer_lr, 6e-4);
  EXPECT_EQ(recipe_.extend.tokens, 0);
}

TEST_F(RecipeTest, TheEffectiveRecipeReadsBackAsItself) {
  read(
      "mixer: rwkv6\nsoftmax_layers: [1]\nuse_rope: true\ngate_rank_type: 2\ndistill: {tokens: 7, lr: 0.1, "
      "mixer_lr: 3e-7}\n"
      "data: ['with, comma.txt']\neval: {text: ''}\n");
  auto options = recipe_options(recipe_, Command::kConvert);
  const std::string yaml = to_yaml(options);
  Recipe again;
  auto again_options = recipe_options(again, Command::kConvert);
  write_text_file(folder_.path() / "effective.yaml", yaml);
  read_recipe_file(folder_.path() / "effective.yaml", again_options);
  EXPECT_EQ(to_yaml(again_options), yaml);
  EXPECT_EQ(again.data, recipe_.data);
  EXPECT_EQ(again.mixer_options["use_rope"], 1);
  EXPECT_EQ(again.mixer_options["use_tokenshift"], std::nullopt);
  EXPECT_EQ(again.distill.mixer_lr, 3e-7);
}

TEST_F(RecipeTest, ValuesAreTakenAsTheyAreWritten) {
  read("data: [1.10, 007, no, \"\\n\"]\ndistill: {untie: yes}\nextend: {untie: off}\n");
  EXPECT_EQ(recipe_.data, (std::vector<std::string>{"1.10", "007", "no", "\n"}));
  EXPECT_TRUE(recipe_.distill.untie);
  EXPECT_FALSE(recipe_.extend.untie);
}

TEST_F(RecipeTest, NumbersAndFlagsAreAsYamlReadsThem) {
  read(
      "checkpoint_every: 010\nseed: 1_000\nsoftmax_layers: [010, 0x1]\nrecompute: yes\nuse_rope: on\n"
      "align: {tokens: 2M, context: '010', lr: 1_0.5, final_lr: 1e-3}\n");
  EXPECT_EQ(recipe_.checkpoint_every, 8);
  EXPECT_EQ(recipe_.seed, 1000u);
  EXPECT_EQ(recipe_.softmax_layers, (std::vector<int64_t>{8, 1}));
  EXPECT_EQ(recipe_.recompute, true);
  EXPECT_EQ(recipe_.mixer_options["use_rope"], 1);
  EXPECT_EQ(recipe_.align.tokens, 2'000'000);
  EXPECT_EQ(recipe_.align.context, 10) << "text, as on the command line";
  EXPECT_EQ(recipe_.align.lr, 10.5);
  EXPECT_EQ(recipe_.align.final_lr, 1e-3);
}

TEST_F(RecipeTest, AnchorsAndMergesServeSteps) {
  read("align: &step {context: 64, batch: 3}\ndistill: {<<: *step, batch: 5}\n");
  EXPECT_EQ(recipe_.distill.context, 64);
  EXPECT_EQ(recipe_.distill.batch, 5);
}

TEST_F(RecipeTest, MistakesAreNamedWithTheirFile) {
  const std::pair<const char*, const char*> cases[] = {
      {"mixr: rwkv7", "mixr"},
      {"align: {token: 2M}", "align.token"},
      {"align: {tokens: 2X}", "align.tokens"},
      {"align: {lr: -1}", "align.lr"},
      {"align: {lr: nan}", "align.lr"},
      {"align: {schedule: cosin}", "align.schedule"},
      {"mixer: rwkv5", "mixer"},
      {"distill: {beta1: 1.5}", "distill.beta1"},
      {"distill: {freeze: [mlp]}", "distill.freeze"},
      {"softmax_layers: [a]", "softmax_layers"},
      {"align: [1, 2", "line"},
      {"seed: [1, 2]", "seed"},
      {"- a", "map"},
      {"seed: 1\nseed: 2", "\"seed\" appears twice in line 2"},
      {"\ndistill: {untie: maybe}", "in line 2"},
      {"data: !function x", "!function"},
      {"distill: {tokens: 5}\ndistill.tokens: 6", "distill.tokens is given twice, in line 2"},
      {"distill: {tokens: }", "distill.tokens has no value, in line 1"},
      {"distill: 5", "distill is a group of options (give distill.tokens, for example), in line 1"},
      {"seed: !!int x", "] \"x\" is not of the type !!int in line 1"},
  };
  for (const auto& [yaml, name] : cases) {
    const std::string message = refusal(yaml);
    EXPECT_NE(message.find(name), std::string::npos) << yaml << ": " << message;
    EXPECT_NE(message.find("recipe.yaml"), std::string::npos) << yaml << ": " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_EQ(message.find(" line "), message.rfind(" line ")) << message;
  }
}

// Any invalid number is refused in one line that names the option.
TEST_F(RecipeTest, EveryNumberHasARange) {
  for (const Command command : {Command::kConvert, Command::kPretrain}) {
    int numbers = 0;
    for (const Option& option : recipe_options(recipe_, command)) {
      if (option.values != "count" && option.values != "number") continue;
      ++numbers;
      std::vector<std::string> cannot_be = {"-1", "-0.5", "nan", "inf", "-inf", "1e400", "x", "", "1 2"};
      if (option.values == "count")
        cannot_be.insert(cannot_be.end(), {"0.5", "1e30", "99999999999999999999"});
      for (const std::string& text : cannot_be) {
        try {
          option.set({text});
          ADD_FAILURE() << option.name << " takes \"" << text << '"';
        } catch (const UserError& error) {
          EXPECT_NE(std::string(error.what()).find(option.name), std::string::npos) << error.what();
        }
      }
    }
    EXPECT_GT(numbers, 15);
  }
}

TEST_F(RecipeTest, SizesThatNoRunHasAreRefused) {
  for (const char* yaml :
       {"threads: 1G", "align: {context: 1G}", "align: {batch: 1G}", "distill: {lora_rank: 1G}",
        "gate_rank_type: 3", "lora_rank_decay: 1G", "self: {temperature: 1e9}", "eval: {context: 1}",
        "checkpoint_every: 0", "softmax_layers: [1000000]"}) {
    EXPECT_NE(refusal(yaml).find(" from "), std::string::npos) << yaml << ": " << refusal(yaml);
  }
}

TEST(Schedule, ShapesMeetTheirEnds) {
  for (const Schedule schedule :
       {Schedule::kCosine, Schedule::kLinear, Schedule::kExp, Schedule::kOneMinusSqrt}) {
    StepRecipe step;
    step.tokens = 1000;
    step.context = 10;
    step.batch = 1;
    step.warmup_steps = 0;
    step.schedule = schedule;
    step.lr = 1e-3;
    step.final_lr = 1e-5;
    EXPECT_NEAR(learning_rates(step, 0).lr, 1e-3, 1e-12) << static_cast<int>(schedule);
    EXPECT_NEAR(learning_rates(step, 100).lr, 1e-5, 1e-12) << static_cast<int>(schedule);
  }
}

TEST(Schedule, ShapesDifferBetweenTheirEnds) {
  // From 1 to 0.01: a quarter, half and three quarters of the way, by the formulas of docs and paper.
  const std::pair<Schedule, std::array<double, 3>> shapes[] = {
      {Schedule::kFlat, {1, 1, 1}},
      {Schedule::kLinear, {0.7525, 0.505, 0.2575}},
      {Schedule::kCosine, {0.9246407, 0.7100357, 0.3888566}},
      {Schedule::kOneMinusSqrt, {0.505, 0.2999643, 0.1426349}},
      {Schedule::kExp, {0.3162278, 0.1, 0.0316228}}};
  for (const auto& [schedule, rates] : shapes) {
    StepRecipe step;
    step.tokens = 1000;
    step.context = 10;
    step.batch = 1;
    step.warmup_steps = 0;
    step.schedule = schedule;
    step.lr = 1;
    step.final_lr = 0.01;
    for (size_t i = 0; i < rates.size(); ++i)
      EXPECT_NEAR(learning_rates(step, 25 * (static_cast<int64_t>(i) + 1)).lr, rates[i], 1e-6)
          << static_cast<int>(schedule);
  }
}

TEST(Schedule, ABudgetWithinTheWarmUpStillRises) {
  StepRecipe step;
  step.tokens = 100;
  step.context = 10;
  step.batch = 1;
  step.lr = step.final_lr = 1;
  EXPECT_NEAR(learning_rates(step, 0).lr, 0.01, 1e-12);
  EXPECT_LT(learning_rates(step, 8).lr, learning_rates(step, 9).lr);
}

TEST(RunFolder, LiesBesideTheStudent) {
  EXPECT_EQ(RunFolder::of("out/student").path, "out/student.run");
  EXPECT_EQ(RunFolder::of("out/student/").path, "out/student.run");
}

TEST(RunFolder, AJobReadsBack) {
  const TempFolder folder;
  const RunFolder run = {folder.path()};
  write_text_file(run.job(), to_yaml(Job{"convert", "a teacher: with colon", "", "tokens", -1}));
  const Job job = read_job(run);
  EXPECT_EQ(job.command, "convert");
  EXPECT_EQ(job.teacher, "a teacher: with colon");
  EXPECT_EQ(job.start, "");
  EXPECT_EQ(job.end_of_document, -1);
  write_text_file(run.job(), "command: [");
  EXPECT_THROW(read_job(run), UserError);
}

}  // namespace
}  // namespace radlads
