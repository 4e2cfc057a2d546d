#include "data/tokenize.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/error.h"
#include "io/binidx.h"
#include "io/file.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

class TokenizeTest : public testing::Test {
 protected:
  std::vector<std::vector<int32_t>> tokenized(const std::vector<std::filesystem::path>& files,
                                              int64_t vocab_size = 2048, const TextOptions& options = {}) {
    tokenize_files(files, options, *tokenizer_, vocab_size, folder_.path() / "tokens");
    const Binidx corpus(folder_.path() / "tokens");
    std::vector<std::vector<int32_t>> documents;
    for (int64_t d = 0; d < corpus.num_documents(); ++d) {
      const int64_t begin = corpus.offsets()[static_cast<size_t>(d)];
      documents.emplace_back(static_cast<size_t>(corpus.offsets()[static_cast<size_t>(d) + 1] - begin));
      corpus.read(begin, documents.back());
    }
    return documents;
  }

  std::filesystem::path file(const std::string& name, const std::string& text) {
    write_text_file(folder_.path() / name, text);
    return folder_.path() / name;
  }

  TempFolder folder_;
  std::unique_ptr<Tokenizer> tokenizer_ = load_tokenizer(shipped_teacher());
};

TEST_F(TokenizeTest, DocumentsAreEncodedOneByOneInOrder) {
  const auto documents = tokenized({file("a.txt", "Once upon a time.<|endoftext|>\n\n The end. \n"),
                                    file("b.jsonl", "{\"text\": \"A cat\"}\n")});
  ASSERT_EQ(documents.size(), 3u);
  EXPECT_EQ(documents[0], tokenizer_->encode("Once upon a time.", true));
  EXPECT_EQ(documents[1], tokenizer_->encode("The end.", true));
  EXPECT_EQ(documents[2], tokenizer_->encode("A cat", true));
  EXPECT_EQ(documents[0].front(), end_of_document(*tokenizer_))
      << "the shipped tokenizer puts <|endoftext|> in front";
}

TEST_F(TokenizeTest, ManyDocumentsKeepTheirOrder) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "story " + std::to_string(i) + "<|endoftext|>";
  const auto documents = tokenized({file("many.txt", text)});
  ASSERT_EQ(documents.size(), 3000u);
  for (int i = 0; i < 3000; i += 499)
    EXPECT_EQ(documents[i], tokenizer_->encode("story " + std::to_string(i), true));
}

TEST_F(TokenizeTest, ATokenFileIsTakenAsItIs) {
  BinidxWriter writer(folder_.path() / "given", 2048);
  writer.append(std::vector<int32_t>{5, 6, 7});
  writer.commit();
  EXPECT_EQ(tokenized({folder_.path() / "given.bin"}), (std::vector<std::vector<int32_t>>{{5, 6, 7}}));
  EXPECT_THROW(tokenized({folder_.path() / "given.bin"}, /*vocab_size=*/7), UserError);
}

TEST_F(TokenizeTest, ATokenFileIsReadOnceHoweverItIsNamed) {
  BinidxWriter writer(folder_.path() / "given", 2048);
  writer.append(std::vector<int32_t>{5, 6, 7});
  writer.commit();
  const std::filesystem::path name = folder_.path() / "given", bin = name.string() + ".bin",
                              idx = name.string() + ".idx";
  using Files = std::vector<std::filesystem::path>;
  for (const Files& files :
       {Files{name}, Files{idx}, Files{bin, idx}, Files{idx, bin}, Files{name, bin, idx}})
    EXPECT_EQ(tokenized(files).size(), 1u) << files.size();
  testing::internal::CaptureStderr();
  EXPECT_EQ(tokenized({bin, folder_.path() / "." / "given.idx"}).size(), 1u);
  EXPECT_NE(testing::internal::GetCapturedStderr().find(bin.string() + " as "), std::string::npos);
}

TEST_F(TokenizeTest, ATextIsReadOnceHoweverItIsNamed) {
  const std::filesystem::path text = file("a.txt", "A cat."), soft = folder_.path() / "soft.txt",
                              hard = folder_.path() / "hard.txt";
  std::filesystem::create_symlink(text, soft);
  std::filesystem::create_hard_link(text, hard);
  testing::internal::CaptureStderr();
  EXPECT_EQ(
      tokenized({text, text, soft, hard, folder_.path() / "." / "a.txt", file("b.txt", "A cat.")}).size(), 2u)
      << "a copy is another text";
  const std::string warning = testing::internal::GetCapturedStderr();
  EXPECT_NE(warning.find("(and 3 more)"), std::string::npos) << warning;
  EXPECT_EQ(std::count(warning.begin(), warning.end(), '\n'), 1) << warning;
}

TEST_F(TokenizeTest, HalfATokenFileIsRefused) {
  const auto lonely = file("lonely.bin", "xx");
  EXPECT_EQ(user_error(folder_, [&] { tokenized({lonely}); }),
            "[data] DIR/lonely.idx is missing: a token file is the pair NAME.bin and NAME.idx");
}

TEST_F(TokenizeTest, WhatIsNoTextIsRefusedBeforeAnythingIsRead) {
  const auto text = file("a.txt", "Once"), table = file("b.csv", "id,text\n");
  EXPECT_EQ(user_error(folder_,
                       [&] {
                         tokenized({text, table});
                       }),
            "[read_text] DIR/b.csv is CSV, which is not read; convert it to JSON lines or Parquet");
  EXPECT_EQ(user_error(folder_, [&] { tokenized({folder_.path()}); }),
            "[read_text] DIR is a folder; give its files, such as DIR/*");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "tokens.bin"));
}

TEST_F(TokenizeTest, OptionsOfReadingArePassedOn) {
  const auto lines = file("a.jsonl", "{\"body\": \"A cat\"}\nbad\n");
  EXPECT_EQ(tokenized({lines}, 2048, {.text_key = "body", .skip_bad_lines = true}).size(), 1u);
}

TEST_F(TokenizeTest, EmptyDataIsRefused) {
  EXPECT_THROW(tokenized({file("empty.txt", " \n<|endoftext|>\n")}), UserError);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "tokens.idx"));
}

TEST_F(TokenizeTest, IdsBeyondTheModelAreRefused) {
  const auto text = file("a.txt", "Once upon a time");
  const std::vector<TokenId> ids = tokenizer_->encode("Once upon a time", true);
  const TokenId largest = *std::max_element(ids.begin(), ids.end());
  EXPECT_EQ(tokenized({text}, /*vocab_size=*/largest + 1).size(), 1u);
  EXPECT_THROW(tokenized({text}, /*vocab_size=*/largest), UserError);
}

}  // namespace
}  // namespace radlads
