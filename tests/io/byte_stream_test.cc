#include "io/byte_stream.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "io/compressed.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

std::string read_all(const std::filesystem::path& path, size_t chunk_bytes = 1 << 16) {
  const auto stream = open_byte_stream(path);
  std::string text, chunk(chunk_bytes, '\0');
  while (const size_t count = stream->read(chunk)) text.append(chunk, 0, count);
  EXPECT_EQ(stream->read(chunk), 0u);
  return text;
}

std::string some_text(size_t size) {
  Random random(7, Random::stream_of("text"));
  std::string text;
  while (text.size() < size) text += std::string(random.below(5), static_cast<char>('a' + random.below(26)));
  return text;
}

std::string encode(std::string_view ending, std::string_view text) {
  if (ending == ".gz") return gzip(text);
  return ending == ".zst" ? zstd(text) : std::string(text);
}

constexpr const char* kEndings[] = {".txt", ".gz", ".zst"};

TEST(ByteStream, GivesTheBytesWhateverTheChunks) {
  const TempFolder folder;
  const std::string text = some_text(500'000);
  for (const std::string ending : kEndings) {
    const auto path = folder.write("a" + ending, encode(ending, text));
    for (const size_t chunk_bytes : {7, 4096, 1'000'000})
      EXPECT_EQ(read_all(path, chunk_bytes), text) << ending;
  }
}

TEST(ByteStream, MembersAndFramesFollowEachOther) {
  const TempFolder folder;
  for (const std::string ending : kEndings) {
    const std::string bytes = encode(ending, "one") + encode(ending, "") +
                              encode(ending, some_text(300'000)) + encode(ending, "") + encode(ending, "end");
    EXPECT_EQ(read_all(folder.write("a" + ending, bytes)), "one" + some_text(300'000) + "end") << ending;
    EXPECT_EQ(read_all(folder.write("b" + ending, encode(ending, ""))), "") << ending;
  }
}

TEST(ByteStream, PaddingAfterGzipIsSkipped) {
  const TempFolder folder;
  for (const size_t size : {1, 511, 300'000}) {
    const std::string padding(size, '\0');
    EXPECT_EQ(read_all(folder.write("a.gz", gzip("one") + padding)), "one") << size;
    EXPECT_EQ(read_all(folder.write("a.gz", gzip("one") + padding + gzip("two") + padding)), "onetwo")
        << size;
  }
}

TEST(ByteStream, EveryTruncationIsDetected) {
  const TempFolder folder;
  for (const std::string ending : {".gz", ".zst"}) {
    const std::string bytes = encode(ending, some_text(1000)) + encode(ending, some_text(100));
    const size_t border = encode(ending, some_text(1000)).size();
    for (size_t size = 0; size < bytes.size(); ++size) {
      const auto path = folder.write("a" + ending, bytes.substr(0, size));
      const std::string message = user_error(folder, [&] { read_all(path); });
      const std::string cut_off =
          "[read_text] DIR/a" + ending + ": the compressed data is cut off; download or copy the file again";
      EXPECT_EQ(message, size == border ? "" : cut_off) << size;
    }
  }
}

TEST(ByteStream, DamageIsDetected) {
  const TempFolder folder;
  const std::string again = "; download or copy the file again";
  const auto refusal = [&](std::string_view name, std::string_view bytes) {
    return user_error(folder, [&] { read_all(folder.write(name, bytes)); });
  };
  EXPECT_EQ(refusal("a.gz", "no text\xFF"),
            "[read_text] DIR/a.gz: broken gzip data (incorrect header check)" + again);
  EXPECT_EQ(refusal("a.zst", std::string("no text\0", 8)),
            "[read_text] DIR/a.zst: broken zstd data (Unknown frame descriptor)" + again);
  EXPECT_EQ(refusal("a.gz", gzip("x") + "rest"),
            "[read_text] DIR/a.gz: broken gzip data (incorrect header check)" + again);
  std::string bytes = gzip(some_text(1000));
  bytes[bytes.size() - 5] ^= 1;  // in the checksum
  EXPECT_EQ(refusal("a.gz", bytes), "[read_text] DIR/a.gz: broken gzip data (incorrect data check)" + again);
}

TEST(ByteStream, TheBytesTellOfACompressionNotTheName) {
  const TempFolder folder;
  EXPECT_EQ(read_all(folder.write("a.txt", gzip("x"))), "x");
  EXPECT_EQ(read_all(folder.write("b", zstd("x"))), "x");
  const std::string skippable("\x50\x2A\x4D\x18\1\0\0\0?", 9);
  EXPECT_EQ(read_all(folder.write("c", skippable + zstd("x"))), "x");
  EXPECT_EQ(read_all(folder.write("a.gz", "plain text")), "plain text");
  EXPECT_EQ(read_all(folder.write("a.zst", "plain text")), "plain text");
}

TEST(ByteStream, TheHeadIsSeenBeforeAnythingIsRead) {
  const TempFolder folder;
  const std::string text = some_text(PeekedStream::kHeadBytes + 1000);
  const auto stream = open_byte_stream(folder.write("a.gz", gzip(text)));
  EXPECT_EQ(stream->head(), text.substr(0, PeekedStream::kHeadBytes));
  EXPECT_EQ(radlads::read_all(*stream), text);
  EXPECT_EQ(open_byte_stream(folder.write("a", "short"))->head(), "short");
}

TEST(ByteStream, TextIsToldFromWhatIsNot) {
  const TempFolder folder;
  const auto is_text = [&](const std::string& bytes) {
    return open_byte_stream(folder.write("a", bytes))->begins_with_text();
  };
  EXPECT_TRUE(is_text("") && is_text("é"));
  EXPECT_TRUE(is_text(std::string(PeekedStream::kHeadBytes - 1, 'x') + "é"));
  EXPECT_FALSE(is_text(std::string(PeekedStream::kHeadBytes - 2, 'x') + "\xC3"));
  EXPECT_FALSE(is_text("\xE9") || is_text(std::string("x\0", 2)));
}

TEST(ByteStream, ErrorsNameTheFile) {
  const TempFolder folder;
  for (const std::string ending : kEndings) {
    EXPECT_EQ(user_error(folder, [&] { open_byte_stream(folder / ("none" + ending)); }),
              "[read_text] DIR/none" + ending + ": No such file or directory");
  }
  std::filesystem::create_symlink("loop", folder / "loop");
  EXPECT_EQ(user_error(folder, [&] { open_byte_stream(folder / "loop"); }),
            "[read_text] DIR/loop: Too many levels of symbolic links");
  EXPECT_EQ(user_error(folder, [&] { open_byte_stream(""); }), "[read_text] the name of a file is empty");
  EXPECT_EQ(user_error(folder, [&] { read_all(folder.path()); }),
            "[read_text] DIR is a folder; give its files, such as DIR/*");
}

}  // namespace
}  // namespace radlads
