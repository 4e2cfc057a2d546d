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
  const Question question = builder.question(0, {{"q", "here"}, {"right", 1}}, "line 1");
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
    const Question question = builder.question(0, {{"q", "here"}, {"right", 1}}, "line 1");
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
    const std::string context =
        builder.question(i, docs[static_cast<size_t>(i)], "a line").requests[0].context;
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
      builder.question(0, {{"s", "The _ was big."}, {"a", "dog"}, {"b", "cat"}, {"answer", "2"}}, "line 1");
  EXPECT_EQ(question.requests[0].context, "The dog");
  EXPECT_EQ(question.requests[1].context, "The cat");
  EXPECT_EQ(question.requests[1].continuation, " was big.");
  EXPECT_EQ(question.target, 1);
}

TEST(Prompt, AnswersGoOnFromTheirPrefix) {
  Task task = parse(kYaml + "gen_prefix: 'I say:'\nfewshot_config: {sampler: first_n}\n");
  PromptBuilder builder(task, examples(1), {.num_fewshot = 1});
  EXPECT_EQ(builder.question(0, {{"q", "here"}, {"right", 1}}, "line 1").requests[0].context,
            "Q: e0\nA: I say: no\n\nQ: here\nA: I say:");
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

std::vector<int64_t> right_of(const std::string& target, const Json& doc, const char* more = "") {
  const Task task = parse(
      "task: t\noutput_type: multiple_choice\ntest_split: test\ndoc_to_text: q\ndoc_to_choice: options\n" +
      target + "\n" + more);
  return right_choices(task, PromptBuilder(task, {}, {}).question(0, doc, "line 7 of x.jsonl"));
}

Json doc_with(const Json& answer, const Json& options = {"blue", "loud", "1"}) {
  return {{"q", "The sky is"}, {"options", options}, {"a", answer}};
}

using Indices = std::vector<int64_t>;

TEST(Prompt, TargetsAreReadAsTheHarnessReadsThem) {
  // A field as it is: a number is an index, a string the text of a choice, never an index.
  EXPECT_EQ(right_of("doc_to_target: a", doc_with(1)), Indices{1});
  EXPECT_EQ(right_of("doc_to_target: a", doc_with(true)), Indices{1});
  EXPECT_EQ(right_of("doc_to_target: a", doc_with("1")), Indices{2});
  EXPECT_EQ(right_of("doc_to_target: a", doc_with("loud")), Indices{1});
  EXPECT_EQ(right_of("doc_to_target: a", doc_with("x", {"x", "x"})), Indices{0});
  EXPECT_EQ(right_of("doc_to_target: a", doc_with({0, 2})), (Indices{0, 2}));
  // Digits that a template writes are an index, and what looks like a list is one.
  EXPECT_EQ(right_of("doc_to_target: '{{a}}'", doc_with("1")), Indices{1});
  EXPECT_EQ(right_of("doc_to_target: '{{a}}'", doc_with("[0, 2]")), (Indices{0, 2}));
  EXPECT_EQ(right_of("doc_to_target: '{{a}}'", doc_with("[0, 1 + 1]", {"[0, 1 + 1]"})), Indices{0});
  EXPECT_EQ(right_of("doc_to_target: 2", doc_with(0)), Indices{2});
  EXPECT_EQ(right_of("doc_to_target: '{{a}}'", doc_with(true, {"False", "True"})), Indices{1});
}

TEST(Prompt, ATargetThatIsNoChoiceIsRefusedWithItsLine) {
  const auto error = [](const std::string& target, const Json& answer) {
    return error_of([&] { right_of(target, doc_with(answer)); });
  };
  EXPECT_EQ(error("doc_to_target: a", 3),
            "[eval] t: the target 3 matches none of the 3 choices: correct the document, or doc_to_target in "
            "x.yaml, in line 7 "
            "of x.jsonl");
  for (const Json& answer : {Json(-1), Json("B"), Json("2"), Json(1.5), Json(1e25), Json(UINT64_MAX), Json(),
                             Json::array(), Json::array({0, 7}), Json::object()}) {
    const std::string message = error("doc_to_target: a", answer);
    EXPECT_NE(message.find("in line 7 of x.jsonl"), std::string::npos) << answer << message;
  }
  EXPECT_NE(
      error("doc_to_target: '{{a}}'", "1234567890123456789012345").find("matches none of the 3 choices"),
      std::string::npos);
  EXPECT_EQ(error("doc_to_target: b", 1),
            "[eval] doc_to_target of t in x.yaml: the document has no field \"b\" in line 7 of x.jsonl");
  EXPECT_NE(
      error_of([] {
        right_of("doc_to_target: a", {{"q", "?"}, {"a", 0}});
      }).find("doc_to_choice of t in x.yaml: the document has no field \"options\" in line 7 of x.jsonl"),
      std::string::npos);
  EXPECT_NE(error_of([] {
              right_of("doc_to_target: a", doc_with(0, {1, 2}));
            }).find("must be a list of texts"),
            std::string::npos);
  EXPECT_NE(error_of([] { right_of("doc_to_target: a", doc_with(0, Json::array())); }).find("is empty"),
            std::string::npos);
}

TEST(Prompt, LettersComeAfterTextsWhereTheyAreAllowed) {
  const auto right = [](const Json& answer, const Json& options = {"blue", "loud"}) {
    return right_of("doc_to_target: a", doc_with(answer, options), "target_letters: true\n");
  };
  EXPECT_EQ(right("B"), Indices{1});
  EXPECT_EQ(right("A", {"B", "A"}), Indices{1});
  EXPECT_EQ(right("1", {"1", "0"}), Indices{0});
  EXPECT_EQ(right(0, {"blue", "blue"}), Indices{0});
  for (const Json& answer : {Json("b"), Json("C"), Json("1"), Json("AB"), Json(""), Json(2), Json(true)})
    EXPECT_NE(error_of([&] { right(answer); }).find("matches none of the 2 choices"), std::string::npos)
        << answer;
  EXPECT_NE(error_of([&] {
              right("blue", {"blue", "blue"});
            }).find("\"blue\" matches more than one of the 2 choices"),
            std::string::npos);
}

TEST(Prompt, ChoicesMayBeWrittenAsPythonWritesAList) {
  const Task task = parse(kYaml.substr(0, kYaml.find("doc_to_choice")) +
                          "doc_to_choice: \"['{{q}} no', 'yes']\"\ndoc_to_target: '{{right}}'\n");
  const Question question = PromptBuilder(task, {}, {}).question(0, {{"q", "well"}, {"right", 1}}, "line 1");
  EXPECT_EQ(question.choices, (std::vector<std::string>{"well no", "yes"}));
}

std::vector<std::string> choices_of(const std::string& template_text) {
  Task task = parse(kYaml);
  task.doc_to_choice = DocField::parse(template_text, "doc_to_choice of t");
  return task.doc_to_choice.list_of({{"q", "well"}});
}

TEST(Prompt, ChoicesAreReadByPythonsRules) {
  const std::vector<std::string> wanted = {"a", "well"};
  for (const char* text : {"['a', '{{q}}'] ", "\n['a', '{{q}}']\n", "('a', '{{q}}')", "['a', '{{q}}'] # both",
                           "[u'a', r'{{q}}',]", "{{['a', q]}} ", "{{('a', q)}}"})
    EXPECT_EQ(choices_of(text), wanted) << text;
  EXPECT_NE(error_of([] { choices_of("['a'] + ['b']"); }).find("must be a list of texts"), std::string::npos);
  EXPECT_NE(error_of([] { choices_of("[{'a'}]"); }).find("a value with a set, which is not supported"),
            std::string::npos);
}

TEST(Prompt, SeveralInputsAreRefused) {
  const auto error = [](const std::string& text, const Json& q) {
    Task task = parse(kYaml);
    task.doc_to_text = DocField::parse(text, "doc_to_text of t in x.yaml");
    return error_of([&] { PromptBuilder(task, {}, {}).question(0, {{"q", q}, {"right", 1}}, "line 1"); });
  };
  for (const auto& [text, q] :
       std::vector<std::pair<std::string, Json>>{{"{{q}}", 1}, {"{{q}}", "40"}, {"q", 1}})
    EXPECT_NE(error(text, q).find("several inputs per document are not supported"), std::string::npos)
        << text;
  EXPECT_EQ(error("q", "40"), "") << "a field that is a text stays one";
  EXPECT_EQ(error("{{q}}+1", "40"), "");
}

TEST(Prompt, OfSeveralTargetsExamplesShowTheFirst) {
  const Task task = parse(
      "task: t\noutput_type: multiple_choice\ntest_split: test\nfewshot_split: dev\ndoc_to_text: q\n"
      "doc_to_choice: ['no', 'yes']\ndoc_to_target: right\n");
  PromptBuilder builder(task, {{{"q", "e"}, {"right", {1, 0}}}}, {.num_fewshot = 1});
  EXPECT_EQ(builder.question(0, {{"q", "here"}, {"right", {0, 1}}}, "line 1").requests[0].context,
            "e yes\n\nhere");
}

class ChatPromptTest : public testing::Test {
 protected:
  Question question(const std::string& more, const char* chat, bool multiturn = true) {
    const Task task = parse(kYaml + more);
    const ChatTemplate parsed = ChatTemplate::parse(chat, "chat.jinja", Json::object());
    PromptBuilder builder(task, examples(1),
                          {.num_fewshot = 1, .chat_template = &parsed, .fewshot_as_multiturn = multiturn});
    const Question result = builder.question(0, {{"q", "here"}, {"right", 1}, {"p", "I say: "}}, "line 1");
    refusal_ = builder.system_refusal();
    return result;
  }

  static constexpr const char* kTrims = "{% for m in messages %}<{{ m.content|trim }}>{% endfor %}";
  std::string refusal_;
};

TEST_F(ChatPromptTest, APrefixIsContinuedAfterTheQuestion) {
  for (const char* prefix : {"gen_prefix: 'P: '\n", "gen_prefix: ' P:'\n"})
    EXPECT_EQ(question(prefix, kTrims).requests[0].context, "<Q: e0\nA:><P: no><Q: here\nA:><P:");
}

TEST_F(ChatPromptTest, TheDelimiterDependsOnThePrefixAsItIsWritten) {
  EXPECT_EQ(question("gen_prefix: 'P:'\n", kTrims).requests[0].continuation, " no");
  EXPECT_EQ(question("gen_prefix: 'P: '\n", kTrims).requests[0].continuation, "no");
  const Task task = parse(kYaml + "gen_prefix: '{{p}}'\n");
  const ChatTemplate chat = ChatTemplate::parse(kTrims, "t", Json::object());
  PromptBuilder builder(task, {}, {.chat_template = &chat});
  EXPECT_EQ(builder.question(0, {{"q", "?"}, {"right", 1}, {"p", "P: "}}, "line 1").requests[0].continuation,
            " no");
  EXPECT_EQ(question("", kTrims).requests[0].continuation, "no");
}

TEST_F(ChatPromptTest, ARefusedSystemMessageIsLeftOut) {
  const char* refuses =
      "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
      "{% for m in messages %}<{{ m.content }}>{% endfor %}";
  const std::string with = question("description: 'Answer. '\n", refuses).requests[0].context;
  EXPECT_NE(refusal_.find("no system role"), std::string::npos) << refusal_;
  EXPECT_EQ(with, question("", refuses).requests[0].context);
  EXPECT_EQ(refusal_, "");
  EXPECT_NE(error_of([&] { question("description: x\n", "{{ raise_exception('never') }}"); }).find("never"),
            std::string::npos);
}

TEST_F(ChatPromptTest, ATemplateThatRendersNothingIsNamed) {
  EXPECT_EQ(error_of([&] { question("", "{% if false %}{% endif %}"); }),
            "[eval] t: the chat template renders nothing in chat.jinja in line 1");
}

TEST(Prompt, AnExampleThatCannotBeShownIsNamed) {
  const Task task = parse(kYaml + "fewshot_config: {sampler: first_n}\n");
  std::vector<Json> docs = examples(2);
  docs[1]["right"] = 2;
  PromptBuilder builder(task, docs, {.num_fewshot = 2});
  EXPECT_EQ(error_of([&] {
              builder.question(0, {{"q", "here"}, {"right", 1}}, "line 1");
            }),
            "[eval] the target 2 is not one of the 2 choices in example 1 of the split \"dev\"");
}

TEST(Prompt, TooFewExamplesInTheFileAreNamedSo) {
  const Task task = parse(
      "task: t\noutput_type: multiple_choice\ntest_split: test\ndoc_to_text: q\ndoc_to_choice: ['no', "
      "'yes']\n"
      "doc_to_target: right\nfewshot_config: {samples: [{q: a, right: 0}]}\n");
  EXPECT_EQ(
      error_of([&] { PromptBuilder(task, {task.fewshot.samples[0]}, {.num_fewshot = 2}); }),
      "[eval] t: 2 examples are requested, but fewshot_config.samples has 1: give a smaller --num-fewshot");
}

TEST(Prompt, TooFewExamplesAreRefused) {
  const Task task = parse(kYaml);
  EXPECT_THROW(PromptBuilder(task, examples(2), {.num_fewshot = 3}), UserError);
}

}  // namespace
}  // namespace radlads::eval
