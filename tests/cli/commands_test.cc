// The commands that need no training, run as a user runs them.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "io/file.h"
#include "io/safetensors.h"
#include "io/torch_file.h"
#include "model/model_folder.h"
#include "support/program.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

using nlohmann::json;

class CommandsTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.path() / name; }

  std::string write(const std::string& name, const std::string& text) const {
    write_text_file(folder_.path() / name, text);
    return path(name);
  }

  const std::string teacher_ = shipped_teacher();
  TempFolder folder_;
};

/// One line on standard error that names all of `words`, nothing on standard output.
void expect_refusal(const ProgramResult& result, const std::vector<std::string>& words) {
  EXPECT_NE(result.status, 0);
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  for (const std::string& word : words)
    EXPECT_NE(result.errors.find(word), std::string::npos) << word << ": " << result.errors;
}

TEST_F(CommandsTest, HelpEndsWithExamplesWhoseOptionsExist) {
  const std::string commands = run_radlads({"--help"}).output;
  size_t num_commands = 0;
  std::istringstream lines(commands.substr(commands.find("Subcommands:")));
  for (std::string line; std::getline(lines, line) && !line.starts_with("Examples:");) {
    if (!line.starts_with("  ") || line[2] == ' ') continue;
    ++num_commands;
    const std::string name = line.substr(2, line.find(' ', 2) - 2);
    const std::string help = run_radlads({name, "--help"}).output;
    const size_t begin = help.find("Examples:\n  radlads " + name);
    ASSERT_NE(begin, std::string::npos) << help;
    const std::string options = help.substr(0, begin), examples = help.substr(begin);
    for (size_t at = examples.find(" --"); at != std::string::npos; at = examples.find(" --", at + 1)) {
      const std::string option = examples.substr(at + 1, examples.find_first_of(" \n", at + 1) - at - 1);
      EXPECT_NE((options + " ").find(option), std::string::npos) << name << ": " << option;
    }
  }
  EXPECT_GE(num_commands, 15u);
}

TEST_F(CommandsTest, GeneratePrintsTheContinuationOnly) {
  const std::vector<std::string> command = {"generate",         teacher_, "--prompt", "Once upon a time",
                                            "--max-new-tokens", "20",     "--greedy"};
  const ProgramResult result = run_radlads(command);
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_EQ(result.errors, "");
  EXPECT_FALSE(result.output.starts_with("Once"));
  EXPECT_GT(result.output.size(), 20u);
  EXPECT_EQ(run_radlads(command).output, result.output);
}

TEST_F(CommandsTest, SamplingFollowsItsSeed) {
  const auto sample = [&](const char* seed) {
    return run_radlads({"generate", teacher_, "--prompt", "The", "--max-new-tokens", "20", "--top-p", "0.9",
                        "--seed", seed})
        .output;
  };
  EXPECT_EQ(sample("1"), sample("1"));
  EXPECT_NE(sample("1"), sample("2"));
}

TEST_F(CommandsTest, PerplexityAndCompareWriteTheirFields) {
  const std::string text =
      write("text.txt", "Once upon a time there was a cat.<|endoftext|>The dog ran to the park.");
  ASSERT_EQ(run_radlads({"perplexity", teacher_, "--text", text, "--json", path("p.json")}).status, 0);
  const json p = json::parse(read_text_file(path("p.json")));
  EXPECT_EQ(p.size(), 3u);
  EXPECT_EQ(p["documents"], 2);
  EXPECT_GT(p["nats_per_token"], 0.5);

  ASSERT_EQ(run_radlads({"compare", teacher_, teacher_, "--text", text, "--documents", "1", "--context", "5",
                         "--json", path("c.json")})
                .status,
            0);
  const json c = json::parse(read_text_file(path("c.json")));
  EXPECT_EQ(c.size(), 8u);
  EXPECT_EQ(c["documents"], 1);
  EXPECT_EQ(c["tokens"], 4);
  EXPECT_EQ(c["kl_per_token"], 0.0);
  EXPECT_EQ(c["top1_agreement"], 1.0);
  EXPECT_EQ(c["teacher_nats_per_token"], c["student_nats_per_token"]);
  ASSERT_EQ(c["positions"].size(), 3u);
  EXPECT_EQ(c["positions"][2]["from"], 2);
  EXPECT_EQ(c["positions"][2]["to"], 3);
  EXPECT_EQ(c["positions"][2]["tokens"], 2);
  for (const char* key : {"kl", "teacher_nats", "student_nats", "top1_agreement"})
    EXPECT_TRUE(c["positions"][2][key].is_number()) << key;
  ASSERT_EQ(c["layers"].size(), 6u);
  EXPECT_EQ(c["layers"][5],
            json::parse(R"({"layer": 5, "mixer": "softmax", "cosine": 1.0, "relative_error": 0.0,
                                            "hidden_cosine": 1.0, "hidden_relative_error": 0.0})"));
}

TEST_F(CommandsTest, CompareShowsTablesOnATerminalAndJsonElsewhere) {
  const std::string text = write("text.txt", "Once upon a time there was a cat.");
  const std::string command = "compare " + teacher_ + " " + teacher_ + " --text " + text;
  EXPECT_EQ(json::parse(run_radlads({"compare", teacher_, teacher_, "--text", text}).output).size(), 8u);
  const std::string on_terminal =
      "script -qec '" RADLADS_BINARY_DIR "/radlads " + command + "' " + path("shown") + " > /dev/null";
  ASSERT_EQ(std::system(on_terminal.c_str()), 0);
  const std::string shown = read_text_file(path("shown"));
  for (const char* word : {"Nats per token", "top-1 agreement 100.00%", "Position", "Layer", "softmax"})
    EXPECT_NE(shown.find(word), std::string::npos) << word << ": " << shown;
  EXPECT_EQ(shown.find("{\n"), std::string::npos) << shown;
}

TEST_F(CommandsTest, CompareRefusesOtherVocabularies) {
  std::string config = tiny_config();
  config.replace(config.find("2048"), 4, "2056");
  write_tiny_model(path("other"), config);
  const std::string text = write("text.txt", "Once upon a time");
  expect_refusal(run_radlads({"compare", teacher_, path("other"), "--text", text}),
                 {"vocabular", "2048", "2056"});
}

TEST_F(CommandsTest, InfoShowsSizes) {
  const ProgramResult result = run_radlads({"info", teacher_});
  EXPECT_EQ(result.status, 0);
  for (const char* word :
       {"qwen2", "softmax", "width 128", "parameters", "state", "model.layers.5.mlp.up_proj.weight"}) {
    EXPECT_NE(result.output.find(word), std::string::npos) << word;
  }
}

TEST_F(CommandsTest, ImportMakesAModelFolder) {
  write_tiny_goose(path("ours"));
  const ModelFolder ours = open_model(path("ours"));
  std::vector<SafetensorsEntry> entries;
  for (const TensorSpec& spec : ours.table)
    entries.push_back({spec.name.substr(spec.name.starts_with("model.") ? 6 : 0), DType::kF32, spec.shape});
  write_torch_file(path("goose-ctx512.pth"), entries, [&](size_t i) -> std::span<const std::byte> {
    const TensorView& tensor = ours.tensor(ours.table[i]);
    return {tensor.data, tensor.num_bytes()};
  });
  const auto import = [&](const std::string& tokenizer) {
    return run_radlads({"import", path("goose-ctx512.pth"), path("goose"), "--tokenizer", tokenizer});
  };
  expect_refusal(import(path("nowhere")), {"nowhere"});
  for (const char* name : {"goose", "goose.partial"}) EXPECT_FALSE(std::filesystem::exists(path(name)));
  const ProgramResult result = import(path("ours"));
  ASSERT_EQ(result.status, 0) << result.errors;
  expect_refusal(import(path("ours")), {"goose", "exists"});

  const auto written = [&](const std::string& model) {
    const ProgramResult continued =
        run_radlads({"generate", path(model), "--prompt", "Once", "--greedy", "--max-new-tokens", "8"});
    EXPECT_EQ(continued.status, 0) << continued.errors;
    return continued.output;
  };
  EXPECT_EQ(written("goose"), written("ours"));
  const std::string text = write("text.txt", "Once upon a time there was a cat.");
  const ProgramResult compared = run_radlads({"compare", path("ours"), path("goose"), "--text", text});
  ASSERT_EQ(compared.status, 0) << compared.errors;
  EXPECT_EQ(json::parse(compared.output)["kl_per_token"], 0);
  EXPECT_EQ(run_radlads({"perplexity", path("goose"), "--text", text}).output,
            run_radlads({"perplexity", path("ours"), "--text", text}).output);
  EXPECT_EQ(run_radlads({"bench", path("goose"), "--positions", "10,20"}).status, 0);
  expect_refusal(run_radlads({"convert", path("goose"), path("student"), "--mixer", "rwkv7", "--data", text}),
                 {"rwkv7", "already an RNN"});
  const std::string info = run_radlads({"info", path("goose")}).output;
  for (const char* word : {"goose", "2 of 64", "model.blocks.1.att.r_k", "lora_rank_value_residual_mix 5"})
    EXPECT_NE(info.find(word), std::string::npos) << word << ": " << info;
}

TEST_F(CommandsTest, TokenizeGoesBothWays) {
  const ProgramResult ids = run_radlads({"tokenize", teacher_, "--text", "Once upon a time", "--no-special"});
  std::string list = ids.output.substr(0, ids.output.size() - 1);
  std::replace(list.begin(), list.end(), ' ', ',');
  EXPECT_EQ(run_radlads({"tokenize", teacher_, "--ids", list}).output, "Once upon a time\n");
  const std::string text = write("text.txt", "One.<|endoftext|>Two.");
  EXPECT_EQ(run_radlads({"tokenize", teacher_, "--files", text, "--output", path("tokens")}).status, 0);
  EXPECT_TRUE(std::filesystem::exists(path("tokens.idx")));
}

TEST_F(CommandsTest, LogitsAreWritten) {
  ASSERT_EQ(run_radlads({"logits", teacher_, "--ids", "0,5,9", "--out", path("l.safetensors")}).status, 0);
  const Safetensors file(path("l.safetensors"));
  EXPECT_EQ(file.tensors().at("logits").shape, (Shape{3, 2048}));
}

TEST_F(CommandsTest, BenchShowsAConstantState) {
  const ProgramResult result =
      run_radlads({"bench", teacher_, "--positions", "10,20", "--json", path("b.json")});
  EXPECT_EQ(result.status, 0) << result.errors;
  const json rows = json::parse(read_text_file(path("b.json")));
  EXPECT_EQ(rows[1]["sequence_bytes"].get<int64_t>(), 2 * rows[0]["sequence_bytes"].get<int64_t>());
}

TEST_F(CommandsTest, MistakesOfTheCommandLineAreOneLine) {
  expect_refusal(run_radlads({"generate", teacher_, "--promt", "x"}), {"--promt", "--help"});
  expect_refusal(run_radlads({"generat"}), {"generat"});
  expect_refusal(run_radlads({}), {"subcommand"});
  expect_refusal(run_radlads({"--bogus"}), {"unknown option --bogus"});
  expect_refusal(run_radlads({"eval", teacher_, "--tasks", "x", "--max-length", "0"}),
                 {"--max-length: 0 is not a whole number of at least 1"});
  expect_refusal(run_radlads({"generate", teacher_, "--prompt", "x", "--seed", "1", "--seed", "2"}),
                 {"--seed is given twice"});
  // A script's options can be overridden by further ones: the last counts.
  expect_refusal(run_radlads({"convert", teacher_, path("s"), "--data", teacher_ + "/config.json", "--seed",
                              "1", "--seed", "x"}),
                 {"seed", "x"});
  expect_refusal(run_radlads({"convert", teacher_, path("s"), "--recipe", ""}),
                 {"the name of a file is empty"});
  expect_refusal(run_radlads({"perplexity", teacher_, "--text", ""}), {"the name of a file is empty"});
  expect_refusal(run_radlads({"tokenize", teacher_, "--text", "x", "--output", path("o")}),
                 {"--output requires --files"});
  expect_refusal(
      run_radlads({"tokenize", teacher_, "--files", "a.txt", "--output", path("o"), "--no-special"}),
      {"--no-special", "excludes", "--files"});
  expect_refusal(run_radlads({"generate", path("nowhere"), "--prompt", "x"}),
                 {path("nowhere"), "no such folder; give"});
  expect_refusal(run_radlads({"perplexity", teacher_, "--text", path("nowhere")}), {path("nowhere")});
  expect_refusal(run_radlads({"perplexity", teacher_, "--text", write("empty.txt", " \n")}), {"empty.txt"});
  expect_refusal(run_radlads({"generate", teacher_, "--prompt", "x", "--dtype", "int8"}), {"--dtype"});
  expect_refusal(run_radlads({"logits", teacher_, "--ids", "5,2048", "--out", path("l")}),
                 {"2048", "vocabulary"});
  expect_refusal(run_radlads({"bench", teacher_, "--positions", "many"}), {"many"});
  expect_refusal(run_radlads({"info", teacher_, "--one", "2", "--three"}),
                 {"unexpected arguments: --one 2 --three "});
}

TEST_F(CommandsTest, OptionsComeBeforeTheFoldersOrAfterThem) {
  const std::vector<std::vector<std::string>> orders = {
      {"convert", "--mixer", "rwkv7", "--seed", "1", teacher_, path("student"), "--data", "none.txt"},
      {"convert", teacher_, "--mixer", "rwkv7", path("student"), "--seed", "1", "--data", "none.txt"},
      {"convert", teacher_, path("student"), "--mixer", "rwkv7", "--data", "none.txt", "--seed", "1"},
      {"convert", "--skip_bad_lines", teacher_, path("student"), "--mixer=rwkv7", "--data", "none.txt"},
      {"convert", "--skip-bad-lines", teacher_, path("student"), "--mixer=rwkv7", "--data", "none.txt"},
      {"convert", "--skip_bad_lines", "true", teacher_, path("student"), "--mixer=rwkv7", "--data",
       "none.txt"},
      {"convert", teacher_, path("student"), "--mixer=rwkv7", "--data", "none.txt", "--skip_bad_lines"}};
  for (const auto& order : orders)
    expect_refusal(run_radlads(order), {"none.txt: No such file or directory"});
}

TEST_F(CommandsTest, WhatCannotBeMeantIsRefusedBeforeTheWork) {
  const std::string text = write("text.txt", "A story about a cat.");
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"tokenize", teacher_}, {"logits", teacher_, "--out", path("l")}}) {
    const auto refused = [&](const std::vector<std::string>& ids, const std::string& message) {
      std::vector<std::string> arguments = command;
      arguments.push_back("--ids");
      arguments.insert(arguments.end(), ids.begin(), ids.end());
      expect_refusal(run_radlads(arguments), {message});
    };
    refused({"5,999999"}, "--ids: 999999 is not between 0 and 2047 (the vocabulary has 2048 tokens)");
    refused({"-1"}, "--ids: -1 is not between 0 and 2047");
    refused({""}, "--ids: \"\" is not a whole number");
    refused({"1.5"}, "--ids: 1.5 is not a whole number");
    refused({}, "--ids needs a value");
  }
  for (const char* threads : {"-1", "1000000000", "1e9", "2.5", "two", ""}) {
    expect_refusal(run_radlads({"perplexity", teacher_, "--text", text, "--threads", threads}),
                   {"--threads", threads, "from 0 to 1024"});
  }
  expect_refusal(run_radlads({"generate", teacher_, "--prompt", "a", "--max-new-tokens", "1k"}),
                 {"1k", "whole number"});
  expect_refusal(run_radlads({"perplexity", teacher_, "--text", text, "--documents", "-7"}), {"-7"});
  expect_refusal(run_radlads({"perplexity", teacher_, "--text", text, "--documents", "0"}),
                 {"nothing to score"});
  expect_refusal(run_radlads({"perplexity", teacher_, "--text", text, "--json", path("none/out.json")}),
                 {"none"});
  expect_refusal(run_radlads({"perplexity", teacher_, "--text", text, "--json", folder_.path()}),
                 {"is a folder"});
}

TEST_F(CommandsTest, NumbersOutOfTheirRangeAreRefused) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> flags = {
      {"--temperature", {"-0.1", "nan", "inf", "1e9", "hot"}},
      {"--top-k", {"-1", "0.5", "1e30"}},
      {"--top-p", {"0", "1.01", "-1", "nan"}},
      {"--min-p", {"-0.1", "1.5", "nan"}},
      {"--repetition-penalty", {"0", "-1", "inf", "1e9"}},
      {"--max-new-tokens", {"-1", "1.5", "99999999999999999999"}},
      {"--seed", {"-1", "1e3", "99999999999999999999"}},
  };
  for (const auto& [flag, values] : flags) {
    for (const std::string& value : values)
      expect_refusal(run_radlads({"generate", teacher_, "--prompt", "a", flag, value}),
                     {flag, value, " is not a "});
  }
  const std::string text = write("text.txt", "A story about a cat.");
  expect_refusal(run_radlads({"perplexity", teacher_, "--text", text, "--context", "1"}),
                 {"--context", "1 is not a whole number of at least 2"});
  expect_refusal(run_radlads({"bench", teacher_, "--positions", "1G"}), {"--positions", "1G", "from 0"});
}

TEST_F(CommandsTest, GenerateFollowsTheModelsGenerationConfig) {
  write_tiny_model(folder_.path() / "model", tiny_config());
  const auto text = [&](std::vector<std::string> more, const std::string& says) {
    std::vector<std::string> arguments = {"generate", path("model"), "--prompt", "Once", "--seed", "3"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = run_radlads(arguments);
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.errors, says);
    return result.output;
  };
  const std::string plain = text({"--max-new-tokens", "9"}, "");
  const std::string greedy = text({"--max-new-tokens", "9", "--greedy"}, "");
  EXPECT_NE(plain, greedy);
  write("model/generation_config.json", R"({"do_sample": false, "max_new_tokens": 9})");
  EXPECT_EQ(text({}, "from generation_config.json: temperature 0, max_new_tokens 9\n"), greedy);
  EXPECT_EQ(text({"--temperature", "1"}, "from generation_config.json: max_new_tokens 9\n"), plain);
  write("model/generation_config.json", R"({"do_sample": false, "max_length": 11, "num_beams": 4})");
  EXPECT_NE(text({},
                 "warning: generation_config.json: num_beams has no effect: not supported here\n"
                 "from generation_config.json: temperature 0, max_length 11\n"),
            "");
  write("model/generation_config.json", R"({"top_k": "many"})");
  expect_refusal(run_radlads({"generate", path("model"), "--prompt", "a"}),
                 {"generation_config.json", "top_k"});
}

TEST_F(CommandsTest, GenerateAnswersAsTheChatTemplateWrites) {
  write_tiny_model(folder_.path() / "model", tiny_config());
  const auto chat = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"generate", path("model"), "--greedy", "--max-new-tokens", "9"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_radlads(arguments);
  };
  expect_refusal(chat({"--chat", "--prompt", "a"}), {"chat template"});
  expect_refusal(chat({"--chat"}), {"--prompt"});
  expect_refusal(chat({"--system", "b", "--prompt", "a"}), {"--chat"});
  write("model/chat_template.jinja", "");
  expect_refusal(chat({"--chat", "--prompt", "a"}), {"the chat template rendered no text", "model"});
  // The tokenizer puts <|endoftext|> before a plain prompt; a template has to write it itself.
  write("model/chat_template.jinja",
        "<|endoftext|>{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}{% if "
        "add_generation_prompt %}[bot]"
        "{% endif %}");
  const ProgramResult answer = chat({"--chat", "--system", "Be brief.", "--prompt", "Why?"});
  EXPECT_EQ(answer.status, 0) << answer.errors;
  EXPECT_EQ(answer.output, chat({"--prompt", "[system] Be brief.\n[user] Why?\n[bot]"}).output);
  EXPECT_NE(answer.output, chat({"--prompt", "Why?"}).output);
}

TEST_F(CommandsTest, DamagedModelsAreNamed) {
  write_tiny_model(folder_.path() / "model", tiny_config());
  write("model/generation_config.json", "[]");
  expect_refusal(run_radlads({"generate", path("model"), "--prompt", "a"}), {"generation_config.json"});
  std::string weights = read_text_file(folder_.path() / "model/model.safetensors");
  std::fill(weights.end() - 256, weights.end(), '\xFF');  // NaN
  write("model/model.safetensors", weights);
  const std::string text = write("text.txt", "A story about a cat.");
  const ProgramResult result = run_radlads({"perplexity", path("model"), "--text", text});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.errors.find("weights are damaged"), std::string::npos) << result.errors;
}

TEST_F(CommandsTest, TextThatIsNotUtf8IsRefused) {
  const std::string mistake = "byte 4 (0xE9) is not valid UTF-8; convert the text to UTF-8";
  expect_refusal(run_radlads({"generate", teacher_, "--prompt", "caf\xE9"}), {"--prompt: " + mistake});
  expect_refusal(run_radlads({"tokenize", teacher_, "--text", "caf\xE9"}), {"--text: " + mistake});
}

TEST_F(CommandsTest, StandardInputIsReadOrRefused) {
  const std::string errors = path("errors");
  const auto status = [&](const std::string& input) {
    const std::string command = RADLADS_BINARY_DIR "/radlads tokenize " + teacher_ + " " + input;
    return std::system((command + " > " + path("out") + " 2> " + errors).c_str());
  };
  EXPECT_EQ(status("< " + write("text.txt", "A cat")), 0);
  EXPECT_EQ(read_text_file(path("out")), run_radlads({"tokenize", teacher_, "--text", "A cat"}).output);
  for (const auto& [input, message] :
       {std::pair<std::string, std::string>{"< " + path(""), "standard input: Is a directory"},
        {"<&-", "standard input: Bad file descriptor"},
        {"< " + write("bad.txt", "a\xFF"), "standard input: byte 2 (0xFF) is not valid UTF-8"}}) {
    EXPECT_NE(status(input), 0) << input;
    EXPECT_EQ(read_text_file(path("out")), "") << input;
    EXPECT_NE(read_text_file(errors).find(message), std::string::npos) << read_text_file(errors);
  }
}

TEST_F(CommandsTest, AFullStandardOutputIsAFailure) {
  for (const char* command : {"tokenize MODEL --text a", "info MODEL"}) {
    std::string line =
        RADLADS_BINARY_DIR "/radlads " + std::string(command) + " > /dev/full 2> " + path("errors");
    line.replace(line.find("MODEL"), 5, teacher_);
    EXPECT_NE(std::system(line.c_str()), 0);
    EXPECT_NE(read_text_file(folder_.path() / "errors").find("No space left"), std::string::npos);
  }
}

TEST_F(CommandsTest, AnyNumberOfNewTokensMayBeAskedFor) {
  const ProgramResult result =
      run_radlads({"generate", shipped_teacher(), "--prompt", "The end.", "--greedy", "--max-new-tokens",
                   "1000000000000000"},
                  {SIGKILL, [started = std::chrono::steady_clock::now()] {
                     return std::chrono::steady_clock::now() - started > std::chrono::seconds(2);
                   }});
  EXPECT_TRUE(result.status == 0 || result.status == 128 + SIGKILL) << result.errors;
  EXPECT_EQ(result.errors, "");
}

TEST_F(CommandsTest, HelpAndVersion) {
  EXPECT_NE(run_radlads({"--help"}).output.find("convert"), std::string::npos);
  EXPECT_NE(run_radlads({"convert", "--help"}).output.find("--distill.tokens"), std::string::npos);
  EXPECT_EQ(run_radlads({"pretrain", "--help"}).output.find("or self"), std::string::npos);
  EXPECT_NE(run_radlads({"--version"}).output.find("radlads"), std::string::npos);
}

}  // namespace
}  // namespace radlads
