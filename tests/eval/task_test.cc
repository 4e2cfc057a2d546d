#include "eval/task.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "eval/task_data.h"
#include "eval/task_library.h"
#include "io/compressed.h"
#include "io/file.h"
#include "io/yaml_json.h"
#include "support/temp_folder.h"

namespace radlads::eval {
namespace {

constexpr const char* kChoice =
    "task: palette\noutput_type: multiple_choice\ntest_split: test\ndoc_to_text: '{{q}}'\ndoc_to_choice: "
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
  EXPECT_EQ(task.name, "palette");
  EXPECT_EQ(task.data, "palette");
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
  EXPECT_EQ(with("procces_docs: x\n"), "[read_task] palette: the key procces_docs is not known in x.yaml");
  EXPECT_EQ(with("num_fewshot: -1\n"),
            "[read_task] palette: num_fewshot: must be at least 0, not -1 in x.yaml");
  EXPECT_NE(with("metric_list: [{metric: bleu}]\n").find("the metric \"bleu\" is not known"),
            std::string::npos);
  EXPECT_NE(with("metric_list: [{metric: f1, aggregation: mean}]\n").find("the aggregation \"mean\" of f1"),
            std::string::npos);
  EXPECT_NE(with("metric_list: [{metric: acc, speed: 1}]\n").find("the key speed is not known"),
            std::string::npos);
  EXPECT_NE(with("fewshot_config: {sampler: balanced}\n").find("the sampler \"balanced\" is not known"),
            std::string::npos);
  EXPECT_NE(with("description: '{{ a + }}'\n").find("line 1"), std::string::npos);
  EXPECT_EQ(with("metric_list: []\n"),
            "[read_task] palette: metric_list must be a list of at least one metric in x.yaml");
  EXPECT_EQ(with("filter_list: []\n"),
            "[read_task] palette in x.yaml: filter_list must be a list of at least one pipeline");
  EXPECT_EQ(with("metric_list: [{metric: f1_macro, hf_evaluate: true}]\n"),
            "[read_task] palette, metric_list: the metric \"f1_macro\" is one of the library evaluate "
            "(hf_evaluate), which is not supported in x.yaml");
  EXPECT_EQ(with("chance: 2\n"), "[read_task] palette: chance must be from 0 to 1, not 2 in x.yaml");
  EXPECT_EQ(with("fewshot_config: {samples: []}\n"),
            "[read_task] palette, fewshot_config: samples must be a list of at least one example in x.yaml");
  EXPECT_NE(with("metric_list: [{metric: string_match}]\n").find("not known for this output_type"),
            std::string::npos);
  EXPECT_EQ(with("data: {synthetic: needle}\nnum_fewshot: 2\n"),
            "[read_task] palette: num_fewshot: 2 is not possible: generated documents have no examples in "
            "x.yaml");
  EXPECT_NE(with("data: {synthetic: needle}\nkeep: q\n").find("keep and fields are for documents of files"),
            std::string::npos);
  EXPECT_NE(with("data: {synthetic: essay}\n").find("the kind \"essay\" is not known"), std::string::npos);
  EXPECT_NE(error_of([] { parse("task: x\noutput_type: chat\n"); }).find("output_type \"chat\" is not known"),
            std::string::npos);
  EXPECT_NE(error_of([] { parse("task: x\ntest_split: a\ndoc_to_target: a\n"); }).find("has no doc_to_text"),
            std::string::npos);
}

TEST(Task, ReadsPastWhereTheHarnessTakesItsData) {
  const Task task =
      parse(std::string(kChoice) +
            "dataset_path: allenai/ai2_arc\ndataset_name: ARC-Easy\ndataset_kwargs: {trust_remote_code: "
            "true}\nshould_decontaminate: true\ndoc_to_decontamination_query: q\nprocess_docs: null\n"
            "metadata: [1]\nmetric_list: [{metric: acc, weight_by_size: true}, {metric: f1, average: "
            "macro}, {metric: mcc}]\n");
  EXPECT_EQ(task.origin, "allenai/ai2_arc, ARC-Easy");
  EXPECT_EQ(task.version, "Yaml");
  ASSERT_EQ(task.metrics.size(), 3u);
  EXPECT_EQ(task.metrics[2].aggregation, "matthews_corrcoef");
  EXPECT_NE(error_of([&] {
              load_task_data(task, 0, "nowhere");
            }).find("from the dataset allenai/ai2_arc, ARC-Easy of the Hugging Face hub (tools/eval_data.py"),
            std::string::npos);
}

TEST(Task, ReadsTheMetricsOfTranslations) {
  const Task task = parse(
      "task: x\ntest_split: t\ndoc_to_text: a\ndoc_to_target: b\ngeneration_kwargs: {until: ['\n'], "
      "num_beams: 1}\n"
      "metric_list: [{metric: bleu}, {metric: ter, aggregation: ter}, {metric: chrf}, {metric: chrf++}]\n");
  ASSERT_EQ(task.metrics.size(), 4u);
  EXPECT_FALSE(task.metrics[1].higher_is_better);
  EXPECT_EQ(task.metrics[3].aggregation, "chrf++");
}

constexpr const char* kGeneration =
    "task: x\ntest_split: test\ndoc_to_text: a\ndoc_to_target: b\nfewshot_delimiter: '--'\n";

TEST(Task, GeneratesByDefaultAsTheHarnessDoes) {
  EXPECT_EQ(parse(kGeneration).generation.as_written,
            (Json{{"temperature", 0.0}, {"do_sample", false}, {"max_gen_toks", 256}, {"until", {"--"}}}));
  const GenerationSpec spec =
      parse(std::string(kGeneration) + "generation_kwargs: {max_gen_toks: 8}\n").generation;
  EXPECT_EQ(spec.as_written, (Json{{"max_gen_toks", 8}, {"until", {"--"}}}));
  EXPECT_EQ(spec.until, std::vector<std::string>{"--"});
  const auto error = [](const char* key) {
    return error_of([&] { parse(fmt::format("{}generation_kwargs: {{{}}}\n", kGeneration, key)); });
  };
  EXPECT_EQ(error("temperature: -1"),
            "[read_task] x, generation_kwargs: temperature must be at least 0, not -1 in x.yaml");
  EXPECT_NE(error("top_p: 0").find("top_p must be above 0 and at most 1, not 0"), std::string::npos);
}

TEST(Task, FiltersThatCannotApplyAreRefused) {
  const auto with = [](const char* yaml, const char* more) {
    return error_of([&] { parse(fmt::format("{}{}", yaml, more)); });
  };
  EXPECT_EQ(with(kChoice, "filter_list: [{name: a, filter: [{function: take_first}]}]\n"), "");
  EXPECT_EQ(
      with(kChoice, "filter_list: [{name: a, filter: [{function: lowercase}, {function: take_first}]}]\n"),
      "[read_task] palette in x.yaml: filter_list a: log-likelihoods can have the filter take_first alone");
  const char* two =
      "filter_list: [{name: a, filter: [{function: take_first_k, k: 2}, {function: take_first}]}]\n";
  EXPECT_EQ(with(kGeneration, two),
            "[read_task] x in x.yaml: filter_list a: take_first_k: k is 2, but the task's repeats give 1");
  EXPECT_EQ(with(kGeneration, (std::string(two) + "repeats: 2\n").c_str()), "");
}

TEST(Task, ValuesOfTheWrongTypeAreUserErrors) {
  for (const char* more : {"task_alias: 3\n",
                           "tag: {a: 1}\n",
                           "num_fewshot: 123456789012345678901234\n",
                           "num_fewshot: '2'\n",
                           "metric_list: acc\n",
                           "metric_list: [acc]\n",
                           "metric_list: [{metric: [acc]}]\n",
                           "metric_list: [{metric: acc, higher_is_better: 'yes'}]\n",
                           "metric_list: [{metric: acc, hf_evaluate: true}]\n",
                           "filter_list: take_first\n",
                           "filter_list: [{name: 3}]\n",
                           "filter_list: [{name: a, filter: [{function: b}]}]\n",
                           "fewshot_config: [1]\n",
                           "fewshot_config: {samples: 3}\n",
                           "fewshot_config: {fewshot_indices: [-1]}\n",
                           "fewshot_config: {fewshot_indices: 3}\n",
                           "generation_kwargs: 3\n",
                           "generation_kwargs: {until: 3}\n",
                           "generation_kwargs: {temperature: .nan}\n",
                           "generation_kwargs: {num_beams: 4}\n",
                           "test_split: 3\n",
                           "target_delimiter: 3\n",
                           "process_docs: x\n",
                           "unsafe_code: true\n",
                           "data: 3\n",
                           "chance: [1]\n",
                           "output_type: 3\n",
                           "repeats: 0\n",
                           "target_letters: 3\n"}) {
    std::string yaml = kChoice;
    const std::string key = std::string(more).substr(0, std::string(more).find(':') + 1);
    if (const size_t at = yaml.find(key); at != std::string::npos)
      yaml.erase(at, yaml.find('\n', at) + 1 - at);
    const std::string error = error_of([&] { parse(yaml + more); });
    EXPECT_TRUE(error.starts_with("[read_task] ")) << more << error;
    EXPECT_NE(error.find("x.yaml"), std::string::npos) << more << error;
  }
}

TEST(Task, NamesTheFieldThatADocumentLacks) {
  const Task task = parse(kChoice);
  const std::string error = error_of([&] { task.doc_to_text.text_of({{"question", "?"}}); });
  EXPECT_NE(error.find("doc_to_text of palette in x.yaml"), std::string::npos) << error;
  EXPECT_NE(error.find("q"), std::string::npos);
}

TEST(Task, ExamplesComeFromTheSplitThatTheHarnessTakes) {
  EXPECT_EQ(parse(std::string(kChoice) + "fewshot_split: dev\n").fewshot.split, "dev");
  EXPECT_FALSE(parse(std::string(kChoice) + "fewshot_split: dev\n").fewshot.excludes_question);
  EXPECT_EQ(parse(std::string(kChoice) + "training_split: train\n").fewshot.split, "train");
  EXPECT_FALSE(parse(std::string(kChoice) + "training_split: train\n").fewshot.excludes_question);
  EXPECT_EQ(parse(std::string(kChoice) + "validation_split: dev\n").fewshot.split, "dev");
  EXPECT_FALSE(parse(std::string(kChoice) + "validation_split: dev\n").fewshot.excludes_question);
  EXPECT_EQ(parse(std::string(kChoice) + "validation_split: dev\ntraining_split: train\n").fewshot.split,
            "train");
  EXPECT_EQ(parse(kChoice).fewshot.split, "test");
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
  ASSERT_EQ(tasks.group("outer").metrics.size(), 1u);
  EXPECT_FALSE(tasks.group("outer").metrics[0].weight_by_size);
  EXPECT_TRUE(tasks.group("inner").metrics.empty());
  EXPECT_EQ(tasks.names(), (Names{"inner", "outer", "zoo_a", "zoo_b"}));
  EXPECT_EQ(tasks.task("zoo_a", {{"num_fewshot", 3}}).num_fewshot, 3);
}

constexpr const char* kBase =
    "output_type: multiple_choice\ntest_split: test\ndoc_to_text: a\ndoc_to_choice: b\ndoc_to_target: c\n";

TEST_F(TaskLibraryTest, IncludesFilesWhateverTheirNames) {
  std::filesystem::create_directory(folder_.path() / "deep");
  add("_default_template_yaml", kBase);
  add("deep/more", "include: ../_default_template_yaml\ntag: [one, two]\n");
  add("deep/a.yaml", "include: [more]\ntask: a\n");
  const TaskLibrary tasks = library();
  EXPECT_EQ(tasks.task("a").split, "test");
  EXPECT_EQ(tasks.tasks_of("two"), std::vector<std::string>{"a"});
}

TEST_F(TaskLibraryTest, GenerationMayBeChangedInPart) {
  add("x.yaml", kGeneration);
  const Task task = library().task("x", {{"generation_kwargs", {{"max_gen_toks", 3}}}});
  EXPECT_EQ(task.generation.as_written,
            (Json{{"temperature", 0.0}, {"do_sample", false}, {"max_gen_toks", 3}, {"until", {"--"}}}));
  EXPECT_EQ(task.generation.max_tokens, 3);
}

TEST_F(TaskLibraryTest, GroupsHoldTasksThatTheyChangeAndGroupsOfTheirOwn) {
  add("base", kBase);
  add("a.yaml", "include: base\ntask: a\ntag: both\ntask_alias: A\n");
  add("b.yaml", "include: base\ntask: b\ntag: both\n");
  add("plain.yaml", "group: plain\ntask: [a]\n");
  add("g.yaml",
      "group: g\ntask:\n- {task: a, task_alias: first, num_fewshot: 3}\n- b\n- {group: inner, group_alias: "
      "In, task: [b], "
      "aggregate_metric_list: {metric: acc}}\n- {group: plain, num_fewshot: 2}\n- {task: own, output_type: "
      "generate_until, test_split: t, doc_to_text: q, doc_to_target: r}\naggregate_metric_list:\n- {metric: "
      "acc, "
      "filter_list: none}\n- {metric: acc_norm, weight_by_size: false, aggregation: mean}\n");
  add("tagged.yaml", "group: tagged\ntask: both\ntarget_delimiter: '_'\n");
  const TaskLibrary tasks = library();
  using Names = std::vector<std::string>;
  EXPECT_EQ(tasks.tasks_of("g"), (Names{"g::a", "b", "g::plain::a", "g::own"}));
  const Task changed = tasks.task("g::a");
  EXPECT_EQ(changed.name, "g::a");
  EXPECT_EQ(changed.alias, "first");
  EXPECT_EQ(changed.data, "a");
  EXPECT_EQ(changed.num_fewshot, 3);
  EXPECT_EQ(tasks.task("g::plain::a").num_fewshot, 2);
  EXPECT_EQ(tasks.task("g::plain::a").alias, "A");
  EXPECT_EQ(tasks.task("g::own").output, OutputType::kGenerateUntil);
  EXPECT_EQ(tasks.task("a").num_fewshot, 0);
  EXPECT_EQ(tasks.group("g::inner").alias, "In");
  EXPECT_EQ(tasks.group("g::inner").metrics.size(), 1u);
  ASSERT_EQ(tasks.group("g").metrics.size(), 2u);
  EXPECT_EQ(tasks.group("g").metrics[0].filters, Names{"none"});
  EXPECT_FALSE(tasks.group("g").metrics[1].weight_by_size);
  EXPECT_EQ(tasks.tasks_of("tagged"), (Names{"tagged::a", "tagged::b"}));
  EXPECT_EQ(tasks.task("tagged::b").target_delimiter, "_");
}

TEST_F(TaskLibraryTest, WhatIsWrongWithAFileIsToldWhenItIsUsed) {
  add("good.yaml", kChoice);
  add("broken.yaml", "task: [\n");
  add("list.yaml", "- 1\n");
  add("lost.yaml", "include: nowhere\ntask: lost\n");
  add("alias.yaml", "group: alias\ngroup_alias: 3\ntask: [palette]\n");
  add("weight.yaml",
      "group: weight\ntask: [palette]\naggregate_metric_list: [{metric: acc, weight_by_size: 'yes'}]\n");
  add("median.yaml",
      "group: median\ntask: [palette]\naggregate_metric_list: [{metric: acc, aggregation: median}]\n");
  add("member.yaml", "group: member\ntask: [3]\n");
  add("empty.yaml", "group: empty\n");
  add("meta.yaml", "group: meta\ntask: [palette]\nmetadata: [1]\n");
  add("unknown.yaml", "group: unknown\ntask: [nobody]\n");
  const TaskLibrary tasks = library();
  EXPECT_EQ(tasks.task("palette").name, "palette");
  EXPECT_EQ(tasks.tasks_of("meta"), std::vector<std::string>{"palette"});
  const auto error = [&](const char* name) { return error_of([&] { tasks.tasks_of(name); }); };
  EXPECT_NE(error("lost").find("there is no file nowhere to include"), std::string::npos);
  EXPECT_NE(error("alias").find("alias: group_alias: must be a string, not 3"), std::string::npos);
  EXPECT_NE(error("weight").find("weight_by_size: must be true or false, not \"yes\""), std::string::npos);
  EXPECT_NE(error("median").find("the aggregation \"median\" is not supported"), std::string::npos);
  EXPECT_NE(error("member").find("must be a name or a map, not 3"), std::string::npos);
  EXPECT_NE(error("empty").find("has no members"), std::string::npos);
  EXPECT_NE(error("unknown").find("there is no task nobody"), std::string::npos);
}

TEST_F(TaskLibraryTest, SaysWhichNameIsMeant) {
  add("a.yaml", kChoice);
  const TaskLibrary tasks = library();
  EXPECT_EQ(error_of([&] { tasks.tasks_of("palete"); }),
            "[eval] there is no task palete. Did you mean palette? See --tasks list");
  EXPECT_EQ(error_of([&] { tasks.tasks_of("mmlu"); }), "[eval] there is no task mmlu. See --tasks list");
}

TEST_F(TaskLibraryTest, RefusesNamesThatAreThereTwiceAndCircles) {
  add("a.yaml", kChoice);
  add("b.yaml", kChoice);
  EXPECT_NE(error_of([&] { library().task("palette"); }).find("palette is defined twice"), std::string::npos);
  std::filesystem::remove(folder_.path() / "b.yaml");
  add("c.yaml", "include: c.yaml\ntask: c\n");
  EXPECT_NE(error_of([&] { library().task("c"); }).find("include each other"), std::string::npos);
  std::filesystem::remove(folder_.path() / "c.yaml");
  add("g.yaml", "group: g\ntask: [g]\n");
  EXPECT_NE(error_of([&] { library().tasks_of("g"); }).find("contains itself"), std::string::npos);
}

TEST_F(TaskLibraryTest, MissingAndMalformedDataAreNamed) {
  const Task task = parse(kChoice);
  EXPECT_NE(error_of([&] { load_task_data(task, 0, folder_.path()); }).find("palette.test.jsonl"),
            std::string::npos);
  add("palette.jsonl", "{\"q\": 1}\n\n{\"q\": \n");
  EXPECT_EQ(
      error_of([&] { load_task_data(task, 0, folder_.path()); }),
      "[eval] line 3: the JSON is cut off after byte 6 in " + (folder_.path() / "palette.jsonl").string());
  add("palette.jsonl", "\n");
  EXPECT_NE(error_of([&] { load_task_data(task, 0, folder_.path()); }).find("there are no documents"),
            std::string::npos);
  add("palette.jsonl", "{\"q\": 123456789012345678901234567890}\n");
  EXPECT_EQ(error_of([&] { load_task_data(task, 0, folder_.path()); }),
            "[eval] line 1: the integer that ends at byte 36 has more than 64 bits in " +
                (folder_.path() / "palette.jsonl").string() + "; make it a string");
  add("palette.test.jsonl", "{\"q\": 2}\n");
  EXPECT_EQ(load_task_data(task, 0, folder_.path()).questions, (std::vector<Json>{{{"q", 2}}}));
}

TEST_F(TaskLibraryTest, DocumentsAreLeftOutAndTheirFieldsReplaced) {
  const auto task = [](const std::string& more) {
    return parse(std::string(kChoice) + "fewshot_split: dev\n" + more);
  };
  const std::string both =
      "keep: '{{ q not in [none, \"\"] }}'\nfields: {q: '{{ q.strip() }}', twice: '{{ [q, q] }}'}\n";
  add("palette.test.jsonl", "{\"q\": \"\"}\n{\"q\": \" a\", \"right\": 1}\n{\"q\": null}\n");
  add("palette.dev.jsonl", "{\"q\": \"b \"}\n{\"q\": \"\"}\n");
  const TaskData data = load_task_data(task(both), 1, folder_.path());
  EXPECT_EQ(data.questions, (std::vector<Json>{{{"q", "a"}, {"right", 1}, {"twice", {" a", " a"}}}}));
  EXPECT_EQ(data.examples, (std::vector<Json>{{{"q", "b"}, {"twice", {"b ", "b "}}}}));
  ASSERT_EQ(data.places.size(), 1u);
  EXPECT_EQ(data.places[0], "line 2 of " + (folder_.path() / "palette.test.jsonl").string());

  const auto error = [&](const char* more) {
    return error_of([&] { load_task_data(task(more), 0, folder_.path()); });
  };
  const std::string file = (folder_.path() / "palette.test.jsonl").string();
  EXPECT_EQ(error("keep: '{{ false }}'\n"),
            "[eval] keep of palette in x.yaml: leaves out all documents of " + file);
  EXPECT_EQ(error("keep: q\n"),
            "[eval] keep of palette in x.yaml: must be true or false, not \"\" in line 1 of " + file);
  EXPECT_NE(error("fields: {q: '{{ nothing.here }}'}\n").find(" in line 1 of " + file), std::string::npos);
  EXPECT_NE(error_of([&] { task("fields: [q]\n"); }).find("palette, fields: must be a map"),
            std::string::npos);
}

TEST_F(TaskLibraryTest, DataMayBeCompressed) {
  const Task task = parse(kChoice);
  add("palette.jsonl.gz", gzip("{\"q\": 1}\n"));
  EXPECT_EQ(load_task_data(task, 0, folder_.path()).questions, (std::vector<Json>{{{"q", 1}}}));
  add("palette.test.jsonl.zst", zstd("{\"q\": 2}\n"));
  EXPECT_EQ(load_task_data(task, 0, folder_.path()).questions, (std::vector<Json>{{{"q", 2}}}));
}

TEST_F(TaskLibraryTest, OnlyPublishedDataHaveTheirTool) {
  Task task = parse(kChoice);
  const auto error = [&] { return error_of([&] { load_task_data(task, 0, folder_.path()); }); };
  EXPECT_NE(error().find("put palette.test.jsonl or palette.jsonl in"), std::string::npos) << error();
  EXPECT_NE(error().find("tools/eval_data.py"), std::string::npos);
  task.file = "my_tasks/x.yaml";
  EXPECT_EQ(error().find("tools/eval_data.py"), std::string::npos);
}

}  // namespace
}  // namespace radlads::eval
