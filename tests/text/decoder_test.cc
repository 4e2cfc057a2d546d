#include "text/decoder.h"

#include <gtest/gtest.h>

#include "text/toy_tokenizer.h"

namespace radlads::text {
namespace {

using Tokens = std::vector<std::string>;

Decoder parsed(const std::string& component) { return Decoder::parse(ToyField(json::parse(component))); }

std::string decoded(const std::string& component, const Tokens& tokens) {
  const Decoder decoder = parsed(component);
  DecodeRun run = decoder.start();
  for (const std::string& token : tokens) run.push(token, false);
  run.finish();
  return run.take();
}

// What comes out after each token, and at the end.
Tokens streamed(const std::string& component, const Tokens& tokens) {
  const Decoder decoder = parsed(component);
  DecodeRun run = decoder.start();
  Tokens pieces;
  for (const std::string& token : tokens) {
    run.push(token, false);
    pieces.push_back(run.take());
  }
  run.finish();
  pieces.push_back(run.take());
  return pieces;
}

const std::string kByteFallback = R"({"type": "ByteFallback"})";
const std::string kByteLevel =
    R"({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true})";

TEST(Decoder, NoneJoinsBySpaces) { EXPECT_EQ(decoded("null", {"a", "b", ""}), "a b "); }

TEST(Decoder, ByteLevel) {
  EXPECT_EQ(decoded(kByteLevel, {"Ġa", "Ã", "©"}), " aé");
  EXPECT_EQ(decoded(kByteLevel, {"Ã", "a", "Ã"}), "\uFFFDa\uFFFD");
  EXPECT_EQ(decoded(kByteLevel, {"a b", "中"}), "a b中") << "not of the alphabet: text already";
  EXPECT_EQ(streamed(kByteLevel, {"a", "Ã", "©", "Ã", "b", "ä"}),
            (Tokens{"a", "", "é", "", "\uFFFDb", "", "\uFFFD"}));
}

TEST(Decoder, AddedTokensAreTextAlready) {
  const Decoder decoder = parsed(kByteLevel);
  DecodeRun run = decoder.start();
  run.push("é", true);
  run.push("é", false);  // the byte E9
  run.finish();
  EXPECT_EQ(run.take(), "é\uFFFD");
}

TEST(Decoder, ByteFallbackJudgesWholeRuns) {
  EXPECT_EQ(decoded(kByteFallback, {"<0xC3>", "<0xA9>", "a"}), "éa");
  EXPECT_EQ(decoded(kByteFallback, {"<0xC3>", "<0xA9>", "<0xC3>", "a"}), "\uFFFD\uFFFD\uFFFDa");
  EXPECT_EQ(decoded(kByteFallback, {"<0xc3>", "a", "<0xA9>"}), "\uFFFDa\uFFFD");
  EXPECT_EQ(decoded(kByteFallback, {"<0xG0>", "<0x0>", "<0x000>"}), "<0xG0><0x0><0x000>");
}

TEST(Decoder, ByteFallbackHoldsRunsBack) {
  EXPECT_EQ(streamed(kByteFallback, {"<0xC3>", "<0xA9>", "<0x61>", "b"}), (Tokens{"", "", "", "éab", ""}));
  EXPECT_EQ(streamed(kByteFallback, {"<0x2A>", "<0xB1>", "b", "<0x61>"}),
            (Tokens{"", "", "\uFFFD\uFFFDb", "", "a"}));
  EXPECT_EQ(streamed(kByteFallback, {"<0xF0>", "<0x9F>"}), (Tokens{"", "", "\uFFFD\uFFFD"}));
}

TEST(Decoder, ReplaceWithinTokens) {
  EXPECT_EQ(
      decoded(R"({"type": "Replace", "pattern": {"String": "ab"}, "content": "-"})", {"abab", "a", "b"}),
      "--ab");
  EXPECT_EQ(decoded(R"({"type": "Replace", "pattern": {"Regex": "\\d+"}, "content": ""})", {"a12", "3b"}),
            "ab");
}

TEST(Decoder, StripOfTokensOrOfTheText) {
  const std::string strip = R"({"type": "Strip", "content": " ", "start": 1, "stop": 2})";
  const std::string fused = R"({"type": "Sequence", "decoders": [{"type": "Fuse"}, )" + strip + "]}";
  EXPECT_EQ(decoded(strip, {"  a", " b   ", " "}), " ab ");
  EXPECT_EQ(decoded(fused, {"  a", " b   ", " "}), " a b  ");
  EXPECT_EQ(streamed(fused, {" ", "a ", " ", " b", " "}), (Tokens{"", "a", "", "   b", "", ""}));
  EXPECT_EQ(decoded(fused, {"", "", " a"}), "a");
  EXPECT_EQ(decoded(fused, {}), "");
}

TEST(Decoder, Metaspace) {
  const auto metaspace = [](const std::string& scheme) {
    return json{{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", scheme}, {"split", true}}
        .dump();
  };
  EXPECT_EQ(decoded(metaspace("always"), {"▁a", "▁b▁"}), "a b ");
  EXPECT_EQ(decoded(metaspace("first"), {"▁a", "▁b"}), "a b");
  EXPECT_EQ(decoded(metaspace("never"), {"▁a", "▁b"}), " a b");
}

TEST(Decoder, LlamaChain) {
  const std::string chain = toy_sentencepiece()["decoder"].dump();
  EXPECT_EQ(decoded(chain, {"▁a", "▁b"}), "a b");
  EXPECT_EQ(decoded(chain, {"<s>", "▁a"}), "<s> a");
  EXPECT_EQ(decoded(chain, {"▁▁a"}), " a");
  EXPECT_EQ(decoded(chain, {"<0x20>", "<0x20>"}), " ");
  EXPECT_EQ(streamed(chain, {"▁", "<0xC3>", "<0xA9>", "▁b"}), (Tokens{"", "", "", "é b", ""}));
}

TEST(Decoder, TokensThatGrowWithoutBoundAreRefused) {
  const auto repeated = [](const std::string& decoder, int times) {
    std::string decoders = decoder;
    for (int i = 1; i < times; ++i) decoders += "," + decoder;
    return R"({"type": "Sequence", "decoders": [)" + decoders + "]}";
  };
  const std::string between = R"({"type": "Replace", "pattern": {"String": ""}, "content": "abcdefghij"})";
  EXPECT_THROW(decoded(repeated(between, 40), {"xy"}), UserError);
  EXPECT_THROW(decoded(repeated(between, 1), {std::string(100'000, 'x')}), UserError);
  const std::string same = R"({"type": "Replace", "pattern": {"String": "x"}, "content": "y"})";
  EXPECT_EQ(decoded(same, {std::string(100'000, 'x')}), std::string(100'000, 'y'));
  EXPECT_EQ(decoded(repeated(same, 100), {"x"}), "y");
  EXPECT_THROW(parsed(repeated(same, 100'000)), UserError);  // each calls the next
}

TEST(Decoder, WhatCannotBeStreamedIsRefused) {
  const auto after_fuse = [](const std::string& decoder) {
    const std::string sequence = R"({"type": "Sequence", "decoders": [{"type": "Fuse"}, )" + decoder + "]}";
    try {
      parsed(sequence);
      return false;
    } catch (const UserError&) {
      return true;
    }
  };
  EXPECT_TRUE(after_fuse(kByteFallback));
  EXPECT_TRUE(after_fuse(kByteLevel));
  EXPECT_TRUE(after_fuse(R"({"type": "Replace", "pattern": {"String": "ab"}, "content": ""})"));
  EXPECT_FALSE(after_fuse(R"({"type": "Replace", "pattern": {"String": "▁"}, "content": " "})"));
}

}  // namespace
}  // namespace radlads::text
