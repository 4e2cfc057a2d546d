// The tasks of assets/tasks that need no downloads, on the shipped teacher: synthetic documents, and a user's
// own text and questions.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "eval/evaluate.h"
#include "eval/journal.h"
#include "eval/results.h"
#include "eval/task_data.h"
#include "eval/task_library.h"
#include "io/file.h"
#include "mixers/table.h"
#include "support/shared_folder.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads::eval {
namespace {

const EvalModel& teacher() {
  static const EvalModel model = open_model_for_evaluation(shipped_teacher(), kernels::Compute::kFloat32, {});
  return model;
}

std::vector<PreparedTask> prepare(const EvalSettings& settings, std::vector<int64_t> lengths = {}) {
  return prepare_tasks(TaskLibrary(own_tasks(), {}, std::move(lengths)), settings, teacher());
}

std::vector<std::string> names_of(const std::vector<PreparedTask>& tasks) {
  std::vector<std::string> names;
  for (const PreparedTask& task : tasks) names.push_back(task.task.name);
  return names;
}

template <class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

std::vector<std::filesystem::path> tokenizer_folders() {
  std::vector<std::filesystem::path> folders = {shipped_teacher()};
  for (const char* name : {"data/teachers/stories3M", "data/tokenizers/rwkv-world"}) {
    if (std::filesystem::exists(shared_folder() / name)) folders.push_back(shared_folder() / name);
  }
  return folders;
}

TEST(FittedDocuments, FillTheLengthWithEveryTokenizer) {
  const TaskLibrary library(own_tasks(), {});
  for (const auto& folder : tokenizer_folders()) {
    const auto tokenizer = load_tokenizer(folder);
    for (const char* name : {"needle_multi_key@500", "variable_tracking@3000", "common_words@1000"}) {
      const Task task = library.task(name);
      const auto count_tokens = [&](int64_t, const Json& document) {
        return static_cast<int64_t>(
            tokenizer->encode(task.doc_to_text.text_of(document), /*add_special_tokens=*/true).size());
      };
      const TaskData data = fitted_documents(task, 1, 4, count_tokens);
      ASSERT_EQ(data.questions.size(), 4u);
      for (size_t i = 0; i < 4; ++i) {
        const int64_t tokens = count_tokens(0, data.questions[i]);
        EXPECT_LE(tokens, task.synthetic->length) << folder << name;
        EXPECT_GT(tokens, task.synthetic->length - 60) << folder << name;  // a piece of filler does not fit
      }
      EXPECT_EQ(fitted_documents(task, 1, 4, count_tokens).questions, data.questions);
      EXPECT_NE(fitted_documents(task, 2, 4, count_tokens).sha256, data.sha256);
      EXPECT_EQ(fitted_documents(task, 1, 2, count_tokens).questions[1], data.questions[1]);
    }
  }
}

TEST(FittedDocuments, EndWhereTheFillerCountsForNothing) {
  const Task task = TaskLibrary(own_tasks(), {}).task("needle_single@50");
  const TaskData data = fitted_documents(task, 1, 1, [](int64_t, const Json&) { return 50; });
  EXPECT_EQ(data.questions.size(), 1u);
}

TEST(MadeTasks, PromptAndAnswerFitTheLength) {
  EvalSettings settings;
  settings.tasks = {"synthetic"};
  settings.limit = 3;
  settings.num_fewshot = 5;  // generated documents have no examples, and say so
  const auto tasks = prepare(settings, {420, 500});
  ASSERT_EQ(tasks.size(), 18u);
  const RequestEncoder& encoder = teacher().encoder;
  for (const PreparedTask& prepared : tasks) {
    const int64_t length = prepared.task.synthetic->length;
    EXPECT_EQ(prepared.task.name.substr(prepared.task.name.find('@')), fmt::format("@{}", length));
    EXPECT_EQ(prepared.num_documents, 110);
    EXPECT_EQ(prepared.num_fewshot, 0);
    ASSERT_EQ(prepared.questions.size(), 3u);
    for (const Question& question : prepared.questions) {
      int64_t most = 0;
      for (const TextRequest& request : question.requests) {
        const bool is_choice = prepared.task.output == OutputType::kMultipleChoice;
        const std::string text = fmt::format("{}{}", request.context, request.continuation);
        const int64_t answer = is_choice ? 0 : prepared.task.generation.max_tokens;
        most = std::max(most, encoder.prompt(text, 100000).context_tokens + answer);
      }
      EXPECT_LE(most, length) << prepared.task.name;
      EXPECT_GT(most, length - 40) << prepared.task.name;
      const std::string& context = question.requests[0].context;
      EXPECT_NE(context.find(question.doc.at("context").get<std::string>()), std::string::npos);
    }
  }
}

TEST(MadeTasks, AreThereOnceForEachLength) {
  EvalSettings settings;
  settings.limit = 1;
  settings.tasks = {"needle_choice", "needle_single@400"};
  EXPECT_EQ(names_of(prepare(settings, {300, 500})),
            (std::vector<std::string>{"needle_choice@300", "needle_choice@500", "needle_single@400"}));
  settings.tasks = {"needle_single@0.4k"};
  EXPECT_EQ(prepare(settings)[0].task.synthetic->length, 400);
  EXPECT_EQ(TaskLibrary(own_tasks(), {}).tasks_of("needle_single@0.4k"),
            std::vector<std::string>{"needle_single@400"});
  settings.tasks = {"needle_single@long"};
  EXPECT_EQ(error_of([&] { prepare(settings); }),
            "[eval] needle_single@long: \"long\" is not a length: give a number of tokens such as 4096");
  settings.tasks = {"arc_easy@400"};
  EXPECT_NE(error_of([&] { prepare(settings); }).find("there is no task arc_easy@400"), std::string::npos);
}

TEST(MadeTasks, LengthsThatCannotBeAreRefused) {
  EvalSettings settings;
  settings.tasks = {"needle_single"};
  EXPECT_EQ(error_of([&] { prepare(settings, {600}); }),
            "[eval] needle_single@600: a length of 600 tokens is more than the model's window of 512: give a "
            "smaller --length, or a larger --max-length");
  const std::string error = error_of([&] { prepare(settings, {40}); });
  EXPECT_NE(
      error.find("[eval] needle_single@40: a length of 40 tokens is too small for document 0, which takes "),
      std::string::npos)
      << error;
  EXPECT_NE(error.find("give a larger --length"), std::string::npos);
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 0);
}

TEST(MadeTasks, AnInterruptedRunGoesOnOnlyWithTheSameSeedAndLength) {
  EvalSettings settings;
  settings.tasks = {"needle_single@300"};
  settings.limit = 2;
  const auto key = [&] { return journal_key(teacher(), prepare(settings), settings, {}, "float32"); };
  const std::string first = key();
  EXPECT_EQ(key(), first);
  settings.seed = 5;
  EXPECT_NE(key(), first);
  settings.seed = 1234;
  settings.tasks = {"needle_single@301"};
  EXPECT_NE(key(), first);
  settings.tasks = {"needle_single@300"};
  settings.max_length = 400;
  EXPECT_NE(key(), first);
}

class OwnDataTest : public testing::Test {
 protected:
  std::vector<TaskResult> ask_for(const std::string& task, std::optional<int64_t> max_length = {}) {
    return ask_model(shipped_teacher(), task, max_length);
  }

  std::vector<TaskResult> ask_model(const std::filesystem::path& folder, const std::string& task,
                                    std::optional<int64_t> max_length) {
    settings_.tasks = {task};
    settings_.data = folder_.path();
    settings_.max_length = max_length;
    const EvalModel model = open_model_for_evaluation(folder, kernels::Compute::kFloat32, settings_);
    return ask(model, prepare_tasks(TaskLibrary(own_tasks(), {}), settings_, model), settings_, {}, nullptr);
  }

  static const Figure& figure(const TaskResult& result, const std::string& name) {
    for (const Figure& figure : result.figures) {
      if (figure.metric == name) return figure;
    }
    throw std::runtime_error(name);
  }

  EvalSettings settings_;
  TempFolder folder_;
};

TEST_F(OwnDataTest, PlainTextIsScoredAsAWholeAndByPosition) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += fmt::format("Tom has {} red apples and a big dog. ", i);
  folder_.write("plain_text.txt", fmt::format("{}<|endoftext|>\n One day.\n", text));
  const auto results = ask_for("plain_text");
  const TaskResult& result = results.at(0);
  ASSERT_EQ(result.answers.size(), 2u);
  EXPECT_EQ(result.prepared.questions[1].doc, (Json{{"text", "One day."}}));
  EXPECT_EQ(figure(result, "byte_perplexity").sizes[1], 8);
  EXPECT_EQ(figure(result, "word_perplexity").sizes[1], 2);
  // The figures by position add up to that of the whole text.
  double sum = 0, tokens = 0;
  for (const Figure& x : result.figures) {
    if (!x.metric.starts_with("nats_at_")) continue;
    sum += x.values[0];
    tokens += x.sizes[0];
    EXPECT_FALSE(x.estimate.standard_error);
    EXPECT_FALSE(x.higher_is_better);
  }
  const std::string& request = result.prepared.questions[0].requests[0].context;
  EXPECT_NEAR(sum, result.answers[0].choices[0].sum, 1e-9 * std::abs(sum));
  EXPECT_EQ(tokens, static_cast<double>(teacher().encoder.prompt(request, 100000).context_tokens));
  EXPECT_GT(tokens, 256);
  const Figure& first = figure(result, "nats_at_0_127");
  EXPECT_EQ(first.sizes[0], 128);
  EXPECT_DOUBLE_EQ(first.estimate.value, -(first.values[0] + first.values[1]) / (128 + first.sizes[1]));
  // The text repeats itself: a longer context helps.
  EXPECT_LT(figure(result, "nats_at_128_255").estimate.value, first.estimate.value);
  EXPECT_EQ(figure(result, "nats_at_128_255").sizes[1], 0);
  const std::string table = results_table({results, {}});
  EXPECT_LT(table.find("nats_at_0_127"), table.find("nats_at_128_255"));
  EXPECT_LT(table.find("nats_at_128_255"), table.find("nats_at_256_511"));

  // Windows of 100 tokens: every position is below 100.
  const auto short_windows = ask_for("plain_text", 100);
  EXPECT_EQ(figure(short_windows[0], "nats_at_0_127").sizes[0], tokens);
  EXPECT_EQ(short_windows[0].figures.size(), 4u);
}

TEST_F(OwnDataTest, AStudentReadsAWholeTextInOneWindow) {
  const auto teacher = folder_ / "teacher", student = folder_ / "student";
  write_tiny_model(teacher, tiny_config());
  write_tiny_student(student, teacher, mixers::Rad7::spec, fresh_options(mixers::Rad7::spec, 32));
  std::string text;
  for (int i = 0; i < 400; ++i) text += "One day Tom had a big dog. ";
  folder_.write("plain_text.txt", text);
  const auto results = ask_model(student, "plain_text", 100000);
  const Figure& last = results[0].figures.back();
  EXPECT_EQ(last.metric, "nats_at_2048_4095");
  EXPECT_GT(last.sizes[0], 0);
  EXPECT_EQ(figure(results[0], "nats_at_1024_2047").sizes[0], 1024);
}

TEST_F(OwnDataTest, SplittingByPositionChangesNoFigure) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += fmt::format("The {} dogs ran to the park. ", i);
  folder_.write("wikitext.test.jsonl", Json({{"page", text}}).dump() + "\n");
  const auto whole = ask_for("wikitext"), split = ask_for("wikitext_by_position");
  const double sum = whole[0].answers[0].choices[0].sum;
  EXPECT_NEAR(split[0].answers[0].choices[0].sum, sum, 1e-5 * std::abs(sum));
  EXPECT_TRUE(whole[0].answers[0].by_position.empty());
}

TEST_F(OwnDataTest, MissingAndEmptyTextsAreNamed) {
  EXPECT_EQ(error_of([&] { ask_for("plain_text"); }),
            fmt::format("[eval] plain_text: the test split is missing: put plain_text.test.jsonl or "
                        "plain_text.jsonl or plain_text.txt in {}",
                        folder_.path().string()));
  folder_.write("plain_text.txt", " \n");
  EXPECT_EQ(error_of([&] { ask_for("plain_text"); }),
            "[eval] there are no documents in " + (folder_.path() / "plain_text.txt").string());
}

TEST_F(OwnDataTest, AnswersOfMultipleChoiceAreNumbersLettersOrTexts) {
  std::string lines;
  for (const char* answer : {"1", "\"B\"", "\"blue\""}) {
    lines += fmt::format(
        "{{\"question\": \"The sky is\", \"choices\": [\"loud\", \"blue\"], \"answer\": {}}}\n", answer);
  }
  lines += "{\"question\": \"A cat is\", \"choices\": [\"a\", \"b\", \"c\", \"d\"], \"answer\": \"D\"}\n";
  folder_.write("multiple_choice.jsonl", lines);
  const auto results = ask_for("multiple_choice");
  const auto& questions = results[0].prepared.questions;
  ASSERT_EQ(questions.size(), 4u);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(right_choices(results[0].prepared.task, questions[i]), std::vector<int64_t>{1}) << i;
  EXPECT_EQ(right_choices(results[0].prepared.task, questions[3]), std::vector<int64_t>{3});
  EXPECT_EQ(questions[0].requests[1].context, "Question: The sky is\nAnswer:");
  EXPECT_EQ(questions[0].requests[1].continuation, " blue");
  EXPECT_DOUBLE_EQ(results[0].prepared.task.chance.value(), (3 * 0.5 + 0.25) / 4);
}

TEST_F(OwnDataTest, DocumentsOfMultipleChoiceThatCannotBeAskedAreNamedByLine) {
  const std::string good = R"({"question": "?", "choices": ["a", "b"], "answer": 0})"
                           "\n\n";
  const auto error = [&](const std::string& line) {
    folder_.write("multiple_choice.jsonl", good + line + "\n");
    return error_of([&] { ask_for("multiple_choice"); });
  };
  const std::string place = "in line 3 of " + (folder_.path() / "multiple_choice.jsonl").string();
  for (const char* line : {R"({"question": "?", "choices": ["a", "b"], "answer": "C"})",
                           R"({"question": "?", "choices": ["a", "b"], "answer": "1"})",
                           R"({"question": "?", "choices": ["a", "b"], "answer": 1234567890123456789})",
                           R"({"question": null, "choices": ["a", "b"], "answer": 1})",
                           R"({"choices": ["a", "b"], "answer": 1})", R"({"question": "?", "answer": 1})",
                           R"({"question": "?", "choices": ["a", "b"]})",
                           R"({"question": "?", "choices": null, "answer": 1})"}) {
    const std::string message = error(line);
    EXPECT_TRUE(message.ends_with(place)) << message;
  }
  EXPECT_NE(
      error(R"({"question": null, "choices": ["a", "b"], "answer": 1})").find("the field question is null"),
      std::string::npos);
  EXPECT_NE(error(R"({"question": "?", "answer": 1})").find("the document has no field \"choices\""),
            std::string::npos);
}

}  // namespace
}  // namespace radlads::eval
