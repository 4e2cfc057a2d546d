// What a run's folder holds, whole and damaged.
#include "conversion/reports.h"

#include <gtest/gtest.h>

#include "io/damage.h"
#include "io/file.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

RunReport report() {
  RunReport report;
  report.steps.push_back({.name = "align", .seconds = 2.5});
  report.comparison = ComparisonReport{.documents = 3, .tokens = 40};
  report.comparison->teacher_nats_per_token = 1.5;
  report.comparison->student_nats_per_token = 1.75;
  report.comparison->kl_per_token = 0.25;
  report.comparison->top1_agreement = 0.75;
  return report;
}

TEST(RunFigures, AreReadAsTheyWereWritten) {
  const TempFolder folder;
  const RunFolder run = {folder.path()};
  EXPECT_FALSE(read_figures(run));
  write_figures(run, report());
  const auto figures = read_figures(run);
  ASSERT_TRUE(figures);
  EXPECT_EQ(figures->teacher_nats_per_token, 1.5);
  EXPECT_EQ(figures->student_nats_per_token, 1.75);
  EXPECT_EQ(figures->kl_per_token, 0.25);
  EXPECT_EQ(figures->top1_agreement, 0.75);
  EXPECT_EQ(figures->documents, 3);
  EXPECT_EQ(figures->tokens, 40);
  EXPECT_EQ(figures->seconds, 2.5);
}

TEST(RunFigures, DamagedOnesAreReadOrRefused) {
  const TempFolder folder;
  const RunFolder run = {folder.path()};
  write_figures(run, report());
  const std::string whole = read_text_file(run.figures());
  Random random(1, 0);
  int refused = 0;
  for (int i = 0; i < 500; ++i) {
    folder.write("figures.json", damaged(whole, random));
    try {
      read_figures(run);
    } catch (const UserError& error) {
      ++refused;
      EXPECT_NE(std::string(error.what()).find("remove that file and the student"), std::string::npos);
    }
  }
  EXPECT_GT(refused, 100);
}

constexpr std::string_view kLog =
    R"({"step":"align","tokens":100,"loss":4.0,"tokens_per_second":50.0}
{"step":"align","tokens":200,"loss":2.0,"tokens_per_second":100.0}
{"step":"distill","tokens":100,"loss":1.0,"tokens_per_second":100.0}
)";

TEST(TrainingLog, GivesTheCurvesOfEachStep) {
  const TempFolder folder;
  const auto steps = read_training_log(folder.write("log.jsonl", kLog));
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].name, "align");
  EXPECT_EQ(steps[0].tokens, (std::vector<double>{100, 200}));
  EXPECT_EQ(steps[0].loss, (std::vector<double>{4, 2}));
  EXPECT_EQ(steps[0].first_loss, 4);
  EXPECT_EQ(steps[0].last_loss, 3);
  EXPECT_EQ(steps[0].seconds, 3);
  EXPECT_EQ(steps[1].seconds, 1);
}

TEST(TrainingLog, LeavesOutALineThatIsNotWhole) {
  const TempFolder folder;
  const auto steps = read_training_log(folder.write(
      "log.jsonl", "{\"step\":\"align\",\"tokens\":5}\n{\"step\":\"align\",\"tokens\":5,\"loss\":null}\n" +
                       std::string(kLog) + "{\"st"));
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].tokens, (std::vector<double>{100, 200}));
}

TEST(TrainingLog, DamageCostsLinesAndNothingElse) {
  const TempFolder folder;
  Random random(1, 0);
  for (int i = 0; i < 500; ++i) {
    for (const StepReport& step : read_training_log(folder.write("log.jsonl", damaged(kLog, random)))) {
      EXPECT_FALSE(step.loss.empty());
      EXPECT_EQ(step.loss.size(), step.tokens.size());
    }
  }
}

}  // namespace
}  // namespace radlads
