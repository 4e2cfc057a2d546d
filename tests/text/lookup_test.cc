// The containers: each against a simple model of itself.

#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "core/random.h"
#include "text/flat_map.h"
#include "text/vocabulary.h"

namespace radlads::text {
namespace {

std::string random_string(Random& random, uint64_t max_length) {
  std::string text;
  for (uint64_t i = random.below(max_length + 1); i > 0; --i)
    text += static_cast<char>("ab\xFF\0"[random.below(4)]);
  return text;
}

TEST(FlatMap, BehavesAsStdMap) {
  Random random(1, Random::stream_of("flat_map"));
  FlatMap<int> map;
  std::map<uint64_t, int> model;
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t key = random.below(2) == 0 ? random.below(5000) : random.below(5000) << 32;
    map.set(key, i);
    model[key] = i;
    const uint64_t wanted = random.below(10'000);
    const int* found = map.find(wanted);
    const auto expected = model.find(wanted);
    ASSERT_EQ(found != nullptr, expected != model.end());
    if (found != nullptr) {
      ASSERT_EQ(*found, expected->second);
    }
  }
  EXPECT_EQ(map.size(), model.size());
}

TEST(StringTable, BehavesAsStdMap) {
  Random random(1, Random::stream_of("string_table"));
  StringTable table;
  std::map<std::string, TokenId> model;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = random_string(random, 8);
    ASSERT_EQ(table.insert(key, i), model.emplace(key, i).second);
    const std::string wanted = random_string(random, 8);
    const auto expected = model.find(wanted);
    ASSERT_EQ(table.find(wanted), expected == model.end() ? kNoToken : expected->second);
  }
}

TEST(ByteTrie, FindsTheLongestPrefix) {
  Random random(1, Random::stream_of("trie"));
  std::set<std::string> strings;
  while (strings.size() < 200) strings.insert(random_string(random, 6) + "a");
  std::vector<std::pair<std::string_view, TokenId>> list;
  for (const std::string& string : strings) list.emplace_back(string, static_cast<TokenId>(list.size()));
  const ByteTrie trie(list);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = random_string(random, 12);
    ByteTrie::Match wanted;
    for (const auto& [string, id] : list) {
      if (text.starts_with(string) && string.size() > wanted.length) wanted = {id, string.size()};
    }
    const ByteTrie::Match got = trie.longest_prefix(text);
    ASSERT_EQ(got.id, wanted.id);
    ASSERT_EQ(got.length, wanted.length);
  }
  EXPECT_EQ(ByteTrie().longest_prefix("a").id, kNoToken);
}

TEST(Vocabulary, SpellingsAndIdsAreUnique) {
  Vocabulary vocabulary;
  EXPECT_TRUE(vocabulary.add("a", 5));
  EXPECT_FALSE(vocabulary.add("a", 6));
  EXPECT_FALSE(vocabulary.add("b", 5));
  EXPECT_TRUE(vocabulary.add("", 2));
  EXPECT_EQ(vocabulary.size(), 6);
  EXPECT_EQ(vocabulary.find("a"), 5);
  EXPECT_EQ(vocabulary.find("b"), kNoToken);
  EXPECT_TRUE(vocabulary.has(2));
  for (const TokenId absent : {-1, 0, 4, 6, 1'000'000}) EXPECT_FALSE(vocabulary.has(absent));
}

}  // namespace
}  // namespace radlads::text
