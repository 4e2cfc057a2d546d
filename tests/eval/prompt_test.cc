#include "eval/prompt.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "io/yaml_json.h"

namespace radlads::eval {
namespace {

Task parse(const std::string& yaml) { return parse_task(parse_yaml(yaml, "read_task", "x.yaml"), "x.yaml"); }

const std::string kYaml =
    "task: t\noutput_type: multiple_choice\ntest_split: test\nfewshot_split: dev\ndoc_to_text: 'Q: {{q}}\n\n "
    " A:'\n"
    "doc_to_choice: ['no', 'yes']\ndoc_to_target: '{{right}}'\n";

std::vector<Json> examples(int count) {
  std::vector<Json> docs;
  for (int i = 0; i < count; ++i) docs.push_back({{"q", fmt::format("e{}", i)}, {"right", i % 2}});
  return docs;
}

TEST(Prompt, JoinsDescriptionExamplesAndQuestion) {
  Task task = parse(kYaml + "description: \"Answer.\\n\\n\"\nfewshot_config: {sampler: first_n}\n");
  PromptBuilder builder(task, examples(3), {.num_fewshot = 2});
  const Question question = builder.question(0, {{"q", "here"}, {"right", 1}});
  EXPECT_EQ(question.requests[0].context, "Answer.\n\nQ: e0\nA: no\n\nQ: e1\nA: yes\n\nQ: here\nA:");
  ASSERT_EQ(question.requests.size(), 2u);
  EXPECT_EQ(question.requests[0].continuation, " no");
  EXPECT_EQ(question.requests[1].continuation, " yes");
  EXPECT_EQ(question.target, 1);
}

TEST(Prompt, DrawsExamplesAsPythonDoesFromOneQuestionToTheNext) {
  const Task task = parse(kYaml);
  PromptBuilder builder(task, examples(10), {.num_fewshot = 2});
  // r = random.Random(1234); [r.sample(range(10), 2) for _ in range(3)]
  for (const auto& [first, second] : std::vector<std::pair<int, int>>{{7, 1}, {0, 1}, {9, 0}}) {
    const Question question = builder.question(0, {{"q", "here"}, {"right", 1}});
    const auto shown = [](int i) { return fmt::format("Q: e{}\nA: {}\n\n", i, i % 2 == 0 ? "no" : "yes"); };
    EXPECT_EQ(question.requests[0].context, shown(first) + shown(second) + "Q: here\nA:");
  }
}

TEST(Prompt, LeavesTheQuestionOutOfItsExamples) {
  Task task = parse(kYaml);
  task.fewshot.excludes_question = true;
  const auto docs = examples(3);
  PromptBuilder builder(task, docs, {.num_fewshot = 2});
  for (int i = 0; i < 3; ++i) {
    const std::string context = builder.question(i, docs[static_cast<size_t>(i)]).requests[0].context;
    const std::string own = fmt::format("Q: e{}", i);
    EXPECT_EQ(context.find(own), context.rfind(own)) << context;
  }
  EXPECT_THROW(PromptBuilder(task, docs, {.num_fewshot = 3}), UserError);
}

TEST(Prompt, ContextsMayDifferAndTheContinuationBeShared) {
  const Task task = parse(
      "task: w\noutput_type: multiple_choice\nvalidation_split: v\ncontexts: \"{{[s.split('_')[0] ~ a, "
      "s.split('_')[0] ~ b]}}\"\n"
      "doc_to_choice: \"{{[s.split('_')[1].strip(), s.split('_')[1].strip()]}}\"\ndoc_to_target: '{{answer | "
      "int - 1}}'\n");
  PromptBuilder builder(task, {}, {});
  const Question question =
      builder.question(0, {{"s", "The _ was big."}, {"a", "dog"}, {"b", "cat"}, {"answer", "2"}});
  EXPECT_EQ(question.requests[0].context, "The dog");
  EXPECT_EQ(question.requests[1].context, "The cat");
  EXPECT_EQ(question.requests[1].continuation, " was big.");
  EXPECT_EQ(question.target, 1);
}

TEST(Prompt, AnswersGoOnFromTheirPrefix) {
  Task task = parse(kYaml + "gen_prefix: 'I say:'\nfewshot_config: {sampler: first_n}\n");
  PromptBuilder builder(task, examples(1), {.num_fewshot = 1});
  EXPECT_EQ(builder.question(0, {{"q", "here"}, {"right", 1}}).requests[0].context,
            "Q: e0\nA: I say: no\n\nQ: here\nA: I say:");
}

TEST(Prompt, TooFewExamplesAreRefused) {
  const Task task = parse(kYaml);
  EXPECT_THROW(PromptBuilder(task, examples(2), {.num_fewshot = 3}), UserError);
}

}  // namespace
}  // namespace radlads::eval
