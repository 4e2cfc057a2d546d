#include "io/text_source.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "io/compressed.h"
#include "io/parquet.h"
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
  EXPECT_EQ(refusal(R"(["text"])"), in_line + "is an array, not a JSON object" + in_file);
  EXPECT_EQ(refusal(R"({"Text": "x", "n": 1})"),
            in_line + "has no field \"text\"" + in_file + "; it has \"Text\": choose one with --text_key");
  EXPECT_EQ(refusal(R"({"n": 1, "messages": []})"),
            in_line + "has no field \"text\"" + in_file + "; what it has is not text: \"n\", \"messages\"");
  EXPECT_EQ(refusal("not json"), in_line + "invalid JSON: unexpected 'o' at byte 2" + in_file);
  EXPECT_EQ(refusal("null"), in_line + "is null, not a JSON object" + in_file);
  EXPECT_EQ(refusal("{}"), in_line + "has no field \"text\"" + in_file);
  EXPECT_EQ(refusal(R"({"text": null})"), in_line + "the field \"text\" is null, not a string" + in_file);
  EXPECT_EQ(refusal(R"({"text": NaN})"), in_line + "the field \"text\" is a number, not a string" + in_file);
  EXPECT_EQ(refusal(R"({"text": ["x"]})"),
            in_line + "the field \"text\" is an array, not a string" + in_file);
  EXPECT_EQ(refusal(R"({"text": "a"} {"text": "b"})"),
            in_line + "invalid JSON: unexpected '{' at byte 15" + in_file);
  EXPECT_EQ(refusal(R"({"text": "a", "text": "b"})"), in_line + "the key \"text\" appears twice" + in_file);
  EXPECT_EQ(refusal("{\"text\": \"\xE9\"}"),
            in_line + "byte 11 (0xE9) is not valid UTF-8" + in_file + "; convert the file to UTF-8");
}

TEST(TextSource, WhatOtherFieldsHoldDoesNotMatter) {
  const TempFolder folder;
  const auto read = [&](const std::string& field) {
    return documents_of(folder.write("a.jsonl", "{\"text\": \"a\", \"x\": " + field + "}"));
  };
  for (const std::string field : {"NaN", "[Infinity, -Infinity]", "1e400", "123456789012345678901234567890",
                                  R"("\ud83d")", R"({"a": 1, "a": 2})"})
    EXPECT_EQ(read(field), Documents{"a"}) << field;
  EXPECT_EQ(read(std::string(1000, '[') + std::string(1000, ']')), Documents{"a"});
}

TEST(TextSource, AnyFieldMayHoldTheText) {
  const TempFolder folder;
  const fs::path file = folder.write("a.jsonl", "{\"text\": 1, \"content\": \"a\"}\n{\"content\": \"b\"}\n");
  EXPECT_EQ(read_documents({{file}}, -1, {.text_key = "content"}), (Documents{"a", "b"}));
}

TEST(TextSource, AnArrayOfObjectsIsReadAsItsElements) {
  const TempFolder folder;
  const auto array = [&](std::string_view text) { return folder.write("a.json", text); };
  EXPECT_EQ(documents_of(array("\n[ {\"id\": [1], \"text\": \"a\"},\n {\"text\": \"\\u00e9\"}]\n")),
            (Documents{"a", "é"}));
  const auto refusal = [&](std::string_view text) {
    return user_error(folder, [&] { documents_of(array(text)); });
  };
  EXPECT_EQ(refusal(R"([{"text": "a"}, {"x": 1}])"),
            "[read_text] element 1: has no field \"text\" in DIR/a.json; what it has is not text: \"x\"");
  EXPECT_EQ(refusal(R"([{"text": "a"}] 5)"),
            "[read_text]: invalid JSON: unexpected '5' at byte 17 in DIR/a.json");
  EXPECT_EQ(refusal(R"([{"text": "a"})"), "[read_text]: the JSON is cut off after byte 14 in DIR/a.json");
  EXPECT_EQ(read_documents({{array(R"([{"text": "a"}, 7, {"text": "b"}])")}}, -1, {.skip_bad_lines = true}),
            (Documents{"a", "b"}));
}

TEST(TextSource, BadLinesAreLeftOutAndCountedWhereAsked) {
  const TempFolder folder;
  const fs::path file = folder.write("a.jsonl",
                                     "{\"text\": \"a\"}\n{\"text\": null}\n{\"text\": \"b\"}\n"
                                     "{\"text\": \"\xE9\"}\n{\"text\": \"c\"}\n{\"text\": \"cut of");
  testing::internal::CaptureStderr();
  EXPECT_EQ(read_documents({{file}}, -1, {.skip_bad_lines = true}), (Documents{"a", "b", "c"}));
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "warning: " + file.string() +
                ": left out 3 documents that cannot be read; the first: [read_text] line 2: the field "
                "\"text\" is null, "
                "not a string in " +
                file.string() + "\n");
}

TEST(TextSource, WhoeverTakesTheDocumentsMayThrow) {
  const TempFolder folder;
  const fs::path file = folder.write("a.jsonl", "{\"text\": \"a\"}\n");
  const auto refuse = [](std::string_view) -> bool { fail("no"); };
  EXPECT_THROW(for_each_document({{file}}, refuse, {.skip_bad_lines = true}), UserError);
}

TEST(TextSource, ParquetNeedsABuildThatReadsIt) {
  const fs::path rows = fs::path(RADLADS_SOURCE_DIR) / "tests/data/parquet/rows.parquet";
  const TempFolder folder;
  if (!reads_parquet()) {
    for (const auto& action : {std::function<void()>([&] { check_text_file(rows); }),
                               std::function<void()>([&] { documents_of(rows); })})
      EXPECT_NE(user_error(folder, action).find("RADLADS_PARQUET=ON"), std::string::npos);
    return;
  }
  check_text_file(rows);
  EXPECT_EQ(read_documents({{rows}}, -1, {.text_key = "word"}), (Documents{"a", "b", "a"}));
  EXPECT_EQ(read_documents({{rows}}, 1, {.text_key = "word"}), Documents{"a"});
  EXPECT_EQ(read_documents({{rows}}, -1, {.text_key = "question", .skip_bad_lines = true}),
            (Documents{"Is it red?", "Ja – \"so\"?"}));
  const auto refusal = [&](const std::string& column) {
    return user_error(folder, [&] { read_documents({{rows}}, -1, {.text_key = column}); });
  };
  EXPECT_NE(refusal("question").find("[read_text] row 2: \"question\" is null in "), std::string::npos);
  EXPECT_NE(refusal("text").find("it has \"question\", "), std::string::npos) << refusal("text");
  EXPECT_NE(refusal("answer").find("not text"), std::string::npos) << refusal("answer");
}

TEST(TextSource, AZeroByteAnywhereIsNoText) {
  const TempFolder folder;
  for (const size_t size : {70'000, 400'000}) {
    const fs::path file = folder.write("a.txt", std::string(size, 'x') + "\n" + std::string("y\0z", 3));
    EXPECT_EQ(user_error(folder, [&] { documents_of(file); }),
              fmt::format(
                  "[read_text] line 2: a zero byte at offset {}: this is a binary file, DIR/a.txt; give text "
                  "(UTF-8), JSON lines or Parquet",
                  size + 2));
  }
}

TEST(TextSource, TheFirstDocumentsComeBeforeAnErrorAfterThem) {
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
