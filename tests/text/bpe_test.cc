// Units, merges, and the shortcuts of Bpe, against a plain reading of the definition.

#include "text/bpe.h"

#include <map>

#include <gtest/gtest.h>

#include "core/random.h"
#include "text/toy_tokenizer.h"

namespace radlads::text {
namespace {

// A vocabulary of characters and random merges of them.
struct RandomModel {
  Vocabulary vocabulary;
  std::vector<MergePair> pairs;

  RandomModel(Random& random, std::string_view alphabet, int num_merges) {
    for (const char character : alphabet) add(std::string(1, character));
    for (int i = 0; i < num_merges; ++i) {
      const auto any = [&] { return static_cast<TokenId>(random.below(vocabulary.size())); };
      const TokenId left = any(), right = any();
      const std::string joined = vocabulary.spelling(left) + vocabulary.spelling(right);
      if (joined.size() <= 6) pairs.push_back({left, right, add(joined)});
    }
  }

  TokenId add(const std::string& spelling) {
    const auto id = static_cast<TokenId>(vocabulary.size());
    return vocabulary.add(spelling, id) ? id : vocabulary.find(spelling);
  }
};

// While there is a rule, join the leftmost pair of the lowest rank.
Ids by_definition(const RandomModel& model, std::string_view word) {
  std::map<std::pair<TokenId, TokenId>, std::pair<size_t, TokenId>> rules;
  for (size_t rank = 0; rank < model.pairs.size(); ++rank) {
    rules[{model.pairs[rank].left, model.pairs[rank].right}] = {rank, model.pairs[rank].joined};
  }
  Ids ids;
  for (const char character : word) {
    const TokenId id = model.vocabulary.find(std::string(1, character));
    if (id != kNoToken) ids.push_back(id);
  }
  for (;;) {
    auto best = rules.end();
    size_t position = 0;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto rule = rules.find({ids[i], ids[i + 1]});
      if (rule == rules.end() || (best != rules.end() && best->second.first <= rule->second.first)) continue;
      best = rule;
      position = i;
    }
    if (best == rules.end()) return ids;
    ids[position] = best->second.second;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(position) + 1);
  }
}

TEST(Bpe, EqualsTheDefinition) {
  Random random(1, Random::stream_of("bpe"));
  for (int round = 0; round < 200; ++round) {
    const RandomModel model(random, "abcd", static_cast<int>(random.below(40)));
    const Bpe bpe(model.vocabulary, model.pairs, {.kind = UnitOptions::Kind::kCharacter}, false);
    Merges::Word scratch;
    for (int i = 0; i < 20; ++i) {
      std::string word;  // short ones are searched, long ones use the heap
      for (uint64_t n = random.below(i % 4 == 0 ? 300 : 20); n > 0; --n) word += "abcde"[random.below(5)];
      Ids ids;
      bpe.encode(word, scratch, ids);
      ASSERT_EQ(ids, by_definition(model, word)) << word;
    }
  }
}

TEST(Bpe, OfEqualPairsTheLastCounts) {
  Vocabulary vocabulary;
  TokenId id = 0;
  for (const char* token : {"a", "b", "c", "ab", "bc"}) vocabulary.add(token, id++);
  const std::vector<MergePair> pairs = {{0, 1, 3}, {1, 2, 4}, {0, 1, 3}};
  Ids ids;
  Merges::Word scratch;
  Bpe(vocabulary, pairs, {.kind = UnitOptions::Kind::kCharacter}, false).encode("abc", scratch, ids);
  EXPECT_EQ(ids, (Ids{0, 4}));
}

TEST(Bpe, AMillionEqualCharactersTakeNoQuadraticTime) {
  Vocabulary vocabulary;
  std::vector<MergePair> pairs;
  std::string token = "a";
  for (TokenId id = 0; id < 8; ++id, token += token) {
    vocabulary.add(token, id);
    if (id > 0) pairs.push_back({id - 1, id - 1, id});
  }
  Ids ids;
  Merges::Word scratch;
  Bpe(vocabulary, pairs, {.kind = UnitOptions::Kind::kCharacter}, false)
      .encode(std::string(1'000'001, 'a'), scratch, ids);
  Ids wanted(1'000'001 / 128, 7);
  wanted.insert(wanted.end(), {6, 0});  // 1'000'001 = 7812 * 128 + 64 + 1
  EXPECT_EQ(ids, wanted);
}

Ids encoded(const json& model, const std::string& text) { return load(toy_file(model))->encode(text, false); }

TEST(Units, UnknownCharacters) {
  json model = toy_model({"<unk>", "a", "b"});
  EXPECT_EQ(encoded(model, "axyb"), (Ids{1, 2})) << "no unknown token: nothing";
  model["unk_token"] = "<unk>";
  EXPECT_EQ(encoded(model, "xaxyéb"), (Ids{0, 1, 0, 0, 0, 2}));
  model["fuse_unk"] = true;
  EXPECT_EQ(encoded(model, "xaxyéb"), (Ids{0, 1, 0, 2}));
}

TEST(Units, ByteFallback) {
  json model = toy_model({"<unk>", "a", "<0xC3>", "<0xA9>", "<0x78>"});
  model.update({{"unk_token", "<unk>"}, {"fuse_unk", true}});
  EXPECT_EQ(encoded(model, "aéx"), (Ids{1, 0}));
  model["byte_fallback"] = true;
  EXPECT_EQ(encoded(model, "aéx"), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(encoded(model, "aè"), (Ids{1, 0})) << "only if all bytes have tokens";
}

TEST(Bpe, IgnoreMergesTakesAWholeWord) {
  json model = toy_model({"a", "b", "c", "ab", "abc"}, {"a b"});
  EXPECT_EQ(encoded(model, "abc"), (Ids{3, 2})) << "no merge reaches abc";
  model["ignore_merges"] = true;
  EXPECT_EQ(encoded(model, "abc"), (Ids{4}));
  EXPECT_EQ(encoded(model, "abca"), (Ids{3, 2, 0})) << "not within a longer word";
}

TEST(Bpe, MergesMayBeStringsPairsOrNone) {
  const std::vector<std::string> tokens = {"a", "b", "c", "ab", "abc"};
  EXPECT_EQ(encoded(toy_model(tokens, {"#version: 0.2", "a b", "ab c"}), "abcb"), (Ids{4, 1}));
  EXPECT_EQ(encoded(toy_model(tokens, json::parse(R"([["a", "b"], ["ab", "c"]])")), "abcb"), (Ids{4, 1}));
  EXPECT_EQ(encoded(toy_model(tokens), "abcb"), (Ids{0, 1, 2, 1}));
  json without = toy_model(tokens);
  without.erase("merges");
  EXPECT_EQ(encoded(without, "abcb"), (Ids{0, 1, 2, 1}));
  // A pair may hold spaces, which a string cannot.
  EXPECT_EQ(encoded(toy_model({"a", " ", "a "}, json::parse(R"([["a", " "]])")), "a a"), (Ids{2, 0}));
  // No text has a pair of nothing.
  const json nothing = json::parse(R"([["", "a"], ["a", ""], ["", ""], ["a", "b"]])");
  EXPECT_EQ(encoded(toy_model({"a", "b", "", "ab"}, nothing), "aba"), (Ids{3, 0}));
}

}  // namespace
}  // namespace radlads::text
