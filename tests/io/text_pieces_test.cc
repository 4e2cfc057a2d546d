#include "io/text_pieces.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace radlads {
namespace {

/// Text from memory; repeated without end if asked.
class MemoryStream final : public ByteStream {
 public:
  explicit MemoryStream(std::string text, bool endless = false)
      : ByteStream("mem"), text_(std::move(text)), endless_(endless) {}

  size_t read(std::span<char> target) override {
    if (endless_ && at_ == text_.size()) at_ = 0;
    const size_t count = text_.copy(target.data(), target.size(), at_);
    at_ += count;
    num_read += count;
    return count;
  }

  size_t num_read = 0;

 private:
  std::string text_;
  size_t at_ = 0;
  bool endless_;
};

using Pieces = std::vector<std::pair<std::string, int64_t>>;  // and their lines

Pieces cut(const std::string& text, std::string_view delimiter, size_t chunk_bytes) {
  TextPieces pieces(std::make_unique<MemoryStream>(text), delimiter, PieceCheck::kUtf8, chunk_bytes);
  Pieces all;
  while (const auto piece = pieces.next()) all.emplace_back(*piece, pieces.line());
  EXPECT_EQ(pieces.next(), std::nullopt);
  return all;
}

TEST(TextPieces, ChunksDoNotMatter) {
  const std::string text = "\xEF\xBB\xBFone é\n<|end|>tw<|o 😀\n\n<|en<|end|><|end|>\nlast";
  const Pieces wanted = {{"one é\n", 1}, {"tw<|o 😀\n\n<|en", 2}, {"", 4}, {"\nlast", 4}};
  for (size_t chunk_bytes = 1; chunk_bytes <= text.size() + 1; ++chunk_bytes) {
    EXPECT_EQ(cut(text, "<|end|>", chunk_bytes), wanted) << chunk_bytes;
  }
}

TEST(TextPieces, EndsOfTheStream) {
  for (const size_t chunk_bytes : {1, 2, 100}) {
    EXPECT_EQ(cut("", "--", chunk_bytes), Pieces{});
    EXPECT_EQ(cut("--", "--", chunk_bytes), (Pieces{{"", 1}}));
    EXPECT_EQ(cut("a--", "--", chunk_bytes), (Pieces{{"a", 1}}));
    EXPECT_EQ(cut("a-", "--", chunk_bytes), (Pieces{{"a-", 1}}));
    EXPECT_EQ(cut("a---b", "--", chunk_bytes), (Pieces{{"a", 1}, {"-b", 1}}));
    EXPECT_EQ(cut("a\nb\n", "\n", chunk_bytes), (Pieces{{"a", 1}, {"b", 2}}));
  }
}

TEST(TextPieces, OnlyTheFirstByteOrderMarkIsDropped) {
  EXPECT_EQ(cut("\xEF\xBB\xBF"
                "a-\xEF\xBB\xBF"
                "b",
                "-", 2),
            (Pieces{{"a", 1},
                    {"\xEF\xBB\xBF"
                     "b",
                     1}}));
}

/// Pieces until the error, and the error.
std::pair<int, std::string> pieces_until_error(const std::string& text, size_t chunk_bytes) {
  TextPieces pieces(std::make_unique<MemoryStream>(text), "\n\n", PieceCheck::kUtf8, chunk_bytes);
  int count = 0;
  try {
    while (pieces.next()) ++count;
  } catch (const UserError& error) {
    return {count, error.what()};
  }
  return {count, ""};
}

TEST(TextPieces, BadUtf8IsLocated) {
  for (size_t chunk_bytes = 1; chunk_bytes < 24; ++chunk_bytes) {
    EXPECT_EQ(
        pieces_until_error("one\n\ntwo\né\xC3(\n\nthree", chunk_bytes),
        std::pair(
            1,
            std::string(
                "[read_text] line 4: not UTF-8 (byte 0xC3 at offset 11) in mem; convert the file to UTF-8")))
        << chunk_bytes;
    EXPECT_EQ(
        pieces_until_error("one\n\n\xF0\x9F\x98", chunk_bytes),
        std::pair(
            1,
            std::string(
                "[read_text] line 3: not UTF-8 (byte 0xF0 at offset 5) in mem; convert the file to UTF-8")))
        << chunk_bytes;
    EXPECT_EQ(pieces_until_error("one\n\n😀", chunk_bytes), std::pair(2, std::string()));
  }
}

TEST(TextPieces, ReadsNoFurtherThanNeeded) {
  auto stream = std::make_unique<MemoryStream>("some line\n", true);
  const MemoryStream& counter = *stream;
  TextPieces pieces(std::move(stream), "\n", PieceCheck::kUtf8, 64);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(pieces.next(), "some line");
  EXPECT_LE(counter.num_read, 10'000u + 64u);
}

TEST(TextPieces, ABinaryFileIsRefusedAtItsFirstChunk) {
  auto stream = std::make_unique<MemoryStream>(std::string("\x12\x34\x80\xFF", 4), true);
  const MemoryStream& counter = *stream;
  TextPieces pieces(std::move(stream), "<|endoftext|>", PieceCheck::kUtf8, 4096);
  EXPECT_THROW(pieces.next(), UserError);
  EXPECT_LE(counter.num_read, 4096u);
}

}  // namespace
}  // namespace radlads
