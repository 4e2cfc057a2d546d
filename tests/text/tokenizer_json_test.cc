// Whole tokenizers: small ones, made here.

#include <thread>

#include <gtest/gtest.h>

#include "core/random.h"
#include "core/utf8.h"
#include "text/pattern.h"
#include "text/toy_tokenizer.h"

namespace radlads::text {
namespace {

std::string random_text(Random& random, int max_parts) {
  const std::string_view parts[] = {"a",       "b",  "c", "abc", " ",  "  ", "\n", "é",
                                    "e\u0301", "中", "😀", "1",   "'s", "ab", "▁"};
  std::string text;
  for (uint64_t i = random.below(max_parts); i > 0; --i) text += parts[random.below(std::size(parts))];
  return text;
}

Ids random_ids(Random& random, int64_t vocab_size) {
  Ids ids;
  for (uint64_t i = random.below(30); i > 0; --i) {
    ids.push_back(static_cast<TokenId>(random.below(static_cast<uint64_t>(vocab_size) + 2)));
  }
  return ids;
}

std::string streamed(const Tokenizer& tokenizer, const Ids& ids) {
  const auto stream = tokenizer.stream();
  std::string text;
  for (const TokenId id : ids) {
    const std::string piece = stream->push(id);
    EXPECT_TRUE(is_utf8(piece));
    text += piece;
  }
  return text + stream->finish();
}

TEST(ByteLevelTokenizer, Encodes) {
  const auto tokenizer = load(toy_byte_level());
  EXPECT_EQ(tokenizer->encode("abc a<|end|>é", false), (Ids{257, 258, 300, 0xC3, 0xA9}));
  EXPECT_EQ(tokenizer->vocab_size(), 301);
  EXPECT_EQ(tokenizer->id_of("abc"), 257);
  EXPECT_EQ(tokenizer->id_of("<|end|>"), 300);
  EXPECT_EQ(tokenizer->id_of("nothing"), std::nullopt);
}

TEST(ByteLevelTokenizer, InvalidUtf8IsReadAsReplacementCharacters) {
  const auto tokenizer = load(toy_byte_level());
  EXPECT_EQ(tokenizer->encode("a\xFF\xE4\xBD", false), tokenizer->encode("a\uFFFD\uFFFD", false));
}

TEST(ByteLevelTokenizer, RoundTrips) {
  const auto tokenizer = load(toy_byte_level());
  Random random(1, Random::stream_of("round_trip"));
  for (int i = 0; i < 500; ++i) {
    const std::string text = random_text(random, 40);
    const Ids ids = tokenizer->encode(text, false);
    ASSERT_EQ(tokenizer->decode(ids, false), text);
    ASSERT_EQ(streamed(*tokenizer, ids), text);
  }
}

TEST(SentencePieceTokenizer, Encodes) {
  const auto tokenizer = load(toy_sentencepiece());
  const TokenId space = 258, b = 260, e_acute = 262, abc = 264, space_a = 265;
  EXPECT_EQ(tokenizer->encode("a b", true), (Ids{1, space_a, space, b}));
  EXPECT_EQ(tokenizer->encode("", true), (Ids{1}));
  EXPECT_EQ(tokenizer->encode("", false), (Ids{}));
  EXPECT_EQ(tokenizer->encode("babc", false), (Ids{space, b, abc}));
  EXPECT_EQ(tokenizer->encode("éè", false), (Ids{space, e_acute, 2 + 0xC3, 2 + 0xA8}));
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("a éè中", true), true), "a éè中");
}

TEST(SentencePieceTokenizer, RoundTrips) {
  const auto tokenizer = load(toy_sentencepiece());
  Random random(1, Random::stream_of("sentencepiece"));
  for (int i = 0; i < 500; ++i) {
    std::string text = random_text(random, 40);
    const Ids ids = tokenizer->encode(text, false);
    text = Pattern("▁").replace(text, " ");  // it cannot be told apart
    ASSERT_EQ(tokenizer->decode(ids, false), text);
    ASSERT_EQ(streamed(*tokenizer, ids), text);
  }
}

TEST(Tokenizer, StreamsAnyIdsAsItDecodesThem) {
  for (const json& file : {toy_byte_level(), toy_sentencepiece()}) {
    const auto tokenizer = load(file);
    Random random(1, Random::stream_of("stream"));
    for (int i = 0; i < 2000; ++i) {
      const Ids ids = random_ids(random, tokenizer->vocab_size());
      ASSERT_EQ(streamed(*tokenizer, ids), tokenizer->decode(ids, false));
    }
  }
}

TEST(Tokenizer, IdsOutsideOfTheVocabularyDecodeToNothing) {
  for (const json& file : {toy_byte_level(), toy_sentencepiece()}) {
    const auto tokenizer = load(file);
    const Ids ids = {-1, std::numeric_limits<TokenId>::min(), std::numeric_limits<TokenId>::max(), 299,
                     1'000'000};
    EXPECT_EQ(tokenizer->decode(ids, false), "");
    EXPECT_EQ(streamed(*tokenizer, ids), "");
    for (const TokenId id : ids) EXPECT_FALSE(tokenizer->is_special(id));
  }
}

TEST(Tokenizer, PostProcessorsSurroundTheText) {
  json file = toy_byte_level();
  const auto around = [](const json& single) {
    return json{{"type", "TemplateProcessing"},
                {"single", single},
                {"pair", json::array()},
                {"special_tokens", {{"E", {{"id", "E"}, {"ids", {300, 7}}, {"tokens", {"E", "E"}}}}}}};
  };
  const json text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}},
             end = {{"SpecialToken", {{"id", "E"}, {"type_id", 0}}}};
  file["post_processor"] = around({end, text, end});
  EXPECT_EQ(load(file)->encode("b", true), (Ids{300, 7, 'b', 300, 7}));
  EXPECT_EQ(load(file)->encode("b", false), (Ids{'b'}));
  EXPECT_EQ(load(file)->encode("", true), (Ids{300, 7, 300, 7}));
  file["post_processor"] = {{"type", "Sequence"},
                            {"processors", {file["pre_tokenizer"], around({text, end})}}};
  EXPECT_EQ(load(file)->encode("b", true), (Ids{'b', 300, 7}));
}

TEST(Tokenizer, ProcessorsOfBertAndRoberta) {
  json file = toy_byte_level();
  for (const char* type : {"BertProcessing", "RobertaProcessing"}) {
    file["post_processor"] = {{"type", type}, {"sep", {"E", 300}}, {"cls", {"B", 7}}};
    EXPECT_EQ(load(file)->encode("b", true), (Ids{7, 'b', 300}));
  }
}

// They were saved with the file by chance; transformers resets both at every call.
TEST(Tokenizer, TruncationAndPaddingAreIgnored) {
  json file = toy_byte_level();
  file["truncation"] = {
      {"direction", "Right"}, {"max_length", 1}, {"strategy", "LongestFirst"}, {"stride", 0}};
  file["padding"] = {{"strategy", {{"Fixed", 8}}},
                     {"direction", "Right"},
                     {"pad_id", 0},
                     {"pad_type_id", 0},
                     {"pad_token", "!"}};
  EXPECT_EQ(load(file)->encode("cba", false), (Ids{'c', 'b', 'a'}));
}

// What follows ByteLevel sees the spelling of the bytes ("Ġ" for a space), and the model takes that.
TEST(Tokenizer, StepsAfterByteLevel) {
  json file = toy_byte_level();
  const json byte_level = file["pre_tokenizer"];
  const auto behind = [&](const json& step) {
    file["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {byte_level, step}}};
    return load(file)->encode("abc ab a12!?é", false);
  };
  file["model"]["merges"] = {"a b", "ab c", "Ġ a", "1 2", "! ?"};
  file["model"]["vocab"].update({{"12", 259}, {"!?", 260}});
  EXPECT_EQ(behind({{"type", "Digits"}, {"individual_digits", true}}),
            (Ids{257, ' ', 256, 258, '1', '2', 260, 0xC3, 0xA9}));
  EXPECT_EQ(behind({{"type", "Punctuation"}, {"behavior", "Isolated"}}),
            (Ids{257, ' ', 256, 258, 259, '!', '?', 0xC3, 0xA9}));
  EXPECT_EQ(
      behind({{"type", "Split"}, {"pattern", {{"String", "Ġ"}}}, {"behavior", "Removed"}, {"invert", false}}),
      (Ids{257, 256, 'a', 259, 260, 0xC3, 0xA9}));
}

// Where the normalizer strips the beginning off, nothing is the first word.
TEST(Tokenizer, MetaspaceFirstAfterStrip) {
  json file = toy_sentencepiece();
  file["normalizer"] = {{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}};
  file["pre_tokenizer"] = {
      {"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "first"}, {"split", true}};
  const TokenId a = 259, space_a = 265;
  EXPECT_EQ(load(file)->encode("a", false), (Ids{space_a}));
  EXPECT_EQ(load(file)->encode(" a ", false), (Ids{a}));
}

TEST(Tokenizer, OlderFilesHaveNoModelType) {
  json file = toy_byte_level();
  file["model"].erase("type");
  EXPECT_EQ(load(file)->encode("abc", false), (Ids{257}));
}

TEST(Tokenizer, ThreadsShareOne) {
  for (const json& file : {toy_byte_level(), toy_sentencepiece()}) {
    const auto tokenizer = load(file);
    Random random(1, Random::stream_of("threads"));
    std::vector<std::string> texts;
    std::vector<Ids> wanted;
    for (int i = 0; i < 200; ++i) {
      texts.push_back(random_text(random, 200));
      wanted.push_back(tokenizer->encode(texts.back(), true));
    }
    std::vector<std::vector<Ids>> got(4);
    {
      std::vector<std::jthread> threads;
      for (auto& ids : got) {
        threads.emplace_back([&] {
          for (const std::string& text : texts) ids.push_back(tokenizer->encode(text, true));
        });
      }
    }
    for (const auto& ids : got) EXPECT_EQ(ids, wanted);
  }
}

TEST(LoadTokenizer, TakesWhatTheFolderHas) {
  const TempFolder folder;
  EXPECT_EQ(user_error(folder, [&] { load_tokenizer(folder.path()); }),
            "[load_tokenizer] DIR: no tokenizer; put tokenizer.json or rwkv_vocab_v20230424.txt there");
  std::string world;
  for (int byte = 0; byte < 256; ++byte) world += fmt::format("{} b'\\x{:02x}' 1\n", byte + 1, byte);
  folder.write("rwkv_vocab_v20230424.txt", world);
  EXPECT_EQ(load_tokenizer(folder.path())->encode("a", false), (Ids{'a' + 1}));
  folder.write("tokenizer.json", toy_byte_level().dump());
  EXPECT_EQ(load_tokenizer(folder.path())->encode("a", false), (Ids{'a'}));
}

}  // namespace
}  // namespace radlads::text
