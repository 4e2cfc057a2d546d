// html_report: what is where, and that it is a well-formed page that needs nothing else.
#include <algorithm>
#include <cctype>
#include <limits>

#include <gtest/gtest.h>

#include "report/example_run.h"
#include "report/markup.h"

namespace radlads::report {
namespace {

using Texts = std::vector<std::string>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Cells of the table in the section `title`, row by row.
Texts cells(const std::string& page, const std::string& title) {
  const std::string section = between(page, "<h2>" + title + "</h2>", "</section>");
  return texts_of(section, {"th", "td"});
}

/// The figure `label` within `html`: its value, unit and notes.
std::string figure(const std::string& html, const std::string& label) {
  const std::string entry = between(html, "<dt>" + label + "</dt>", "</div>");
  std::string text;
  for (const std::string& dd : texts_of(entry, "dd")) text += (text.empty() ? "" : " | ") + dd;
  return text;
}

/// Every run of letters, in lower case.
Texts words_of(const std::string& page) {
  Texts words(1);
  for (const unsigned char c : page) {
    if (std::isalpha(c) != 0) {
      words.back() += static_cast<char>(std::tolower(c));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

/// The part of one step.
std::string step(const std::string& page, const std::string& name) {
  return between(page, "<h3>" + name + "</h3>", "</article>");
}

TEST(HtmlReport, IsAWellFormedPage) {
  RunReport hybrid = example_run();
  hybrid.softmax_layers = {0, 13, 14};
  for (const RunReport& run : {example_run(), pretrained_run(), hybrid, RunReport{}}) {
    const std::string page = html_report(run);
    EXPECT_EQ(markup_error(page), "");
    EXPECT_EQ(page.rfind("<!DOCTYPE html>\n<html lang=\"en\">", 0), 0u);
    EXPECT_EQ(count_of(page, "<title>"), 1u);
    EXPECT_EQ(count_of(page, "<h1>"), 1u);
    EXPECT_EQ(count_of(page, "<main>"), 1u);
  }
}

TEST(HtmlReport, NeedsNothingFromOutside) {
  const std::string page = html_report(example_run());
  for (const char* part : {"<script", "<link", "<img", "<iframe", "src=", "url(", "@import", "onload"}) {
    EXPECT_EQ(count_of(page, part), 0u) << part;
  }
  EXPECT_EQ(count_of(page, "href="), 1u);
  EXPECT_EQ(count_of(page, "href=\"https://arxiv.org/abs/2505.03005\""), 1u);
}

TEST(HtmlReport, SuitsDarkScreensTelephonesAndPaper) {
  const std::string page = html_report(example_run());
  EXPECT_EQ(count_of(page, "prefers-color-scheme: dark"), 1u);
  EXPECT_EQ(count_of(page, "name=\"viewport\" content=\"width=device-width, initial-scale=1\""), 1u);
  EXPECT_GE(count_of(page, "@media print"), 1u);
}

TEST(HtmlReport, BeginsWithTheTitleLine) {
  const std::string page = html_report(example_run());
  EXPECT_EQ(texts_of(page, "title"), Texts{"Qwen2.5-7B-RWKV7: RAD-RWKV7 from Qwen2.5-7B-Instruct"});
  EXPECT_EQ(texts_of(page, "h1"), Texts{"Qwen2.5-7B-RWKV7"});
  EXPECT_EQ(texts_of(between(page, "<header>", "</header>"), "p"),
            (Texts{"radlads 0.1 · 2026-11-21", "RAD-RWKV7 from Qwen2.5-7B-Instruct, 7.84B parameters"}));
}

TEST(HtmlReport, HasItsSectionsInOrder) {
  EXPECT_EQ(texts_of(html_report(example_run()), "h2"),
            (Texts{"Key figures", "Memory per sequence", "Differences", "Training", "Decoding", "Samples",
                   "Model", "Recipe", "Command"}));
}

TEST(HtmlReport, HeadingsDescendOneByOne) {
  char level = '0';
  for (const std::string& name : elements_of(html_report(example_run()))) {
    if (name.size() != 2 || name[0] != 'h' || name == "hr") continue;
    EXPECT_LE(name[1], level + 1);
    level = name[1];
  }
  EXPECT_EQ(level, '2');
}

TEST(HtmlReport, KeyFiguresTellTheCost) {
  const std::string page = html_report(example_run());
  EXPECT_EQ(figure(page, "KL divergence"),
            "0.0623 nats/token | from teacher to student; 0 means no difference");
  EXPECT_EQ(figure(page, "Top-1 agreement"), "93.12% | how often both rank the same token first");
  EXPECT_EQ(figure(page, "Nats per token"), "2.381 | teacher 2.315, difference +0.0662");
  EXPECT_EQ(figure(page, "Perplexity ratio"), "1.068 | student 10.81, teacher 10.12");
  EXPECT_EQ(figure(page, "State per sequence"),
            "49.0 MiB | at any length; the teacher&#39;s cache is larger from 449 tokens on");
  EXPECT_EQ(figure(page, "Time per token"), "58.30 ms | at 100,000 tokens; teacher 702.9 ms");
  EXPECT_EQ(
      count_of(
          page,
          "Teacher and student read: documents of the training data, kept out of training (200 documents, "
          "98,304 tokens)."),
      1u);
}

TEST(HtmlReport, MemoryGrowsWithTheTeacherAlone) {
  const std::string page = html_report(example_run());
  EXPECT_EQ(cells(page, "Memory per sequence"),
            (Texts{"Tokens", "Teacher", "Student", "1,000", "109.4 MiB", "49.0 MiB", "32,000", "3.4 GiB",
                   "49.0 MiB", "100,000", "10.7 GiB", "49.0 MiB"}));
  EXPECT_EQ(
      count_of(
          page,
          "aria-label=\"Memory per sequence from 100 to 100,000 tokens: teacher from 10.9 MiB to 10.7 GiB, "
          "student from 49.0 MiB to 49.0 MiB.\""),
      1u);
}

// 7 of 28 layers keep a cache of a quarter of the teacher's; the state is that of 21 layers.
TEST(HtmlReport, MemoryOfAHybridGrowsToo) {
  RunReport run = example_run();
  run.softmax_layers = {3, 7, 11, 15, 19, 23, 27};
  for (DecodeReport& d : run.decode) d.student_state_bytes = 38'535'168 + d.teacher_cache_bytes / 4;
  const std::string page = html_report(run);
  EXPECT_EQ(cells(page, "Memory per sequence"),
            (Texts{"Tokens", "Teacher", "Student", "1,000", "109.4 MiB", "64.1 MiB", "32,000", "3.4 GiB",
                   "911.8 MiB", "100,000", "10.7 GiB", "2.7 GiB"}));
  EXPECT_EQ(
      figure(page, "State per sequence"),
      "36.8 MiB | plus the cache of the softmax layers kept; the teacher&#39;s cache is larger from 449 "
      "tokens on");
}

TEST(HtmlReport, DifferencesAreDrawnByLayerAndPosition) {
  RunReport run = example_run();
  const std::string page = html_report(run);
  EXPECT_EQ(texts_of(between(page, "<h2>Differences</h2>", "</section>"), "h3"),
            (Texts{"By layer", "By position"}));
  const std::string layers = step(page, "By layer"), positions = step(page, "By position");
  EXPECT_EQ(
      count_of(layers,
               "aria-label=\"Relative error of 28 layers: of the mixers alone at most 0.400, in layer 13; "
               "of the residual stream 0.140 after the last layer.\""),
      1u);
  EXPECT_EQ(texts_of(layers, "li"), (Texts{"Mixer", "Residual stream"}));
  EXPECT_EQ(count_of(layers, "<path class=\"line"), 2u);
  EXPECT_EQ(
      count_of(positions,
               "aria-label=\"KL divergence from 0.00510 nats per token at the first position to 0.0625 at "
               "1,024 to 2,047.\""),
      1u);
  EXPECT_EQ(count_of(positions, "<path class=\"line"), 1u);

  run.comparison->layers.clear();
  EXPECT_EQ(texts_of(between(html_report(run), "<h2>Differences</h2>", "</section>"), "h3"),
            Texts{"By position"});
  run.comparison->positions.clear();
  EXPECT_EQ(count_of(html_report(run), "Differences"), 0u);
}

TEST(HtmlReport, EveryStepHasItsFiguresAndCurve) {
  const std::string page = html_report(example_run());
  EXPECT_EQ(texts_of(between(page, "<h2>Training</h2>", "</section>"), "h3"),
            (Texts{"Align", "Distill", "Extend"}));
  const std::string align = step(page, "Align");
  EXPECT_EQ(figure(align, "Tokens"), "100M");
  EXPECT_EQ(figure(align, "Updates"), "6,104");
  EXPECT_EQ(figure(align, "Time"), "6 h 00 min");
  EXPECT_EQ(figure(align, "Speed"), "4,630 tokens/s");
  EXPECT_EQ(figure(align, "Loss"), "0.412 → 0.0251 distance");
  EXPECT_EQ(
      count_of(
          align,
          "role=\"img\" aria-label=\"Loss of the step align (distance) over 100M tokens: begins at 0.412, "
          "ends at 0.0251.\""),
      1u);
  EXPECT_EQ(figure(step(page, "Distill"), "Loss"), "1.703 → 0.0623 nats/token");
  EXPECT_EQ(figure(step(page, "Extend"), "Updates"), "64");
}

TEST(HtmlReport, DecodingComparesTimeAndMemory) {
  EXPECT_EQ(cells(html_report(example_run()), "Decoding"), (Texts{"",
                                                                  "Teacher",
                                                                  "Student",
                                                                  "Ratio",  //
                                                                  "Time per token at 1,000 tokens",
                                                                  "61.40 ms",
                                                                  "58.20 ms",
                                                                  "1.055×",  //
                                                                  "Time per token at 100,000 tokens",
                                                                  "702.9 ms",
                                                                  "58.30 ms",
                                                                  "12.06×",  //
                                                                  "Memory at 1,000 tokens",
                                                                  "109.4 MiB",
                                                                  "49.0 MiB",
                                                                  "2.232×",  //
                                                                  "Memory at 100,000 tokens",
                                                                  "10.7 GiB",
                                                                  "49.0 MiB",
                                                                  "223.2×"}));
}

TEST(HtmlReport, TimesThatWereNotMeasuredAreNotInvented) {
  RunReport run = example_run();
  run.decode[1].teacher_ms = 0;
  const std::string page = html_report(run);
  const Texts row = cells(page, "Decoding");
  EXPECT_EQ(Texts(row.begin() + 8, row.begin() + 12),
            (Texts{"Time per token at 100,000 tokens", "not measured", "58.30 ms", "–"}));
  EXPECT_EQ(figure(page, "Time per token"), "58.30 ms | at 100,000 tokens; teacher not measured");
}

TEST(HtmlReport, SamplesStandSideBySide) {
  const std::string samples = between(html_report(example_run()), "<h2>Samples</h2>", "</section>");
  EXPECT_EQ(texts_of(samples, "dt"), (Texts{"Prompt", "Teacher", "Student", "Prompt", "Teacher", "Student"}));
  const Texts texts = texts_of(samples, "dd");
  EXPECT_EQ(texts[0], "The lighthouse keeper had not spoken to anyone for three weeks when");
  EXPECT_EQ(texts[1].rfind("the boat came. He heard it", 0), 0u);
  EXPECT_NE(texts[1].find("\n\n&quot;You are late,&quot;"), std::string::npos);
  EXPECT_EQ(texts[2].rfind("the boat came. He heard the engine", 0), 0u);
}

TEST(HtmlReport, TheModelIsDescribed) {
  RunReport run = example_run();
  run.softmax_layers = {27, 0, 14, 13};
  EXPECT_EQ(cells(html_report(run), "Model"), (Texts{"Mixer",
                                                     "RAD-RWKV7",
                                                     "Model type",
                                                     "rwkv7qwen2",
                                                     "Layers",
                                                     "28",
                                                     "Width",
                                                     "3,584",
                                                     "Heads",
                                                     "28 of queries, 4 of keys and values",
                                                     "Head size",
                                                     "128",
                                                     "Vocabulary",
                                                     "152,064",
                                                     "Parameters",
                                                     "7.84B",
                                                     "Parameters of the teacher",
                                                     "7.62B",
                                                     "Softmax layers",
                                                     "0, 13-14, 27 (4 of 28)",
                                                     "Weights",
                                                     "bfloat16"}));
}

TEST(HtmlReport, RecipeAndCommandAreVerbatim) {
  const std::string page = html_report(example_run());
  EXPECT_NE(between(page, "<details>", "</details>")
                .find("<pre><code>mixer: rwkv7\nseed: 1\nalign:\n  tokens: 100M\n"),
            std::string::npos);
  EXPECT_EQ(
      between(page, "<h2>Command</h2>", "</section>").find("<pre><code>radlads convert Qwen2.5-7B-Instruct "),
      6u);
}

TEST(HtmlReport, TablesHaveHeadersOfRowsAndColumns) {
  const std::string page = html_report(example_run());
  for (const std::string& row :
       {std::string("<tr><th scope=\"row\">"), std::string("<tr><th scope=\"col\">")}) {
    EXPECT_GE(count_of(page, row), 1u) << row;
  }
  EXPECT_EQ(count_of(page, "<th>"), 0u);
  EXPECT_EQ(count_of(page, "<tr>"),
            count_of(page, "<tr><th scope=") + count_of(page, "<tr><td></td><th scope=\"col\">"));
}

TEST(HtmlReport, WhatIsAbsentLeavesNothingBehind) {
  EXPECT_EQ(texts_of(html_report({}), "h2"), Texts{"Model"});
  EXPECT_EQ(texts_of(html_report(pretrained_run()), "h2"),
            (Texts{"Training", "Samples", "Model", "Recipe", "Command"}));

  RunReport run = example_run();
  run.comparison.reset();
  run.samples.clear();
  run.steps.clear();
  EXPECT_EQ(texts_of(html_report(run), "h2"),
            (Texts{"Key figures", "Memory per sequence", "Decoding", "Model", "Recipe", "Command"}));
  EXPECT_EQ(count_of(html_report(run), "KL divergence"), 0u);

  run = example_run();
  run.decode.clear();
  const std::string page = html_report(run);
  EXPECT_EQ(texts_of(page, "h2"),
            (Texts{"Key figures", "Differences", "Training", "Samples", "Model", "Recipe", "Command"}));
  EXPECT_EQ(count_of(page, "State per sequence") + count_of(page, "Time per token"), 0u);
}

TEST(HtmlReport, APretrainedModelHasNoTeacher) {
  const std::string page = html_report(pretrained_run());
  EXPECT_EQ(texts_of(page, "title"), Texts{"stories: softmax language model"});
  EXPECT_EQ(texts_of(between(page, "<h2>Samples</h2>", "</section>"), "dt"), (Texts{"Prompt", "Model"}));
  const std::string body = page.substr(page.find("<body>"));
  EXPECT_EQ(count_of(body, "eacher") + count_of(body, "RADLADS"), 0u);
}

TEST(HtmlReport, AStepWithoutUpdatesHasNoCurve) {
  RunReport run = example_run();
  run.steps = {{.name = "align", .unit = "distance", .first_loss = 1, .last_loss = 0.5}};
  const std::string align = step(html_report(run), "Align");
  EXPECT_EQ(texts_of(align, "dt"), Texts{"Loss"});
  EXPECT_EQ(count_of(align, "<figure>"), 0u);
}

TEST(HtmlReport, FiguresThatAreNotFiniteAreSaidInWords) {
  RunReport run = example_run();
  for (double* value :
       {&run.comparison->kl_per_token, &run.comparison->top1_agreement,
        &run.comparison->student_nats_per_token, &run.decode[0].student_ms, &run.steps[1].last_loss}) {
    *value = kNaN;
  }
  run.steps[1].loss.back() = kNaN;
  run.steps[2].seconds = std::numeric_limits<double>::infinity();
  const std::string page = html_report(run);
  EXPECT_EQ(markup_error(page), "");
  EXPECT_EQ(figure(page, "KL divergence").rfind("not finite nats/token", 0), 0u);
  EXPECT_EQ(figure(step(page, "Distill"), "Loss"), "1.703 → not finite nats/token");
  EXPECT_EQ(texts_of(step(page, "Extend"), "dt"), (Texts{"Tokens", "Updates", "Loss"}));
  for (const std::string& word : words_of(page)) EXPECT_TRUE(word != "nan" && word != "inf");
}

TEST(HtmlReport, HostileTextsStayTexts) {
  const std::string hostile = "</code><script>alert('&')</script>\"\n\xFF\x01\r<!--";
  const std::string shown =
      "&lt;/code&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;&quot;\n\uFFFD\uFFFD\n&lt;!--";
  RunReport run = example_run();
  for (std::string* text :
       {&run.student_name, &run.teacher_name, &run.mixer, &run.model_type, &run.dtype, &run.date,
        &run.program, &run.command, &run.recipe, &run.steps[0].name, &run.steps[0].unit,
        &run.comparison->text, &run.samples[0].prompt, &run.samples[0].teacher, &run.samples[0].student}) {
    *text = hostile;
  }
  const std::string page = html_report(run);
  EXPECT_EQ(markup_error(page), "");
  EXPECT_EQ(count_of(page, "<script"), 0u);
  EXPECT_EQ(count_of(page, shown), 22u);
  EXPECT_EQ(texts_of(page, "h1"), Texts{shown});
  EXPECT_EQ(texts_of(page, "code"), (Texts{shown, shown}));
}

TEST(HtmlReport, LongRunsGiveSmallPages) {
  RunReport run = example_run();
  run.steps = {example_step("align", "distance", 20'000, 16384, 0.4, 0.02),
               example_step("distill", "nats/token", 20'000, 49152, 2, 0.06),
               example_step("extend", "nats/token", 20'000, 1e6, 2.4, 2.3)};
  EXPECT_LT(html_report(run).size(), 80'000u);
}

}  // namespace
}  // namespace radlads::report
