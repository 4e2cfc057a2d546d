#include <gtest/gtest.h>

#include "core/random.h"
#include "core/utf8.h"
#include "text/python_literal.h"
#include "text/toy_tokenizer.h"

namespace radlads::text {
namespace {

// Every byte b as id b + 1, then some longer strings.
std::string toy_world() {
  std::string lines;
  for (int byte = 0; byte < 256; ++byte) {
    lines += byte < 0x80 ? fmt::format("{} '\\x{:02x}' 1\n", byte + 1, byte)
                         : fmt::format("{} b'\\x{:02x}' 1\n", byte + 1, byte);
  }
  return lines + "257 'ab' 2\n258 'abcd' 4\n259 ' a' 2\n260 'é' 2\n261 \"it's \" 5\n262 b'\\xe4\\xb8' 2\n";
}

std::unique_ptr<Tokenizer> load_world(const std::string& contents) {
  const TempFolder folder;
  return load_world_tokenizer(folder.write("vocab.txt", contents));
}

std::string world_refusal(const std::string& contents) {
  const TempFolder folder;
  const auto path = folder.write("vocab.txt", contents);
  return user_error(folder, [&] { load_world_tokenizer(path); });
}

TEST(World, TakesTheLongestMatch) {
  const auto tokenizer = load_world(toy_world());
  EXPECT_EQ(tokenizer->encode("abcdabc it's é", false), (Ids{258, 257, 'c' + 1, ' ' + 1, 261, 260}));
  EXPECT_EQ(tokenizer->encode("", true), (Ids{}));
  EXPECT_EQ(tokenizer->vocab_size(), 263);
  EXPECT_EQ(tokenizer->id_of("abcd"), 258);
  EXPECT_EQ(tokenizer->id_of("abc"), std::nullopt);
  EXPECT_TRUE(tokenizer->is_special(0));
  EXPECT_FALSE(tokenizer->is_special(1));
}

TEST(World, KeepsInvalidBytes) {
  const auto tokenizer = load_world(toy_world());
  EXPECT_EQ(tokenizer->encode("\xFF"
                              "a",
                              false),
            (Ids{0x100, 'a' + 1}));
  EXPECT_EQ(tokenizer->decode(Ids{0x100, 'a' + 1, 262}, false), "\uFFFDa\uFFFD");
}

TEST(World, IdsWithoutBytesDecodeToNothing) {
  const auto tokenizer = load_world(toy_world());
  EXPECT_EQ(tokenizer->decode(Ids{'a' + 1, 0, -1, 263, 1'000'000, 'b' + 1}, false), "ab");
}

TEST(World, StreamsAnyIdsAsItDecodesThem) {
  const auto tokenizer = load_world(toy_world());
  Random random(1, Random::stream_of("world"));
  for (int i = 0; i < 1000; ++i) {
    Ids ids;
    for (uint64_t n = random.below(20); n > 0; --n) ids.push_back(static_cast<TokenId>(random.below(265)));
    const auto stream = tokenizer->stream();
    std::string text;
    for (const TokenId id : ids) text += stream->push(id);
    ASSERT_EQ(text + stream->finish(), tokenizer->decode(ids, false));
    ASSERT_EQ(tokenizer->decode(tokenizer->encode(text, false), false), text);
  }
}

TEST(World, DamagedFilesAreRefused) {
  const std::string good = toy_world();
  const auto refused = [&](const std::string& line) { return world_refusal(good + line + "\n"); };
  const auto message = [](const std::string& what) { return "[load_tokenizer] DIR/vocab.txt:263: " + what; };
  EXPECT_EQ(refused("263 'xyz' 2"), message("\"263 'xyz' 2\" is not an id, a literal and its length"));
  for (const char* line : {"263", "263 'x", "x 'xyz' 3", "263 xyz 3", "263 'xyz' three", "263 '' 0",
                           "263 'a\\q' 3", "263 'a'b' 3"}) {
    EXPECT_TRUE(refused(line).ends_with("is not an id, a literal and its length")) << line;
  }
  EXPECT_EQ(refused("0 'xyz' 3"), message("id 0 is not between 1 and 4194303"));
  EXPECT_EQ(refused("99999999 'xyz' 3"), message("id 99999999 is not between 1 and 4194303"));
  EXPECT_EQ(refused("263 'ab' 2"), message("the id 263 or its bytes appear twice"));
  EXPECT_EQ(refused("262 'xyz' 3"), message("the id 262 or its bytes appear twice"));
  EXPECT_EQ(world_refusal(good.substr(good.find('\n') + 1)),
            "[load_tokenizer] DIR/vocab.txt: the byte 0x00 is not a token; the file may be incomplete");
  EXPECT_NE(world_refusal(""), "");
}

TEST(PythonLiteral, Escapes) {
  EXPECT_EQ(bytes_of_python_literal(R"('a\'\\\n\r\t\x41\u00e9\U0001f600')"), "a'\\\n\r\tAé😀");
  EXPECT_EQ(bytes_of_python_literal(R"("it's")"), "it's");
  EXPECT_EQ(bytes_of_python_literal(R"('\xe9')"), "é") << "a character in a string";
  EXPECT_EQ(bytes_of_python_literal(R"(b'\xe9\'"')"), "\xE9'\"") << "a byte in bytes";
  EXPECT_EQ(bytes_of_python_literal("'中'"), "中");
}

TEST(PythonLiteral, MalformedOnes) {
  for (const char* literal : {"", "b", "'", "a", "'a", "'a'b'", R"('\')", R"('\x4')", R"('\xg0')",
                              R"('\u12')", R"('\ud800')", R"('\U00110000')", R"(b'\u0041')", R"('\q')"}) {
    EXPECT_EQ(bytes_of_python_literal(literal), std::nullopt) << literal;
  }
}

}  // namespace
}  // namespace radlads::text
