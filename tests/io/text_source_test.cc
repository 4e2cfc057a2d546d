#include "io/text_source.h"

#include <gtest/gtest.h>

#include "io/compressed.h"
#include "support/shared_folder.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using Documents = std::vector<std::string>;

Documents documents_of(const fs::path& path, int64_t limit = -1) { return read_documents({{path}}, limit); }

const Documents kThree = {"first\nstory é", "second", "third"};

TEST(TextSource, PlainTextIsCutAtEndOfText) {
  const TempFolder folder;
  const std::string text =
      "\xEF\xBB\xBF  first\nstory é \r\n<|endoftext|>\n\v\f\t<|endoftext|>second<|endoftext|>\n third \n\n";
  EXPECT_EQ(documents_of(folder.write("a.txt", text)), kThree);
  EXPECT_EQ(documents_of(folder.write("no-ending", text)), kThree);
  EXPECT_EQ(documents_of(folder.write("a.txt.gz", gzip(text))), kThree);
  EXPECT_EQ(documents_of(folder.write("a.txt.zst", zstd(text))), kThree);
  EXPECT_EQ(documents_of(folder.write("b.txt", "")), Documents{});
  EXPECT_EQ(documents_of(folder.write("b.txt", " \n")), Documents{});
}

TEST(TextSource, JsonLines) {
  const TempFolder folder;
  const std::string text =
      "\xEF\xBB\xBF{\"text\": \" first\\nstory \\u00e9 \", \"meta\": {\"text\": 1}}\r\n"
      "\n  \r\n"
      "{\"id\": 5, \"text\": \"\"}\n"
      "{\"id\": [6], \"text\": \"second\"}\n"
      "{\"text\":\"third\"}";
  EXPECT_EQ(documents_of(folder.write("a.jsonl", text)), kThree);
  EXPECT_EQ(documents_of(folder.write("b.jsonl", text + "\n")), kThree);
  EXPECT_EQ(documents_of(folder.write("a.jsonl.gz", gzip(text))), kThree);
  EXPECT_EQ(documents_of(folder.write("a.jsonl.zst", zstd(text))), kThree);
}

TEST(TextSource, AMemberMayEndInsideALine) {
  const TempFolder folder;
  const std::string a = R"({"text": "fir)", b = "st\\nstory é\"}\n{\"text\": \"second\"}\n{\"text\"",
                    c = R"(: "third"})";
  EXPECT_EQ(documents_of(folder.write("a.jsonl.gz", gzip(a) + gzip(b) + gzip(c))), kThree);
  EXPECT_EQ(documents_of(folder.write("a.jsonl.zst", zstd(a) + zstd(b) + zstd(c))), kThree);
}

TEST(TextSource, FilesFollowInOrderUntilToldToStop) {
  const TempFolder folder;
  const Documents wanted = {"a", "b", "c"};
  const std::vector<fs::path> files = {folder.write("2.txt", "a<|endoftext|>b"),
                                       folder.write("1.jsonl", "{\"text\": \"c\"}\nbad"), folder / "none"};
  Documents got;
  for_each_document(files, [&](std::string_view document) {
    got.emplace_back(document);
    return got.size() < 3;
  });
  EXPECT_EQ(got, wanted);
  EXPECT_EQ(read_documents(files, 3), wanted);
  EXPECT_EQ(read_documents(files, 2), (Documents{"a", "b"}));
  EXPECT_EQ(read_documents(files, 0), Documents{});
}

TEST(TextSource, BadLinesAreLocated) {
  const TempFolder folder;
  const auto refusal = [&](std::string_view line) {
    const auto path = folder.write("a.jsonl", "{\"text\": \"good\"}\n\n" + std::string(line) + "\n");
    return user_error(folder, [&] { documents_of(path); });
  };
  const std::string in_line = "[read_text] line 3: ", in_file = " in DIR/a.jsonl";
  EXPECT_EQ(refusal("plain"), in_line + "invalid JSON: unexpected 'p' at byte 1" + in_file);
  EXPECT_EQ(refusal(R"({"text": "cut)"), in_line + "the JSON is cut off after byte 13" + in_file);
  EXPECT_EQ(refusal(R"({"text": "\ud800"})"), in_line + "\\ud800 is half of a surrogate pair" + in_file);
  EXPECT_EQ(refusal(R"(["text"])"), in_line + "is no JSON object but array" + in_file);
  EXPECT_EQ(refusal(R"({"Text": "x"})"), in_line + "has no field \"text\"" + in_file);
  EXPECT_EQ(refusal(R"({"text": null})"), in_line + "the field \"text\" is no string but null" + in_file);
  EXPECT_EQ(refusal(R"({"text": ["x"]})"), in_line + "the field \"text\" is no string but array" + in_file);
  EXPECT_EQ(refusal(R"({"text": "a", "text": "b"})"), in_line + "the key \"text\" is there twice" + in_file);
  EXPECT_EQ(refusal("{\"text\": \"\xE9\"}"),
            in_line + "not UTF-8 (byte 0xE9 at offset 28)" + in_file + "; convert the file to UTF-8");
  EXPECT_EQ(refusal("{\"text\": " + std::string(1000, '[')),
            in_line + "JSON nested deeper than 64" + in_file);
}

TEST(TextSource, TheFirstDocumentsComeBeforeAnErrorBehindThem) {
  const TempFolder folder;
  EXPECT_EQ(documents_of(folder.write("a.txt", "a<|endoftext|>b<|endoftext|>\xFF"), 2),
            (Documents{"a", "b"}));
}

TEST(TextSource, ReadsTinyStories) {
  const fs::path path = shared_folder() / "data/text/tinystories/valid.txt";
  if (!fs::exists(path)) GTEST_SKIP() << path << " is missing";
  std::string text = bytes_of(path);
  constexpr std::string_view kSeparator = "<|endoftext|>", kWhiteSpace = " \t\n\v\f\r";
  Documents wanted;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.size(), text.find(kSeparator, begin));
    std::string document = text.substr(begin, end - begin);
    document.erase(0, document.find_first_not_of(kWhiteSpace));
    document.erase(document.find_last_not_of(kWhiteSpace) + 1);
    if (!document.empty()) wanted.push_back(document);
    begin = end + kSeparator.size();
  }
  EXPECT_GT(wanted.size(), 100u);
  EXPECT_EQ(documents_of(path), wanted);
}

}  // namespace
}  // namespace radlads
