// Files that are damaged, hostile, or ask for what is not supported are refused in one line.

#include <gtest/gtest.h>

#include "io/damage.h"
#include "text/toy_tokenizer.h"

namespace radlads::text {
namespace {

constexpr const char* kFile = "DIR/tokenizer.json";

// The message that the refusal of `base` with the value at `pointer` replaced must have.
std::string refusal_with(json base, const std::string& pointer, const json& value) {
  base[json::json_pointer(pointer)] = value;
  return refusal(base);
}

std::string refusal_without(json base, const std::string& pointer) {
  return refusal(base.patch(json::array({{{"op", "remove"}, {"path", pointer}}})));
}

std::string message(const std::string& field, const std::string& what) {
  return "[load_tokenizer] " + field + ": " + what + " in " + kFile;
}

TEST(Refusal, FilesThatAreNoJson) {
  EXPECT_EQ(refusal_of_text(""), message("tokenizer.json", "there is no JSON"));
  const std::string whole = toy_byte_level().dump();
  for (size_t size = 1; size < whole.size(); size += 97) {
    EXPECT_EQ(refusal_of_text(whole.substr(0, size)),
              message("tokenizer.json", fmt::format("the JSON is cut off after byte {}", size)));
  }
  EXPECT_NE(refusal_of_text(whole + "x"), "");
  EXPECT_NE(refusal_of_text(whole + '\0' + "x"), "");
  EXPECT_NE(refusal_of_text("{\"model\": \"\xFF\"}"), "");
}

TEST(Refusal, FilesThatCannotBeRead) {
  const TempFolder folder;
  EXPECT_EQ(user_error(folder, [&] { load_tokenizer_json(folder / "absent.json"); }),
            "[load_tokenizer] DIR/absent.json: cannot be read");
  EXPECT_EQ(user_error(folder, [&] { load_tokenizer_json(folder.path()); }),
            "[load_tokenizer] DIR: cannot be read");
}

TEST(Refusal, OtherJson) {
  EXPECT_EQ(refusal_of_text("[]"),
            std::string("[load_tokenizer] the file must contain a JSON object, not an array, in ") + kFile);
  EXPECT_EQ(refusal(json::object()), message("model", "is missing"));
  EXPECT_NE(refusal_of_text("null"), "");
  EXPECT_NE(refusal_of_text(std::string(100'000, '[')), "");
  EXPECT_NE(refusal_of_text(R"({"model": 1, "model": 2})"), "");
}

TEST(Refusal, Model) {
  const json file = toy_sentencepiece();
  EXPECT_EQ(refusal_with(file, "/model", 3), message("model", "must be an object, not 3"));
  EXPECT_EQ(refusal_with(file, "/model/type", "Unigram"),
            message("model", "type \"Unigram\" is not supported"));
  EXPECT_EQ(refusal_with(file, "/model/dropout", 0.1),
            message("model.dropout", "only null and 0 are supported, as others make ids random"));
  EXPECT_EQ(refusal_with(file, "/model/dropout", 0.0), "");
  EXPECT_EQ(refusal_with(file, "/model/end_of_word_suffix", "</w>"),
            message("model.end_of_word_suffix", "\"</w>\" is not supported"));
  EXPECT_EQ(refusal_with(file, "/model/continuing_subword_prefix", "##"),
            message("model.continuing_subword_prefix", "\"##\" is not supported"));
  EXPECT_EQ(refusal_with(file, "/model/continuing_subword_prefix", ""), "");
  EXPECT_EQ(refusal_with(file, "/model/unk_token", "<none>"),
            message("model.unk_token", "\"<none>\" is not in the vocabulary"));
  EXPECT_EQ(refusal_with(file, "/model/fuse_unk", "yes"),
            message("model.fuse_unk", "must be true or false, not \"yes\""));
  EXPECT_EQ(refusal_with(file, "/model/surprise", 1),
            message("model", "field \"surprise\" is not supported"));
}

TEST(Refusal, Vocabulary) {
  const json file = toy_sentencepiece();
  EXPECT_EQ(refusal_without(file, "/model/vocab"), message("model.vocab", "is missing"));
  EXPECT_EQ(refusal_with(file, "/model/vocab", json::array()),
            message("model.vocab", "must be an object of spellings and ids"));
  EXPECT_EQ(refusal_with(file, "/model/vocab/x", "7"),
            message("model.vocab", "the id of \"x\" must be a whole number"));
  EXPECT_EQ(refusal_with(file, "/model/vocab/x", 1.5),
            message("model.vocab", "the id of \"x\" must be a whole number"));
  EXPECT_EQ(refusal_with(file, "/model/vocab/x", json::array()),
            message("model.vocab", "the id of \"x\" must be a whole number"));
  EXPECT_EQ(refusal_with(file, "/model/vocab/x", -1),
            message("model", "vocab gives \"x\" the id -1, which is not between 0 and 4194303"));
  EXPECT_EQ(
      refusal_with(file, "/model/vocab/x", std::numeric_limits<uint64_t>::max()),
      message("model", "vocab gives \"x\" the id 9223372036854775807, which is not between 0 and 4194303"));
  EXPECT_EQ(refusal_with(file, "/model/vocab/x", 5),
            message("model", "vocab has the token \"x\" or its id 5 twice"));
  std::string twice = file.dump();
  twice.replace(twice.find("\"abc\":264"), 9, "\"abc\":264,\"abc\":266");
  EXPECT_EQ(refusal_of_text(twice), message("model", "vocab has the token \"abc\" or its id 266 twice"));
}

TEST(Refusal, Merges) {
  const json file = toy_sentencepiece();
  EXPECT_EQ(refusal_with(file, "/model/merges", "a b"), message("model.merges", "must be an array"));
  EXPECT_EQ(refusal_with(file, "/model/merges/1", "a"),
            message("model.merges[1]", "must be two tokens with a space between, not \"a\""));
  EXPECT_EQ(refusal_with(file, "/model/merges/1", "a b c"),
            message("model.merges[1]", "must be two tokens with a space between, not \"a b c\""));
  EXPECT_EQ(refusal_with(file, "/model/merges/1", {"a", "b", "c"}),
            message("model.merges[1]", "must be two tokens"));
  EXPECT_EQ(refusal_with(file, "/model/merges/1", {"a", 1}),
            message("model.merges[1]", "must be two tokens"));
  EXPECT_EQ(refusal_with(file, "/model/merges/1", 7), message("model.merges[1]", "must be two tokens"));
  EXPECT_EQ(refusal_with(file, "/model/merges/1", json::object()),
            message("model.merges[1]", "must be two tokens"));
  EXPECT_EQ(refusal_with(file, "/model/merges/2", "a z"),
            message("model", "merges[2] refers to \"z\", which is not in the vocabulary"));
  EXPECT_EQ(refusal_with(file, "/model/merges/2", "b b"),
            message("model", "merges[2] refers to \"bb\", which is not in the vocabulary"));
}

TEST(Refusal, AddedTokens) {
  const json file = toy_sentencepiece();
  EXPECT_EQ(refusal_without(file, "/added_tokens/1/content"),
            message("added_tokens[1].content", "is missing"));
  EXPECT_EQ(refusal_with(file, "/added_tokens/1/special", 1),
            message("added_tokens[1].special", "must be true or false, not 1"));
  EXPECT_EQ(refusal_with(file, "/added_tokens/1/id", -5),
            message("added_tokens[1].id", "-5 is not between 0 and 4194303"));
  EXPECT_EQ(refusal_with(file, "/added_tokens/1/id", 1e6),
            message("added_tokens[1].id", "must be a whole number, not 1000000.0"));
  EXPECT_EQ(refusal_with(file, "/added_tokens/1/id", 300),
            message("added_tokens[1]", "\"<s>\" has the id 300, but 1 in model.vocab"));
  EXPECT_EQ(refusal_with(file, "/added_tokens/1/content", "<new>"),
            message("added_tokens[1]", "\"<new>\" has the id of \"<s>\" in model.vocab"));
  EXPECT_EQ(refusal_with(file, "/added_tokens/2", toy_added(1, "<s>")),
            message("added_tokens[2]", "repeats the content of another"));
  json same_id = file;
  same_id["added_tokens"].push_back(toy_added(300, "x"));
  same_id["added_tokens"].push_back(toy_added(300, "y"));
  EXPECT_EQ(refusal(same_id), message("added_tokens", "two tokens have the id 300"));
}

TEST(Refusal, Components) {
  const json file = toy_byte_level();
  EXPECT_EQ(refusal_with(file, "/normalizer", {{"type", "BertNormalizer"}}),
            message("normalizer", "type \"BertNormalizer\" is not supported"));
  EXPECT_EQ(refusal_with(file, "/normalizer",
                         json::parse(R"({"type": "Sequence", "normalizers": [{"type": "Nmt"}]})")),
            message("normalizer.normalizers[0]", "type \"Nmt\" is not supported"));
  EXPECT_EQ(refusal_with(file, "/normalizer", "NFC"),
            message("normalizer", "must be an object, not \"NFC\""));
  EXPECT_EQ(refusal_with(file, "/pre_tokenizer", {{"type", "UnicodeScripts"}}),
            message("pre_tokenizer", "type \"UnicodeScripts\" is not supported"));
  EXPECT_EQ(refusal_with(file, "/pre_tokenizer", json::object()),
            message("pre_tokenizer.type", "is missing"));
  EXPECT_EQ(refusal_with(file, "/pre_tokenizer/surprise", true),
            message("pre_tokenizer", "field \"surprise\" is not supported"));
  EXPECT_EQ(refusal_with(file, "/decoder", {{"type", "CTC"}}),
            message("decoder", "type \"CTC\" is not supported"));
  EXPECT_EQ(refusal_with(file, "/post_processor", {{"type", "Surprise"}}),
            message("post_processor", "type \"Surprise\" is not supported"));
  EXPECT_EQ(refusal_with(file, "/post_processor",
                         json::parse(R"({"type": "BertProcessing", "sep": ["x"], "cls": ["x", 1]})")),
            message("post_processor.sep", "must be a token and its id"));
  EXPECT_EQ(refusal_with(file, "/version", "2.0"), message("version", "\"2.0\" is not supported"));
}

TEST(Refusal, Splits) {
  const json file = toy_byte_level();
  const auto with_split = [&](const json& pattern, const std::string& behavior) {
    const json split = {{"type", "Split"}, {"pattern", pattern}, {"behavior", behavior}, {"invert", false}};
    return refusal_with(file, "/pre_tokenizer", split);
  };
  EXPECT_EQ(with_split({{"String", " "}}, "Sideways"),
            message("pre_tokenizer.behavior",
                    "must be one of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous, not "
                    "\"Sideways\""));
  EXPECT_EQ(with_split({{"Glob", "*"}}, "Isolated"), message("pre_tokenizer.pattern.Regex", "is missing"));
  EXPECT_EQ(
      with_split({{"Regex", "("}}, "Isolated"),
      message("pre_tokenizer.pattern.Regex", "malformed pattern: end pattern with unmatched parenthesis"));
}

TEST(Refusal, Templates) {
  const json file = toy_sentencepiece();
  EXPECT_EQ(refusal_with(file, "/post_processor/single/0/SpecialToken/id", "<x>"),
            message("post_processor.special_tokens.<x>", "is missing"));
  EXPECT_EQ(refusal_with(file, "/post_processor/single/1/Sequence/id", "B"),
            message("post_processor.single[1].Sequence.id", "\"B\" is not supported"));
  EXPECT_EQ(refusal_without(file, "/post_processor/single/1"),
            message("post_processor.single", "must contain the text once, not 0 times"));
  EXPECT_EQ(refusal_with(file, "/post_processor/special_tokens/<s>/ids/0", -1),
            message("post_processor.special_tokens.<s>.ids[0]", "-1 is not between 0 and 4194303"));
}

TEST(Refusal, MessagesAreOneLineHoweverTheTokensLook) {
  json file = toy_sentencepiece();
  file["model"]["vocab"]["line\nbreak\u0085" + std::string(1000, 'x')] = -1;
  const std::string got = refusal(file);
  EXPECT_EQ(got.find('\n'), std::string::npos);
  EXPECT_NE(got.find("\"line\\nbreak\\u0085xxxx"), std::string::npos) << got;
  EXPECT_LT(got.size(), 200u);
}

// Whatever is done to a file, it is loaded or refused in one line; a tokenizer that was loaded works.
TEST(Refusal, RandomDamage) {
  Random random(1, Random::stream_of("damage"));
  const std::string files[] = {toy_byte_level().dump(), toy_sentencepiece().dump()};
  const TempFolder folder;
  int num_refused = 0;
  constexpr int kRounds = 1500;
  for (int round = 0; round < kRounds; ++round) {
    const auto path = folder.write("tokenizer.json", damaged(files[round % 2], random));
    try {
      const auto tokenizer = load_tokenizer_json(path);
      tokenizer->decode(tokenizer->encode("abc a<|end|> é\n<s>", true), false);
    } catch (const UserError& error) {
      ++num_refused;
      const std::string got = error.what();
      ASSERT_TRUE(got.starts_with("[load_tokenizer] ")) << got;
      ASSERT_EQ(got.find('\n'), std::string::npos) << got;
      ASSERT_NE(got.find("tokenizer.json"), std::string::npos) << got;
    }
  }
  EXPECT_GT(num_refused, kRounds / 2);
}

}  // namespace
}  // namespace radlads::text
