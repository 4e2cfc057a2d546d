// evaluation_page: what is where, with a teacher and without.
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "report/evaluation_report.h"
#include "report/markup.h"

namespace radlads::report {
namespace {

using Texts = std::vector<std::string>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

EvaluationReport example() {
  return {.student_name = "stories-rwkv7",
          .teacher_name = "stories",
          .date = "2026-11-21",
          .program = "radlads 0.1",
          .command = "radlads eval stories-rwkv7 --against stories --tasks mmlu,piqa,gsm8k",
          .tasks = {{.name = "mmlu",
                     .partial = "6 of 57",
                     .metric = "acc",
                     .chance = 0.25,
                     .teacher = ScoreReport{0.5, 0.01},
                     .student = {0.4, 0.02},
                     .relative = RelativeReport{60, 52.5, 67.25}},
                    {.name = "piqa",
                     .metric = "acc_norm",
                     .chance = 0.5,
                     .teacher = ScoreReport{0.51, 0.02},
                     .student = {0.52, 0.02}},
                    {.name = "colors", .metric = "acc", .teacher = ScoreReport{1, {}}, .student = {0, {}}}},
          .figures = {{.name = "mmlu (6 of 57)",
                       .num_fewshot = "5",
                       .filter = "none",
                       .metric = "acc",
                       .teacher = ScoreReport{0.5, 0.01},
                       .student = ScoreReport{0.4, 0.02}},
                      {.name = "anatomy",
                       .depth = 1,
                       .num_fewshot = "5",
                       .filter = "none",
                       .metric = "acc",
                       .teacher = ScoreReport{0.5, {}},
                       .student = ScoreReport{0.25, {}}},
                      {.name = "tagged"}},
          .mean = RelativeReport{60, 52.5, 67.25},
          .num_in_mean = 1};
}

/// The same student without its teacher.
EvaluationReport alone() {
  EvaluationReport report = example();
  report.teacher_name.clear();
  for (TaskReport& task : report.tasks) {
    task.teacher.reset();
    task.relative.reset();
  }
  for (FigureReport& figure : report.figures) figure.teacher.reset();
  report.mean.reset();
  report.num_in_mean = 0;
  return report;
}

std::string section_of(const std::string& page, const std::string& title) {
  return between(page, fmt::format("<h2>{}</h2>", title), "</section>");
}

TEST(EvaluationPage, IsAWellFormedPageThatNeedsNothing) {
  EvaluationReport one_task = example();
  one_task.tasks.resize(1);
  for (const EvaluationReport& report : {example(), alone(), one_task, EvaluationReport{}}) {
    const std::string page = evaluation_page(report);
    EXPECT_EQ(markup_error(page), "");
    EXPECT_EQ(page.rfind("<!DOCTYPE html>\n<html lang=\"en\">", 0), 0u);
    for (const char* part : {"<script", "<link", "<img", "src=", "href=", "url("})
      EXPECT_EQ(count_of(page, part), 0u) << part;
  }
}

TEST(EvaluationPage, TellsWhatWasEvaluated) {
  const std::string page = evaluation_page(example());
  EXPECT_EQ(texts_of(page, "title"), Texts{"stories-rwkv7: Evaluation against stories"});
  EXPECT_EQ(texts_of(page, "h1"), Texts{"stories-rwkv7"});
  EXPECT_EQ(texts_of(between(page, "<header>", "</header>"), "p"),
            (Texts{"radlads 0.1 · 2026-11-21", "Evaluation against stories"}));
  EXPECT_EQ(texts_of(page, "h2"), (Texts{"Relative to the teacher", "Scores", "All figures", "Command"}));
  EXPECT_EQ(texts_of(page, "code"),
            Texts{"radlads eval stories-rwkv7 --against stories --tasks mmlu,piqa,gsm8k"});
}

TEST(EvaluationPage, ScoresArePairsOfBarsWithChance) {
  const std::string scores = section_of(evaluation_page(example()), "Scores");
  EXPECT_EQ(texts_of(scores, "li"), (Texts{"Student", "Teacher"}));
  EXPECT_EQ(texts_of(scores, "dt"), (Texts{"mmlu (6 of 57) acc", "piqa acc_norm", "colors acc"}));
  const std::string mmlu = between(scores, "<dt>mmlu", "</svg>");
  EXPECT_EQ(texts_of(mmlu, "text"), (Texts{"0.4000", "0.5000"}));
  EXPECT_EQ(count_of(mmlu, "width=\"40.00%\""), 1u);
  EXPECT_EQ(count_of(mmlu, "width=\"50.00%\""), 1u);
  EXPECT_EQ(count_of(mmlu, "class=\"whisker\" x1=\"38.00%\" x2=\"42.00%\""), 1u);
  EXPECT_EQ(count_of(mmlu, "class=\"whisker\" x1=\"49.00%\" x2=\"51.00%\""), 1u);
  EXPECT_EQ(count_of(mmlu, "class=\"mark\" x1=\"25.00%\""), 1u);
  const std::string colors = between(scores, "<dt>colors", "</svg>");
  EXPECT_EQ(count_of(colors, "whisker") + count_of(colors, "\"mark\""), 0u);
}

TEST(EvaluationPage, RelativeScoresHaveIntervalsAndAMean) {
  const std::string relative = section_of(evaluation_page(example()), "Relative to the teacher");
  EXPECT_EQ(texts_of(relative, "dt"), (Texts{"mmlu (6 of 57)", "piqa", "Mean of 1 of 2 tasks"}));
  const std::string mmlu = between(relative, "<dt>mmlu", "</svg>");
  EXPECT_EQ(texts_of(mmlu, "text"), Texts{"60.0%"});
  EXPECT_EQ(count_of(mmlu, "width=\"60.00%\""), 1u);
  EXPECT_EQ(count_of(mmlu, "class=\"whisker\" x1=\"52.50%\" x2=\"67.25%\""), 1u);
  EXPECT_EQ(count_of(mmlu, "class=\"mark\" x1=\"100.00%\""), 1u);
  const std::string piqa = between(relative, "<dt>piqa", "</svg>");
  EXPECT_EQ(texts_of(piqa, "text"), Texts{"none"});
  EXPECT_EQ(count_of(piqa, "<rect"), 0u);
  EXPECT_EQ(texts_of(relative, {"th", "td"}), (Texts{"Task",
                                                     "Metric",
                                                     "Chance",
                                                     "Teacher",
                                                     "Student",
                                                     "Relative",
                                                     "95% interval",
                                                     "mmlu (6 of 57)",
                                                     "acc",
                                                     "0.250",
                                                     "0.5000 ± 0.0100",
                                                     "0.4000 ± 0.0200",
                                                     "60.0%",
                                                     "52.5% to 67.2%",
                                                     "piqa",
                                                     "acc_norm",
                                                     "0.500",
                                                     "0.5100 ± 0.0200",
                                                     "0.5200 ± 0.0200",
                                                     "none",
                                                     "",
                                                     "Mean of 1 of 2 tasks",
                                                     "",
                                                     "",
                                                     "",
                                                     "",
                                                     "60.0%",
                                                     "52.5% to 67.2%"}));
}

// Resamples near chance make intervals of thousands of percent: the scale ends before, the text does not.
TEST(EvaluationPage, WideIntervalsAreCutAtTheScale) {
  EvaluationReport report = example();
  report.tasks[0].relative = RelativeReport{-30, -9000, 9000};
  const std::string relative = section_of(evaluation_page(report), "Relative to the teacher");
  const std::string mmlu = between(relative, "<dt>mmlu", "</svg>");
  EXPECT_EQ(count_of(mmlu, "class=\"whisker\" x1=\"0.00%\" x2=\"100.00%\""), 1u);
  EXPECT_EQ(count_of(mmlu, "<rect class=\"bar c0\" x=\"23.33%\""), 1u);  // from -100 to 200
  EXPECT_EQ(count_of(relative, "-9000.0% to 9000.0%"), 1u);
}

TEST(EvaluationPage, NoTeacherAboveChanceIsNoMean) {
  EvaluationReport report = example();
  report.tasks[0].relative.reset();
  report.mean.reset();
  report.num_in_mean = 0;
  const std::string relative = section_of(evaluation_page(report), "Relative to the teacher");
  EXPECT_EQ(texts_of(between(relative, "<dt>Mean of 0 of 2 tasks", "</svg>"), "text"), Texts{"none"});
  EXPECT_EQ(count_of(relative, "<rect"), 0u);
}

TEST(EvaluationPage, AllFiguresAreInTheTable) {
  EvaluationReport report = example();
  report.figures[0].filter = "strict-match";
  EXPECT_EQ(texts_of(section_of(evaluation_page(report), "All figures"), {"th", "td"}),
            (Texts{"Task",
                   "Examples",
                   "Metric",
                   "Teacher",
                   "Student",  //
                   "mmlu (6 of 57)",
                   "5",
                   "acc,strict-match",
                   "0.5000 ± 0.0100",
                   "0.4000 ± 0.0200",
                   "\u00A0\u00A0\u00A0anatomy",
                   "5",
                   "acc",
                   "0.5000",
                   "0.2500",  //
                   "tagged",
                   "",
                   "",
                   "",
                   ""}));
}

TEST(EvaluationPage, PerplexitiesHaveFourDigits) {
  EvaluationReport report = example();
  report.figures = {{.name = "lambada",
                     .metric = "perplexity",
                     .teacher = ScoreReport{9804.3819, 5891.583},
                     .student = ScoreReport{12.3456789, {}}}};
  const Texts cells = texts_of(section_of(evaluation_page(report), "All figures"), {"th", "td"});
  ASSERT_EQ(cells.size(), 10u);
  EXPECT_EQ(cells[8], "9,804 ± 5,892");
  EXPECT_EQ(cells[9], "12.35");
}

TEST(EvaluationPage, AModelAloneHasNoTeacher) {
  const std::string page = evaluation_page(alone());
  EXPECT_EQ(texts_of(page, "title"), Texts{"stories-rwkv7: Evaluation"});
  EXPECT_EQ(texts_of(page, "h2"), (Texts{"Scores", "All figures", "Command"}));
  const std::string scores = section_of(page, "Scores");
  EXPECT_EQ(count_of(scores, "<rect"), 3u);
  EXPECT_EQ(count_of(scores, "legend") + count_of(scores, "eacher"), 0u);
  EXPECT_EQ(texts_of(section_of(page, "All figures"), {"th", "td"})[3], "Value");
}

TEST(EvaluationPage, WhatIsAbsentLeavesNothingBehind) {
  EXPECT_EQ(texts_of(evaluation_page({}), "h2"), Texts{});
  EvaluationReport report = example();
  report.tasks.clear();
  EXPECT_EQ(texts_of(evaluation_page(report), "h2"), (Texts{"All figures", "Command"}));
  report = example();
  for (TaskReport& task : report.tasks) task.chance.reset();
  EXPECT_EQ(texts_of(evaluation_page(report), "h2"), (Texts{"Scores", "All figures", "Command"}));
}

TEST(EvaluationPage, FiguresThatAreNotFiniteAreSaidInWords) {
  EvaluationReport report = example();
  report.tasks[0].student = {kNaN, kNaN};
  report.tasks[0].relative = RelativeReport{kNaN, kNaN, kNaN};
  report.figures[0].student = ScoreReport{kNaN, kNaN};
  const std::string page = evaluation_page(report);
  EXPECT_EQ(markup_error(page), "");
  EXPECT_EQ(count_of(page.substr(page.find("<body>")), "nan"), 0u);
  EXPECT_EQ(texts_of(between(section_of(page, "Scores"), "<dt>mmlu", "</svg>"), "text"),
            (Texts{"not finite", "0.5000"}));
}

TEST(EvaluationPage, HostileTextsStayTexts) {
  const std::string hostile = "</title><script>alert('&')</script>\"\xFF<!--";
  EvaluationReport report = example();
  for (std::string* text :
       {&report.student_name, &report.teacher_name, &report.date, &report.program, &report.command,
        &report.tasks[0].name, &report.tasks[0].partial, &report.tasks[0].metric, &report.figures[0].name,
        &report.figures[0].num_fewshot, &report.figures[0].filter, &report.figures[0].metric}) {
    *text = hostile;
  }
  const std::string page = evaluation_page(report);
  EXPECT_EQ(markup_error(page), "");
  EXPECT_EQ(count_of(page, "<script"), 0u);
  EXPECT_EQ(texts_of(page, "h1"),
            Texts{"&lt;/title&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;&quot;\uFFFD&lt;!--"});
}

}  // namespace
}  // namespace radlads::report
