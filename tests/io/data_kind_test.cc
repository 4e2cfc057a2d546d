#include "io/data_kind.h"

#include <gtest/gtest.h>

#include "io/compressed.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

class DataKindTest : public testing::Test {
 protected:
  DataKind kind(std::string_view name, std::string_view bytes) const {
    return data_kind(*open_byte_stream(folder_.write(name, bytes)));
  }

  /// After the file's name.
  std::string refusal(std::string_view name, std::string_view bytes) const {
    const std::string message = user_error(folder_, [&] { kind(name, bytes); });
    const std::string begin = "[read_text] DIR/" + std::string(name) + " ";
    return message.starts_with(begin) ? message.substr(begin.size()) : message;
  }

  const TempFolder folder_;
};

constexpr std::string_view kObject = R"({"text": "a"})", kObjects = R"([{"text": "a"}])";

TEST_F(DataKindTest, JsonIsKnownByItsName) {
  for (const char* name : {"a.jsonl", "a.JSONL", "a.json", "a.ndjson", "a.jsonlines", "a.jl",
                           "c4.00-of-01.json.gz", "a.Jsonl.ZST"}) {
    EXPECT_EQ(kind(name, kObject), DataKind::kJsonLines) << name;
    EXPECT_EQ(kind(name, kObjects), DataKind::kJsonArray) << name;
    EXPECT_EQ(kind(name, "plain"), DataKind::kJsonLines) << name << ": each line is refused";
    EXPECT_EQ(kind(name, "[\"a\"]"), DataKind::kJsonLines) << name;
    EXPECT_EQ(kind(name, "[]"), DataKind::kJsonArray) << name;
  }
  EXPECT_EQ(kind("a.json", ""), DataKind::kJsonLines);
  EXPECT_EQ(kind("a.json.gz", gzip(kObjects)), DataKind::kJsonArray);
}

TEST_F(DataKindTest, JsonIsKnownByHowItBegins) {
  for (const char* name : {"a.txt", "a", "a.jsonl.1", "a.text.gz"}) {
    EXPECT_EQ(kind(name, "\xEF\xBB\xBF\n " + std::string(kObject) + "\nrest"), DataKind::kJsonLines) << name;
    EXPECT_EQ(kind(name, "[\n " + std::string(kObject) + ",\n"), DataKind::kJsonArray) << name;
    for (const char* text : {" ", "{", "{}", "{if x}", "[1, 2]", "[{x}]", "{\"a\" is", "{\"a: 1}"})
      EXPECT_EQ(kind(name, text), DataKind::kText) << name << ": " << text;
    for (const char* bad :
         {"{\"text\": bad}\n{\"text\": \"a\"}", "{\"text\": \"a\"} more", "{\"text\": \"cut",
          "{\"text\": \"cut\n{\"text\": \"a\"}", "{\"a\": [1,\n{\"text\": \"a\"}"})
      EXPECT_EQ(kind(name, bad), DataKind::kJsonLines) << name << ": " << bad << ": its line is refused";
  }
  EXPECT_EQ(kind("a.txt", "{\"text\": \"" + std::string(100'000, 'x')), DataKind::kJsonLines);
}

TEST_F(DataKindTest, ParquetIsKnownByItsBytesOrName) {
  EXPECT_EQ(kind("a.parquet", std::string("PAR1\0", 5)), DataKind::kParquet);
  EXPECT_EQ(kind("a", std::string("PAR1\0", 5)), DataKind::kParquet);
  EXPECT_EQ(kind("a.parquet", ""), DataKind::kParquet);
  EXPECT_EQ(kind("a.txt", "PAR1 is a magic number"), DataKind::kText);
}

TEST_F(DataKindTest, OtherKindsAreRefusedWithTheRemedy) {
  using namespace std::string_literals;
  const std::string decompress = "decompress it first, or compress it with gzip or zstd",
                    convert = "convert it to JSON lines or Parquet";
  EXPECT_EQ(refusal("a.jsonl", "BZh91AY&SY\xD0\0"s), "is compressed with bzip2; " + decompress);
  EXPECT_EQ(refusal("a.jsonl.xz", "\xFD\x37zXZ\0"s), "is compressed with xz; " + decompress);
  EXPECT_EQ(refusal("a.txt", "PK\x03\x04\0"s), "is a zip archive; unpack it first");
  EXPECT_EQ(refusal("a.tgz", gzip(std::string(257, '\0') + "ustar")), "is a tar archive; unpack it first");
  EXPECT_EQ(refusal("a.arrow", "\xFF\xFF\xFF\xFF\x10\0\0\0"s), "is an Arrow stream; " + convert);
  EXPECT_EQ(refusal("a.jsonl", "ARROW1\0\0"s), "is an Arrow file; " + convert);
  EXPECT_EQ(refusal("m", "\x10\0\0\0\0\0\0\0{\"a\""s), "contains tensors (safetensors); give text to read");
  EXPECT_EQ(refusal("a.txt", "x\0y"s), "is a binary file; give text (UTF-8), JSON lines or Parquet");
  EXPECT_EQ(refusal("a.txt", "\xFF\xFEx\0"s), "is UTF-16; convert it to UTF-8");
  EXPECT_EQ(refusal("a.CSV", "id,text\n"), "is CSV, which is not read; " + convert);
  EXPECT_EQ(refusal("a.tsv.gz", gzip("id\ttext\n")), "is TSV, which is not read; " + convert);
  EXPECT_EQ(refusal("a.jsonl", "<!DOCTYPE html><html>"), "is a web page; download the file itself");
  EXPECT_EQ(refusal("a.txt", "<!-- saved -->\n<!-- twice -->\n<html>"),
            "is a web page; download the file itself");
  const std::string extract = "convert its text to JSON lines, {\"text\": ...} on each";
  EXPECT_EQ(refusal("a.txt", "%PDF-1.4\n1 0 obj"), "is a PDF document; " + extract);
  EXPECT_EQ(refusal("a.txt", "%PDF-1.4\n\xE2\xE3\0"s), "is a PDF document; " + extract);
  EXPECT_EQ(refusal("a.txt", "%!PS-Adobe-3.0"), "is a PostScript document; " + extract);
  EXPECT_EQ(refusal("a.txt", "{\\rtf1\\ansi A cat.}"), "is an RTF document; " + extract);
  for (const char* name : {"a.jsonl", "a.txt", "a.parquet", "a.csv"}) {
    EXPECT_EQ(refusal(name, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
              "is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`");
  }
  for (const char* name : {"a.json", "a.txt"}) {
    for (const char* text : {"{\n  \"text\": \"a\"\n}", "{\"a\": 1,\n\"b\": 2}", "{\"text\": \"a\"\n}",
                             "{\"data\": [\n{\"text\": \"a\"}]}", "{\"a{\": \"}\\\"}\", \r\n \"b\": 2}"})
      EXPECT_EQ(refusal(name, text),
                "has JSON objects that span several lines; put each on one line: `jq -c . FILE`")
          << text;
  }
}

TEST_F(DataKindTest, TextOfAnotherEncodingIsLeftToItsReader) {
  EXPECT_EQ(kind("a.txt", "na\xEFve"), DataKind::kText);
  EXPECT_EQ(kind("a.jsonl", "{\"text\": \"na\xEFve\"}"), DataKind::kJsonLines);
}

}  // namespace
}  // namespace radlads
