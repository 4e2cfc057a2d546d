// Real tokenizers against the values of the reference implementations.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/random.h"
#include "golden/chat.h"
#include "golden/tokenizers.h"
#include "support/shared_folder.h"
#include "text/tokenizer.h"
#include "text/toy_tokenizer.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using text::Ids;

fs::path golden_folder() {
  const char* const chosen = std::getenv("RADLADS_GOLDEN");
  return chosen != nullptr ? fs::path(chosen) : shared_folder() / "golden";
}

std::string contents_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(GoldenTokenizers, EveryLineIsEqual) {
  const fs::path folder = golden_folder() / "tokenizers";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is missing";
  int num_passed = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    const GoldenResult result = check_tokenizer_file(entry.path(), shared_folder());
    for (const std::string& message : result.messages) ADD_FAILURE() << message;
    num_passed += result.passed;
  }
  EXPECT_GE(num_passed, 18);
}

void expect_streams_as_decoded(const Tokenizer& tokenizer) {
  Random random(1, Random::stream_of("any_ids"));
  for (int round = 0; round < 300; ++round) {
    // Few ids besides those of the first 300, which are the bytes and byte tokens of most vocabularies.
    Ids ids;
    for (uint64_t i = random.below(24); i > 0; --i) {
      const auto size = static_cast<uint64_t>(tokenizer.vocab_size()) + 2;
      ids.push_back(
          static_cast<TokenId>(random.below(random.below(4) == 0 ? size : std::min<uint64_t>(size, 300))));
    }
    const auto stream = tokenizer.stream();
    std::string text;
    for (const TokenId id : ids) text += stream->push(id);
    text += stream->finish();
    ASSERT_EQ(text, tokenizer.decode(ids, false)) << json(ids);
  }
}

TEST(GoldenTokenizers, StreamsOfAnyIdsAreAsDecoded) {
  const fs::path folder = golden_folder() / "tokenizers/tokenizer_json";
  expect_streams_as_decoded(*load_tokenizer_json(RADLADS_SOURCE_DIR "/assets/teacher/tokenizer.json"));
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is missing: only the shipped tokenizer was tried";
  for (const auto& entry : fs::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path());
    const auto tokenizer = load_tokenizer_json(entry.path());
    expect_streams_as_decoded(*tokenizer);
  }
  const fs::path world = shared_folder() / "data/tokenizers/rwkv-world/rwkv_vocab_v20230424.txt";
  if (fs::exists(world)) expect_streams_as_decoded(*load_world_tokenizer(world));
}

TEST(GoldenTokenizers, DifferencesAreFound) {
  const TempFolder folder;
  fs::create_directory(folder / "tokenizer_json");
  folder.write("tokenizer_json/toy.json", text::toy_byte_level().dump());
  const auto check = [&](const char* name, const std::string& line) {
    return check_tokenizer_file(folder.write(name, line + "\n"), shared_folder());
  };
  const std::string encode = R"({"text": "abc", "ids": [257], "add_special_tokens": false)";
  EXPECT_EQ(check("toy.jsonl", encode + "}").passed, 1);
  EXPECT_EQ(check("toy.jsonl", encode + R"(, "decoded": "ab"})").failed, 1);
  EXPECT_EQ(check("toy.jsonl", R"({"text": "abc", "ids": [256, 99], "add_special_tokens": false})").failed,
            1);
  EXPECT_EQ(check("toy.jsonl", "").failed, 1);
  EXPECT_EQ(check("toy.decode.jsonl",
                  R"({"ids": [256, 300], "decoded": "ab<|end|>", "decoded_skip_special": "ab"})")
                .passed,
            1);
  EXPECT_EQ(check("toy.decode.jsonl", R"({"ids": [256, 300], "decoded": "ab<|end|>"})").failed, 1);
  EXPECT_EQ(check("toy.stream.jsonl", R"({"ids": [195, 169], "pieces": ["", "é"], "tail": ""})").passed, 1);
  EXPECT_EQ(check("toy.stream.jsonl", R"({"ids": [195, 169], "pieces": ["é", ""], "tail": ""})").failed, 1);
  const GoldenResult missing = check("absent.jsonl", encode + "}");
  EXPECT_EQ(missing.skipped, 1);
  EXPECT_EQ(missing.messages.size(), 1u);
}

// Texts are separated by a line; the ids of text i are in line i.
TEST(GoldenTokenizers, PublishedVocabularyTestsAreEqual) {
  const fs::path tests = shared_folder() / "data/tokenizers/vocab-tests";
  if (!fs::exists(tests)) GTEST_SKIP() << tests << " is missing";
  const std::pair<const char*, const char*> kCases[] = {{"qwen2", "qwen2"}, {"llama-spm", "llama2"}};
  for (const auto& [test, name] : kCases) {
    const auto tokenizer =
        load_tokenizer_json(golden_folder() / "tokenizers/tokenizer_json" / (std::string(name) + ".json"));
    std::string texts = contents_of(tests / (std::string("ggml-vocab-") + test + ".gguf.inp"));
    std::ifstream ids_file(tests / (std::string("ggml-vocab-") + test + ".gguf.out"));
    const std::string separator = "\n__ggml_vocab_test__\n";
    int num_texts = 0;
    for (std::string line; std::getline(ids_file, line); ++num_texts) {
      const size_t end = texts.find(separator);
      const std::string text = texts.substr(0, end);
      texts.erase(0, end == std::string::npos ? end : end + separator.size());
      std::istringstream numbers(line);
      const Ids wanted{std::istream_iterator<TokenId>(numbers), {}};
      EXPECT_EQ(tokenizer->encode(text, false), wanted) << test << " " << num_texts << ": " << text;
    }
    EXPECT_EQ(num_texts, 46);
  }
}

// The texts are in the project; the tokenizers of their ids are not.
TEST(GoldenChat, EveryLineIsEqual) {
  int num_files = 0;
  for (const auto& entry : fs::directory_iterator(RADLADS_SOURCE_DIR "/tests/data/golden/chat")) {
    if (entry.path().extension() != ".jsonl") continue;
    ++num_files;
    const GoldenResult result = check_chat_file(entry.path(), golden_folder() / "tokenizers/tokenizer_json");
    EXPECT_EQ(result.failed, 0);
    for (const std::string& message : result.messages) {
      EXPECT_EQ(result.skipped, 1) << message;
    }
  }
  EXPECT_EQ(num_files, 4);
}

TEST(GoldenChat, DifferencesAreFound) {
  const TempFolder folder;
  folder.write("chatml.jinja", "{% for m in messages %}{{ m.content }}{% endfor %}");
  folder.write("qwen2.json", text::toy_byte_level().dump());
  const auto check = [&](const std::string& text, const std::string& ids, const fs::path& tokenizers) {
    const std::string line =
        R"({"messages": [{"content": "abc"}], "add_generation_prompt": false, "variables": {}, )";
    return check_chat_file(
        folder.write("chatml.jsonl", line + "\"text\": \"" + text + "\", \"ids\": " + ids + "}\n"),
        tokenizers);
  };
  EXPECT_EQ(check("abc", "[257]", folder.path()).passed, 1);
  EXPECT_EQ(check("abd", "[257]", folder.path()).failed, 1);
  EXPECT_EQ(check("abc", "[258]", folder.path()).failed, 1);
  EXPECT_EQ(check("abc", "[257]", folder / "absent").skipped, 1);
  EXPECT_EQ(check("abd", "[257]", folder / "absent").failed, 1);
}

TEST(GoldenTokenizers, TeachersAreEqual) {
  const fs::path teachers = shared_folder() / "data/teachers";
  if (!fs::exists(teachers)) GTEST_SKIP() << teachers << " is missing";
  for (const char* name : {"stories260K", "stories3M"}) {
    const auto tokenizer = load_tokenizer(teachers / name);
    const json expected = json::parse(contents_of(teachers / "expected" / (std::string(name) + ".json")));
    for (const json& item : expected.at("encode")) {
      const Ids ids = tokenizer->encode(item.at("text").get<std::string>(), true);
      EXPECT_EQ(ids, item.at("ids").get<Ids>()) << item;
      EXPECT_EQ(tokenizer->decode(ids, true), item.at("decoded").get<std::string>());
    }
    for (const json& item : expected.at("decode")) {
      const auto ids = item.at("ids").get<Ids>();
      EXPECT_EQ(tokenizer->decode(ids, true), item.at("text").get<std::string>()) << item;
      EXPECT_EQ(tokenizer->decode(ids, false), item.at("text_with_special").get<std::string>()) << item;
    }
  }
}

}  // namespace
}  // namespace radlads
