#include "eval/task.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "eval/task_data.h"
#include "eval/task_library.h"
#include "io/file.h"
#include "io/yaml_json.h"
#include "support/temp_folder.h"

namespace radlads::eval {
namespace {

constexpr const char* kChoice =
    "task: colours\noutput_type: multiple_choice\ntest_split: test\ndoc_to_text: '{{q}}'\ndoc_to_choice: "
    "'{{options}}'\n"
    "doc_to_target: right\n";

Task parse(const std::string& yaml) { return parse_task(parse_yaml(yaml, "read_task", "x.yaml"), "x.yaml"); }

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Task, ReadsWhatAMultipleChoiceTaskNeeds) {
  const Task task = parse(kChoice);
  EXPECT_EQ(task.name, "colours");
  EXPECT_EQ(task.data, "colours");
  EXPECT_EQ(task.split, "test");
  EXPECT_EQ(task.target_delimiter, " ");
  ASSERT_EQ(task.metrics.size(), 2u);
  EXPECT_EQ(task.metrics[1].name, "acc_norm");
  const Json doc = {{"q", "Red?"}, {"options", {"no", "yes"}}, {"right", 1}};
  EXPECT_EQ(task.doc_to_text.text_of(doc), "Red?");
  EXPECT_EQ(task.doc_to_target.of(doc), 1);
  EXPECT_EQ(task.doc_to_choice.list_of(doc), (std::vector<std::string>{"no", "yes"}));
}

TEST(Task, RefusesWhatItDoesNotKnow) {
  const auto with = [](const std::string& more) { return error_of([&] { parse(kChoice + more); }); };
  EXPECT_EQ(with("procces_docs: x\n"), "[read_task] colours: the key procces_docs is not known in x.yaml");
  EXPECT_EQ(with("num_fewshot: -1\n"),
            "[read_task] colours: num_fewshot: a whole number of at least 0 is wanted, got -1 in x.yaml");
  EXPECT_NE(with("metric_list: [{metric: bleu}]\n").find("the metric \"bleu\" is not known"),
            std::string::npos);
  EXPECT_NE(with("metric_list: [{metric: acc, speed: 1}]\n").find("the key speed is not known"),
            std::string::npos);
  EXPECT_NE(with("fewshot_config: {sampler: balanced}\n").find("the sampler \"balanced\" is not known"),
            std::string::npos);
  EXPECT_NE(with("description: '{{ a + }}'\n").find("line 1"), std::string::npos);
  EXPECT_NE(with("metric_list: [{metric: string_match}]\n").find("not known for this output_type"),
            std::string::npos);
  EXPECT_EQ(
      with("data: {synthetic: needle}\nnum_fewshot: 2\n"),
      "[read_task] colours: num_fewshot: 2 is not possible: documents that are made have no examples in "
      "x.yaml");
  EXPECT_NE(with("data: {synthetic: essay}\n").find("the kind \"essay\" is not known"), std::string::npos);
  EXPECT_NE(error_of([] { parse("task: x\noutput_type: chat\n"); }).find("output_type \"chat\" is not known"),
            std::string::npos);
  EXPECT_NE(error_of([] { parse("task: x\ntest_split: a\ndoc_to_target: a\n"); }).find("has no doc_to_text"),
            std::string::npos);
}

TEST(Task, NamesTheFieldThatADocumentLacks) {
  const Task task = parse(kChoice);
  const std::string error = error_of([&] { task.doc_to_text.text_of({{"question", "?"}}); });
  EXPECT_NE(error.find("doc_to_text of colours in x.yaml"), std::string::npos) << error;
  EXPECT_NE(error.find("q"), std::string::npos);
}

TEST(Task, ExamplesComeFromTheSplitThatTheHarnessTakes) {
  EXPECT_EQ(parse(std::string(kChoice) + "fewshot_split: dev\n").fewshot.split, "dev");
  EXPECT_FALSE(parse(std::string(kChoice) + "fewshot_split: dev\n").fewshot.excludes_question);
  EXPECT_EQ(parse(std::string(kChoice) + "training_split: train\n").fewshot.split, "train");
  EXPECT_FALSE(parse(std::string(kChoice) + "training_split: train\n").fewshot.excludes_question);
  EXPECT_TRUE(parse(std::string(kChoice) + "fewshot_split: test\n").fewshot.excludes_question);
  // Neither a test split nor one of examples: the harness takes them for the same.
  const std::string validation =
      "task: x\noutput_type: multiple_choice\ntraining_split: train\nvalidation_split: "
      "validation\ndoc_to_text: a\n"
      "doc_to_choice: b\ndoc_to_target: c\n";
  EXPECT_EQ(parse(validation).fewshot.split, "train");
  EXPECT_TRUE(parse(validation).fewshot.excludes_question);
}

class TaskLibraryTest : public testing::Test {
 protected:
  void add(const std::string& name, const std::string& text) { write_text_file(folder_.path() / name, text); }

  TaskLibrary library() const {
    const std::vector<std::filesystem::path> folders = {folder_.path()};
    return TaskLibrary({}, folders);
  }

  TempFolder folder_;
};

TEST_F(TaskLibraryTest, ResolvesGroupsTagsAndPatterns) {
  add("_base.yaml",
      "output_type: multiple_choice\ntest_split: test\ndoc_to_text: a\ndoc_to_choice: b\ndoc_to_target: "
      "c\ntag: all_of_them\n");
  add("a.yaml", "include: _base.yaml\ntask: zoo_a\ndescription: first\n");
  add("b.yaml", "include: _base.yaml\ntask: zoo_b\ntest_split: other\n");
  add("in.yaml", "group: inner\ntask: [zoo_b]\n");
  add("out.yaml",
      "group: outer\ngroup_alias: Outer\ntask: [zoo_a, inner]\naggregate_metric_list: [{metric: acc, "
      "weight_by_size: false}]\nmetadata: {version: 2}\n");
  const TaskLibrary tasks = library();
  using Names = std::vector<std::string>;
  EXPECT_EQ(tasks.tasks_of("outer"), (Names{"zoo_a", "zoo_b"}));
  EXPECT_EQ(tasks.tasks_of("all_of_them"), (Names{"zoo_a", "zoo_b"}));
  EXPECT_EQ(tasks.tasks_of("zoo_*"), (Names{"zoo_a", "zoo_b"}));
  EXPECT_EQ(tasks.task("zoo_b").split, "other");
  EXPECT_EQ(tasks.task("zoo_a").description.text_of(Json::object()), "first");
  EXPECT_TRUE(tasks.group("outer").has_figures);
  EXPECT_FALSE(tasks.group("outer").weight_by_size);
  EXPECT_FALSE(tasks.group("inner").has_figures);
  EXPECT_EQ(tasks.names(), (Names{"inner", "outer", "zoo_a", "zoo_b"}));
  EXPECT_EQ(tasks.task("zoo_a", {{"num_fewshot", 3}}).num_fewshot, 3);
}

TEST_F(TaskLibraryTest, SaysWhichNameIsMeant) {
  add("a.yaml", kChoice);
  const TaskLibrary tasks = library();
  EXPECT_EQ(error_of([&] { tasks.tasks_of("colors"); }),
            "[eval] there is no task colors. Is colours meant? See --tasks list");
  EXPECT_EQ(error_of([&] { tasks.tasks_of("mmlu"); }), "[eval] there is no task mmlu. See --tasks list");
}

TEST_F(TaskLibraryTest, RefusesNamesThatAreThereTwiceAndCircles) {
  add("a.yaml", kChoice);
  add("b.yaml", kChoice);
  EXPECT_NE(error_of([&] { library(); }).find("colours is there twice"), std::string::npos);
  std::filesystem::remove(folder_.path() / "b.yaml");
  add("c.yaml", "include: c.yaml\ntask: c\n");
  EXPECT_NE(error_of([&] { library(); }).find("include each other"), std::string::npos);
  std::filesystem::remove(folder_.path() / "c.yaml");
  add("g.yaml", "group: g\ntask: [g]\n");
  EXPECT_NE(error_of([&] { library().tasks_of("g"); }).find("holds itself"), std::string::npos);
}

TEST_F(TaskLibraryTest, MissingAndMalformedDataAreNamed) {
  const Task task = parse(kChoice);
  EXPECT_NE(error_of([&] { load_task_data(task, 0, folder_.path()); }).find("colours.test.jsonl"),
            std::string::npos);
  add("colours.jsonl", "{\"q\": 1}\n\n{\"q\": \n");
  EXPECT_EQ(
      error_of([&] { load_task_data(task, 0, folder_.path()); }),
      "[eval] line 3: the JSON is cut off after byte 6 in " + (folder_.path() / "colours.jsonl").string());
  add("colours.jsonl", "\n");
  EXPECT_NE(error_of([&] { load_task_data(task, 0, folder_.path()); }).find("there is no document"),
            std::string::npos);
  add("colours.test.jsonl", "{\"q\": 2}\n");
  EXPECT_EQ(load_task_data(task, 0, folder_.path()).questions, (std::vector<Json>{{{"q", 2}}}));
}

}  // namespace
}  // namespace radlads::eval
