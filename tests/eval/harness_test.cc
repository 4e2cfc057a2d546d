// Against files that lm-evaluation-harness wrote (tests/data/eval): examples, contexts, rolling and generated
// texts, chat templates, languages, and the layout of the samples.
#include <cmath>
#include <fstream>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "eval/evaluate.h"
#include "eval/results.h"
#include "eval/task_library.h"
#include "io/file.h"
#include "support/shared_folder.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads::eval {
namespace {

namespace fs = std::filesystem;

struct HarnessRun {
  const char* folder;
  std::vector<std::string> tasks;
  std::optional<int64_t> num_fewshot;
  std::optional<double> limit;
  Json generation = Json::object();
  bool chat = false, multiturn = false;
  const char* system_instruction = "";
};

std::ostream& operator<<(std::ostream& out, const HarnessRun& run) { return out << run.folder; }

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(Json::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

EvalSettings settings_of(const HarnessRun& run, const fs::path& data) {
  EvalSettings settings;
  settings.tasks = run.tasks;
  settings.data = data / "docs";
  settings.num_fewshot = run.num_fewshot;
  settings.limit = run.limit;
  settings.generation = run.generation;
  settings.apply_chat_template = run.chat;
  settings.fewshot_as_multiturn = run.multiturn;
  settings.system_instruction = run.system_instruction;
  return settings;
}

double number(const Json& text) { return std::stod(text.get<std::string>()); }

/// Answers as the harness writes them: [["-1.5", "False"], ...], "-12.5" or texts.
void expect_answers(const Json& got, const Json& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) {
    if (wanted[i].is_array() && wanted[i].size() == 2 && !wanted[i][0].is_array()) {
      EXPECT_NEAR(number(got[i][0]), number(wanted[i][0]), 1e-3);
      EXPECT_EQ(got[i][1], wanted[i][1]);
    } else if (wanted[i].is_array()) {
      expect_answers(got[i], wanted[i]);
    } else if (wanted[i].get<std::string>().starts_with("-") && wanted.size() == 1 &&
               got[i].get<std::string>().starts_with("-") &&
               wanted[i].get<std::string>().find_first_not_of("-.0123456789e+") == std::string::npos) {
      EXPECT_NEAR(number(got[i]), number(wanted[i]), 1e-5 * std::abs(number(wanted[i])) + 1e-3);
    } else {
      EXPECT_EQ(got[i], wanted[i]);
    }
  }
}

void expect_figures(const std::vector<Figure>& figures, const Json& wanted) {
  for (const Figure& figure : figures) {
    const std::string key = figure.metric + "," + figure.filter,
                      error = figure.metric + "_stderr," + figure.filter;
    // A word's perplexity is that of a few log-likelihoods, which rounding changes by 1e-5; its error is
    // random.
    const bool is_of_words = figure.metric == "perplexity";
    const double value = wanted.at(key);
    EXPECT_NEAR(figure.estimate.value, value, (is_of_words ? 1e-4 : 1e-5) * std::abs(value)) << key;
    if (wanted.at(error).is_number() && !is_of_words) {
      EXPECT_NEAR(figure.estimate.standard_error.value_or(-1), wanted.at(error).get<double>(), 1e-9) << key;
    }
  }
}

/// The prompts need no teacher.
class HarnessPromptTest : public testing::TestWithParam<HarnessRun> {};

TEST_P(HarnessPromptTest, TextsEqual) {
  const fs::path data = fs::path(RADLADS_SOURCE_DIR) / "tests/data/eval";
  const EvalSettings settings = settings_of(GetParam(), data);
  const EvalModel model = open_model_for_evaluation(shipped_teacher(), kernels::Compute::kFloat32, settings);
  const auto tasks = prepare_tasks(TaskLibrary(own_tasks(), {}), settings, model);
  for (const PreparedTask& prepared : tasks) {
    const std::string& name = prepared.task.name;
    SCOPED_TRACE(name);
    const auto samples =
        lines_of(read_text_file(data / "runs" / GetParam().folder / ("samples_" + name + ".jsonl")));
    std::set<size_t> seen;
    for (const Json& line : samples) {
      const auto id = line.at("doc_id").get<size_t>();
      seen.insert(id);
      SCOPED_TRACE(fmt::format("document {}", id));
      ASSERT_LT(id, prepared.questions.size());
      const Question& question = prepared.questions[id];
      const Json& arguments = line.at("arguments");
      ASSERT_EQ(question.requests.size(), arguments.size());
      for (size_t i = 0; i < arguments.size(); ++i) {
        const Json& wanted = arguments.at(fmt::format("gen_args_{}", i));
        EXPECT_EQ(question.requests[i].context, wanted.at("arg_0"));
        if (wanted.contains("arg_1") && wanted.at("arg_1").is_string()) {
          EXPECT_EQ(question.requests[i].continuation, wanted.at("arg_1"));
        }
      }
      EXPECT_EQ(prepared.task.contexts ? question.choices[0] : python_text(question.target),
                line.at("target").get<std::string>());
    }
    EXPECT_EQ(seen.size(), prepared.questions.size());
  }
}

class HarnessTest : public testing::TestWithParam<HarnessRun> {
 protected:
  /// stories3M, with a chat template if the run has one; empty if it is absent.
  fs::path model() const {
    const fs::path teacher = shared_folder() / "data/teachers/stories3M";
    if (!fs::exists(teacher) || !GetParam().chat) return fs::exists(teacher) ? teacher : fs::path();
    const fs::path copy = folder_.path() / "chat";
    fs::create_directories(copy);
    for (const auto& entry : fs::directory_iterator(teacher)) {
      if (entry.is_regular_file())
        fs::create_symlink(fs::absolute(entry.path()), copy / entry.path().filename());
    }
    write_text_file(copy / "chat_template.jinja", read_text_file(data_ / "chat_template.jinja"));
    return copy;
  }

  const fs::path data_ = fs::path(RADLADS_SOURCE_DIR) / "tests/data/eval";
  TempFolder folder_;
};

TEST_P(HarnessTest, SamplesAndFiguresEqual) {
  const HarnessRun& run = GetParam();
  const fs::path teacher = model();
  if (teacher.empty()) GTEST_SKIP() << "stories3M is not here";
  const EvalSettings settings = settings_of(run, data_);
  EvalModel opened = open_model_for_evaluation(teacher, kernels::Compute::kFloat32, settings);
  // The harness puts a BOS before a chat whose template writes none, where the tokenizer would before a plain
  // text.
  opened.encoder.set_special_tokens(true);
  const TaskLibrary library(own_tasks(), {});
  const auto results =
      ask(opened, prepare_tasks(library, settings, opened), settings, {.num_threads = 2}, nullptr);
  const Json figures = Json::parse(read_text_file(data_ / "runs" / run.folder / "results.json"))["results"];
  for (const TaskResult& result : results) {
    const std::string& name = result.prepared.task.name;
    SCOPED_TRACE(name);
    const auto got = lines_of(samples_jsonl(result));
    const auto wanted =
        lines_of(read_text_file(data_ / "runs" / run.folder / ("samples_" + name + ".jsonl")));
    ASSERT_EQ(got.size(), wanted.size());
    for (const Json& line : wanted) {
      const auto same = std::find_if(got.begin(), got.end(), [&](const Json& x) {
        return x["doc_id"] == line["doc_id"] && x["filter"] == line["filter"];
      });
      ASSERT_NE(same, got.end());
      SCOPED_TRACE(fmt::format("document {}, {}", line["doc_id"].dump(), line["filter"].dump()));
      for (const auto& request : line["arguments"].items()) {
        EXPECT_EQ((*same)["arguments"][request.key()]["arg_0"], request.value()["arg_0"]);
        const Json second = request.value().value("arg_1", Json());
        if (second.is_string()) {
          EXPECT_EQ((*same)["arguments"][request.key()]["arg_1"], second);
        }
      }
      EXPECT_EQ((*same)["target"], line["target"]);
      EXPECT_EQ((*same)["metrics"], line["metrics"]);
      EXPECT_EQ((*same)["prompt_hash"], line["prompt_hash"]);
      EXPECT_EQ((*same)["target_hash"], line["target_hash"]);
      if ((*same)["doc"] == line["doc"]) {
        EXPECT_EQ((*same)["doc_hash"], line["doc_hash"]);
      } else {
        EXPECT_TRUE(name == "hellaswag" || name == "wikitext")
            << "another document";  // upstream logs its cleaned form
      }
      expect_answers((*same)["resps"], line["resps"]);
      expect_answers((*same)["filtered_resps"], line["filtered_resps"]);
      for (const Json& metric : line["metrics"]) {
        const Json &x = (*same)[metric.get<std::string>()], &y = line[metric.get<std::string>()];
        if (y.is_array()) {
          EXPECT_EQ(x[1].get<double>(), y[1].get<double>());  // words or bytes
        } else {
          EXPECT_NEAR(x.get<double>(), y.get<double>(), 1e-3);  // of a word's perplexity: a log-likelihood
        }
      }
    }
    expect_figures(result.figures, figures[name]);
  }
  for (const GroupResult& group : summarize_groups(library, settings, results)) {
    SCOPED_TRACE(group.group.name);
    EXPECT_FALSE(group.figures.empty());
    expect_figures(group.figures, figures[group.group.name]);
  }
}

std::vector<HarnessRun> plain_runs() {
  // Of the groups only these languages have documents here.
  const std::vector<std::string> languages = {"lambada_openai_mt_de",
                                              "lambada_openai_mt_it",
                                              "xcopa",
                                              "xnli",
                                              "xstorycloze",
                                              "xwinograd",
                                              "pawsx",
                                              "belebele"};
  return {{"choices0", {"boolq", "winogrande"}, {}},
          {"choices_2shot", {"hellaswag", "winogrande"}, 2},
          {"arc_3shot", {"arc_challenge"}, 3},
          {"wikitext", {"wikitext"}, {}},
          {"gsm8k", {"gsm8k"}, {}},
          {"gsm8k_0shot", {"gsm8k"}, 0, {}, {{"max_gen_toks", 32}}},
          {"multilingual_0shot", languages, 0},
          {"multilingual_2shot", languages, 2}};
}

std::vector<HarnessRun> chat_runs() {
  const std::vector<std::string> tasks = {"arc_challenge", "mmlu_anatomy", "gsm8k"};
  const Json generation = {{"max_gen_toks", 32}};
  return {{"chat_single", tasks, 2, 5, generation, true, false, "You are a kind teacher."},
          {"chat_multi", tasks, 2, 5, generation, true, true, "You are a kind teacher."}};
}

const auto kName = [](const auto& test) { return std::string(test.param.folder); };

INSTANTIATE_TEST_SUITE_P(Runs, HarnessPromptTest, testing::ValuesIn(plain_runs()), kName);
INSTANTIATE_TEST_SUITE_P(Runs, HarnessTest, testing::ValuesIn(plain_runs()), kName);
INSTANTIATE_TEST_SUITE_P(ChatRuns, HarnessTest, testing::ValuesIn(chat_runs()), kName);

}  // namespace
}  // namespace radlads::eval
