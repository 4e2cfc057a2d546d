// radlads eval as a user runs it.
#include <algorithm>
#include <csignal>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "io/file.h"
#include "support/program.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

class EvalTest : public testing::Test {
 protected:
  EvalTest() {
    fs::create_directories(folder_.path() / "data");
    fs::create_directories(folder_.path() / "tasks");
    std::string lines;
    for (int i = 0; i < 60; ++i) {
      lines += json({{"question", fmt::format("Tom has {} red apples and a big dog. What does he have", i)},
                     {"options", {"apples", "a little cat", "nothing"}},
                     {"right", i % 3}})
                   .dump() +
               "\n";
    }
    write("data/apples.jsonl", lines);
    write("tasks/apples.yaml",
          "task: apples\noutput_type: multiple_choice\ntest_split: test\nfewshot_split: test\n"
          "doc_to_text: \"{{question}}?\\nAnswer:\"\ndoc_to_choice: options\ndoc_to_target: right\nchance: "
          "0.3333\n");
    write("tasks/words.yaml",
          "task: words\ndata: apples\noutput_type: generate_until\ntest_split: test\ndoc_to_text: question\n"
          "doc_to_target: \"{{options[right]}}\"\ngeneration_kwargs: {until: [\".\"], max_gen_toks: 8}\n");
  }

  std::string path(const std::string& name) const { return folder_.path() / name; }
  void write(const std::string& name, const std::string& text) const {
    write_text_file(folder_.path() / name, text);
  }

  std::vector<std::string> command(const std::string& tasks, std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {"eval",   teacher_,     "--tasks",        tasks,
                                    "--data", path("data"), "--include-path", path("tasks")};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  /// The files below a folder, without times; dates are in names, and in these fields of the results. The
  /// page's command contains the folder's name.
  static std::map<std::string, std::string> results_in(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      const std::string name = entry.path().filename();
      std::string text = read_text_file(entry.path());
      if (name.starts_with("results_")) {
        json results = json::parse(text);
        for (const char* key : {"date", "start_time", "end_time", "total_evaluation_time_seconds", "seconds"})
          results.erase(key);
        text = results.dump();
      }
      if (name == "report.html") text.resize(std::min(text.size(), text.find("<h2>Command</h2>")));
      files[name.substr(0, name.rfind("_20"))] = text;
    }
    return files;
  }

  const std::string teacher_ = shipped_teacher();
  TempFolder folder_;
};

void expect_refusal(const ProgramResult& result, const std::vector<std::string>& words) {
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  for (const std::string& word : words)
    EXPECT_NE(result.errors.find(word), std::string::npos) << word << ": " << result.errors;
}

TEST_F(EvalTest, TakesTheHarnessesSpellingsAndAShareOfTheDocuments) {
  const ProgramResult ours =
      run_radlads(command("apples", {"--output", path("ours"), "--num-fewshot", "1", "--limit", "15"}));
  const ProgramResult theirs =
      run_radlads(command("apples", {"--output_path", path("theirs"), "--num_fewshot", "1", "--batch_size",
                                     "8", "--limit", "0.25"}));
  ASSERT_EQ(ours.status, 0) << ours.errors;
  ASSERT_EQ(theirs.status, 0) << theirs.errors;
  const json results = json::parse(results_in(path("theirs")).at("results"));
  EXPECT_EQ(results["results"]["apples"]["sample_len"], 15) << "a quarter of 60";
  EXPECT_EQ(results["results"], json::parse(results_in(path("ours")).at("results"))["results"]);
}

TEST_F(EvalTest, PrintsTheTableAndWritesTheHarnessLayout) {
  const ProgramResult result =
      run_radlads(command("apples,words", {"--output", path("out"), "--num-fewshot", "1"}));
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.output.find("|Version|Filter|n-shot|"), std::string::npos) << result.output;
  const auto files = results_in(path("out"));
  ASSERT_EQ(files.size(), 4u);
  const std::string& page = files.at("report.html");
  EXPECT_NE(page.find("<dt>apples <small>acc_norm</small></dt>"), std::string::npos);
  EXPECT_NE(page.find("<dt>words <small>exact_match</small></dt>"), std::string::npos);
  EXPECT_EQ(page.find("Relative to the teacher"), std::string::npos);
  const json results = json::parse(files.at("results"));
  EXPECT_EQ(results["results"]["apples"]["sample_len"], 60);
  EXPECT_EQ(results["n-shot"]["apples"], 1);
  EXPECT_EQ(results["config"]["model_args"]["dtype"], "float32");
  EXPECT_TRUE(results["results"]["words"].contains("exact_match,none"));
  const std::string& samples = files.at("samples_apples");
  const json sample = json::parse(samples.substr(0, samples.find('\n')));
  EXPECT_EQ(sample["arguments"]["gen_args_2"]["arg_1"], " nothing");
  EXPECT_EQ(sample["resps"].size(), 3u);
  EXPECT_EQ(sample["target"], "0");
}

TEST_F(EvalTest, AKilledEvaluationGoesOnToTheSameFiles) {
  const auto with = [&](const std::string& output) {
    return command("apples,words",
                   {"--output", path(output), "--num-fewshot", "2", "--batch", "2", "--threads", "1"});
  };
  ASSERT_EQ(run_radlads(with("whole")).status, 0);
  const auto whole = results_in(path("whole"));
  int64_t interruptions = 0;
  for (const size_t lines : {20, 100, 190}) {
    const auto has_lines = [&] {
      for (const auto& entry : fs::recursive_directory_iterator(path("parts"))) {
        if (entry.path().filename() != "unfinished.jsonl") continue;
        const std::string text = read_text_file(entry.path());
        return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) >= lines;
      }
      return false;
    };
    fs::create_directories(path("parts"));
    const ProgramResult result = run_radlads(with("parts"), {SIGKILL, has_lines, /*to_group=*/false});
    if (result.status == 128 + SIGKILL) ++interruptions;
    if (result.status == 0) fs::remove_all(path("parts"));  // it was too fast for this moment
  }
  EXPECT_GT(interruptions, 0);
  const ProgramResult last = run_radlads(with("parts"));
  ASSERT_EQ(last.status, 0) << last.errors;
  EXPECT_EQ(results_in(path("parts")), whole);
}

TEST_F(EvalTest, ComparesWithATeacher) {
  const ProgramResult result = run_radlads(command("apples", {"--against", teacher_, "--limit", "9"}));
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.output.find("| apples | acc_norm | 0.33 |"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("none"), std::string::npos);  // nobody knows these answers
}

TEST_F(EvalTest, ComparesOnAPageOfTheStudent) {
  const std::string other = path("student");
  fs::create_directory_symlink(teacher_, other);
  std::vector<std::string> words =
      command("apples", {"--against", teacher_, "--limit", "9", "--output", path("out")});
  words[1] = other;
  const ProgramResult result = run_radlads(words);
  ASSERT_EQ(result.status, 0) << result.errors;
  std::vector<fs::path> pages;
  for (const auto& entry : fs::recursive_directory_iterator(path("out"))) {
    if (entry.path().filename() == "report.html") pages.push_back(entry.path());
  }
  ASSERT_EQ(pages.size(), 1u);
  EXPECT_TRUE(fs::exists(pages[0].parent_path() / "relative.json"));
  EXPECT_NE(result.errors.find(pages[0].string()), std::string::npos) << result.errors;
  const std::string page = read_text_file(pages[0]);
  const std::string teacher = fs::path(teacher_).filename();
  EXPECT_NE(page.find(fmt::format("<title>student: Evaluation against {}</title>", teacher)),
            std::string::npos);
  EXPECT_NE(page.find("<dt>Mean of 0 of 1 tasks</dt>"), std::string::npos);
  EXPECT_NE(page.find(fmt::format("<pre><code>radlads eval {} --tasks apples", other)), std::string::npos);
}

TEST_F(EvalTest, FiltersOfScoresGiveTheirNamesAndGroupsWhatTheirTasksAgreeOn) {
  write("tasks/twice.yaml",
        "include: apples.yaml\ntask: twice\ndata: apples\nnum_fewshot: 2\nfilter_list:\n"
        "- {name: one, filter: [{function: take_first}]}\n- {name: two, filter: [{function: take_first}]}\n");
  write("tasks/both.yaml", "group: both\ntask: [twice, words]\naggregate_metric_list: [{metric: acc}]\n");
  write("tasks/same.yaml", "group: same\ntask: [apples, words]\n");
  const ProgramResult result = run_radlads(command("both, same", {"--output", path("out"), "--limit", "3"}));
  ASSERT_EQ(result.status, 0) << result.errors;
  const json results = json::parse(results_in(path("out")).at("results"));
  for (const char* key : {"acc,one", "acc,two", "acc_norm_stderr,one"})
    EXPECT_TRUE(results["results"]["twice"].contains(key)) << key;
  EXPECT_FALSE(results["results"]["twice"].contains("acc,none"));
  EXPECT_EQ(results["results"]["both"]["acc,two"], results["results"]["twice"]["acc,two"]);
  EXPECT_FALSE(results["n-shot"].contains("both")) << "2 and 0";
  EXPECT_EQ(results["n-shot"]["same"], 0);
  EXPECT_EQ(results["higher_is_better"]["same"],
            (json{{"acc", true}, {"acc_norm", true}, {"exact_match", true}}));
  const std::string samples = results_in(path("out")).at("samples_twice");
  EXPECT_EQ(std::count(samples.begin(), samples.end(), '\n'), 6);
}

TEST_F(EvalTest, NamesTheDocumentOfAChoiceThatIsEmpty) {
  write("data/apples.jsonl", "{\"question\": \"a\", \"options\": [\"b\", \"\"], \"right\": 0}\n");
  write("tasks/bare.yaml", "include: apples.yaml\ntask: bare\ndata: apples\ntarget_delimiter: ''\n");
  expect_refusal(run_radlads(command("bare")),
                 {"[eval] bare: the continuation \"\" adds no token", "correct the choice", "line 1 of"});
  write("data/apples.jsonl", "{\"question\": \"a\", \"options\": [\"b\", \"a long one\"], \"right\": 0}\n");
  expect_refusal(run_radlads(command("bare", {"--max-length", "1"})),
                 {"[eval] bare: a continuation of", "--max-length", "line 1 of"});
}

TEST_F(EvalTest, MakesDocumentsOfTheLengthsAskedFor) {
  const auto with = [&](const std::string& output, const std::string& seed) {
    return std::vector<std::string>{"eval",     teacher_,     "--tasks",   "synthetic", "--length",
                                    "420,480",  "--limit",    "2",         "--seed",    seed,
                                    "--output", path(output), "--threads", "1"};
  };
  const ProgramResult result = run_radlads(with("one", "1"));
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.output.find("needle_single@480"), std::string::npos) << result.output;
  ASSERT_EQ(run_radlads(with("two", "1")).status, 0);
  ASSERT_EQ(run_radlads(with("three", "2")).status, 0);
  const auto one = results_in(path("one"));
  EXPECT_EQ(one.size(), 20u) << "results, the page, and samples of nine tasks in two lengths";
  EXPECT_EQ(one, results_in(path("two")));
  EXPECT_NE(one.at("samples_needle_single@420"), results_in(path("three")).at("samples_needle_single@420"));

  const json results = json::parse(one.at("results"));
  EXPECT_TRUE(results["results"]["needle_single@420"].contains("string_match,none"));
  EXPECT_TRUE(results["results"]["needle_choice@480"].contains("acc_stderr,none"));
  EXPECT_EQ(results["chance"]["needle_choice@480"], 0.25);
  EXPECT_EQ(results["group_subtasks"]["synthetic"].size(), 18u);
  EXPECT_EQ(results["n-samples"]["common_words@420"]["original"], 110);
  EXPECT_EQ(results["configs"]["needle_single@480"]["data"]["length"], 480);
  const std::string& samples = one.at("samples_needle_single@420");
  const json sample = json::parse(samples.substr(0, samples.find('\n')));
  EXPECT_EQ(sample["doc"]["depth"], 0.0);
  EXPECT_EQ(sample["doc"]["length"], 420);
}

TEST_F(EvalTest, ReadsAPlainTextByPosition) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += fmt::format("Tom has {} red apples and a big dog. ", i);
  write("data/plain_text.txt", text);
  const ProgramResult result = run_radlads(command("plain_text", {"--output", path("out")}));
  ASSERT_EQ(result.status, 0) << result.errors;
  const json entry = json::parse(results_in(path("out")).at("results"))["results"]["plain_text"];
  for (const char* key : {"word_perplexity,none", "byte_perplexity,none", "bits_per_byte,none",
                          "nats_at_0_127,none", "nats_at_256_511,none"})
    EXPECT_TRUE(entry[key].is_number()) << key << entry;
  EXPECT_EQ(entry["nats_at_0_127_stderr,none"], "N/A");
}

TEST_F(EvalTest, ListsTasks) {
  const ProgramResult result = run_radlads({"eval", "--tasks", "list"});
  EXPECT_EQ(result.status, 0);
  for (const char* name :
       {"lambada_openai\n", "mmlu (57 tasks)\n", "blimp (67 tasks)\n", "radlads (63 tasks)\n", "gsm8k\n",
        "lambada_openai_mt_it\n", "xcopa (11 tasks)\n", "xnli (15 tasks)\n", "xstorycloze (11 tasks)\n",
        "xwinograd (6 tasks)\n", "pawsx (7 tasks)\n", "belebele (122 tasks)\n"})
    EXPECT_NE(result.output.find(name), std::string::npos) << name;
}

TEST_F(EvalTest, RefusesWhatCannotBe) {
  expect_refusal(run_radlads(command("aples")), {"there is no task aples", "Did you mean apples?"});
  expect_refusal(run_radlads(command("piqa")), {"piqa", "validation", "tools/eval_data.py", path("data")});
  expect_refusal(run_radlads(command("mmlu")), {"mmlu", "none of its 57 tasks has data"});
  expect_refusal(run_radlads(command("apples", {"--batch", "many"})), {"--batch", "\"many\""});
  expect_refusal(run_radlads(command("apples", {"--batch_size", "many"})), {"--batch_size: \"many\""});
  expect_refusal(run_radlads(command("")), {"--tasks: a name is empty"});
  expect_refusal(run_radlads(command("apples", {"--limit", ""})), {"--limit: \"\""});
  expect_refusal(run_radlads(command("apples", {"--length", "5"})),
                 {"--length: none of the tasks generates"});
  expect_refusal(run_radlads(command("words", {"--gen-kwargs", "fast"})), {"--gen-kwargs", "fast"});
  expect_refusal(run_radlads(command("words", {"--gen-kwargs", "speed=3"})), {"speed is not known"});
  expect_refusal(run_radlads(command("words", {"--gen-kwargs", "max_gen_toks=100000"})),
                 {"leave no room", "max_gen_toks"});
  expect_refusal(run_radlads(command("apples", {"--apply-chat-template"})), {"chat_template"});
  const ProgramResult incomparable = run_radlads(command("words", {"--against", teacher_}));
  expect_refusal(incomparable, {"--against", "the key chance"});
  EXPECT_EQ(incomparable.output, "");  // nothing was asked
  expect_refusal(run_radlads(command("needle_single", {"--length", "long"})), {"--length", "long"});
  expect_refusal(run_radlads(command("needle_single", {"--length", "64k"})),
                 {"64000 tokens", "window of 512", "--max-length"});
  expect_refusal(run_radlads(command("needle_single", {"--length", "20"})),
                 {"too small", "a larger --length"});

  ASSERT_EQ(run_radlads(command("apples", {"--limit", "1", "--output", path("out")})).status, 0);
  const fs::path page = fs::directory_iterator(path("out"))->path() / "report.html";
  fs::remove(page);
  fs::create_directories(page / "in the way");
  expect_refusal(run_radlads(command("apples", {"--output", path("out")})), {page.string(), "is a folder"});

  write("data/apples.jsonl", "{\"question\": \"a\", \"options\": [\"b\"], \"right\": 0}\n{\"question\": }\n");
  expect_refusal(run_radlads(command("apples")), {"line 2", "apples.jsonl"});
  write("data/apples.jsonl", "{\"options\": [\"b\"], \"right\": 0}\n");
  expect_refusal(run_radlads(command("apples")), {"question", "apples.yaml"});
  write("data/apples.jsonl", "{\"question\": \"a\", \"options\": [\"b\"], \"right\": 1}\n");
  expect_refusal(run_radlads(command("apples")), {"the target 1 matches none of the 1 choices", "line 1 of"});
  write("tasks/apples.yaml",
        "task: apples\ntest_split: test\ndoc_to_text: \"{{ question + }}\"\ndoc_to_target: right\n");
  expect_refusal(run_radlads(command("apples")), {"line 1, column", "apples.yaml"});
  write("tasks/apples.yaml", "task: apples\nprocess_docs: !function utils.f\n");
  expect_refusal(run_radlads(command("apples")), {"process_docs: !function utils.f (line 2)"});
}

TEST_F(EvalTest, LongContextsLoseTheirBeginningAndAreCounted) {
  std::string question;
  for (int i = 0; i < 2000; ++i) question += "word ";
  write("data/apples.jsonl",
        json({{"question", question}, {"options", {"a", "b"}}, {"right", 0}}).dump() + "\n");
  const ProgramResult result = run_radlads(command("apples", {"--output", path("out")}));
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.errors.find("1 of 1 questions are longer than the model's window"), std::string::npos)
      << result.errors;
  EXPECT_EQ(json::parse(results_in(path("out")).at("results"))["truncated"]["apples"], 1);
}

}  // namespace
}  // namespace radlads
