#include "io/binidx.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "io/binidx_bytes.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using Tokens = std::vector<int32_t>;
using Offsets = std::vector<int64_t>;

const std::string kSixTokens = packed<uint16_t>({10, 11, 20, 30, 31, 65535});

fs::path write_pair(const TempFolder& folder, const std::string& idx, const std::string& bin) {
  folder.write("t.idx", idx);
  folder.write("t.bin", bin);
  return folder / "t";
}

Tokens read(const Binidx& file, int64_t begin, int64_t count) {
  Tokens tokens(static_cast<size_t>(count), -7);
  file.read(begin, tokens);
  return tokens;
}

Tokens read_all(const Binidx& file) { return read(file, 0, file.num_tokens()); }

Offsets offsets_of(const Binidx& file) { return {file.offsets().begin(), file.offsets().end()}; }

TEST(Binidx, ReadsByAnyName) {
  const TempFolder folder;
  write_pair(folder, IndexParts{}.bytes(), kSixTokens);
  for (const char* name : {"t", "t.bin", "t.idx"}) {
    const Binidx file(folder / name);
    EXPECT_EQ(file.num_documents(), 3);
    EXPECT_EQ(offsets_of(file), (Offsets{0, 2, 3, 6}));
    EXPECT_EQ(read_all(file), (Tokens{10, 11, 20, 30, 31, 65535}));
  }
}

template <class T>
void expect_reads(uint8_t code, const std::vector<T>& values) {
  const TempFolder folder;
  const IndexParts index{.code = code, .sizes = {3}, .pointers = {0}, .doc_idx = {0, 1}};
  const Binidx file(write_pair(folder, index.bytes(), packed(values)));
  EXPECT_EQ(read_all(file), Tokens(values.begin(), values.end())) << int{code};
}

TEST(Binidx, AllIntegerTypes) {
  expect_reads<uint8_t>(1, {0, 128, 255});
  expect_reads<int8_t>(2, {0, 1, 127});
  expect_reads<int16_t>(3, {0, 256, 32767});
  expect_reads<int32_t>(4, {0, 65536, INT32_MAX});
  expect_reads<int64_t>(5, {0, 65536, INT32_MAX});
  expect_reads<uint16_t>(8, {0, 32768, 65535});
}

TEST(Binidx, SequencesMayLieInAnyOrder) {
  const TempFolder folder;
  const Binidx file(write_pair(folder, IndexParts{.pointers = {8, 8, 0}}.bytes(), kSixTokens));
  EXPECT_EQ(read_all(file), (Tokens{31, 65535, 31, 10, 11, 20}));
}

TEST(Binidx, DocumentsAreGroupsOfSequencesWhereTheFileSaysSo) {
  const TempFolder folder;
  const auto offsets = [&](const Offsets& doc_idx) {
    return offsets_of(Binidx(write_pair(folder, IndexParts{.doc_idx = doc_idx}.bytes(), kSixTokens)));
  };
  EXPECT_EQ(offsets({0, 2, 3}), (Offsets{0, 3, 6}));
  EXPECT_EQ(offsets({0, 3}), (Offsets{0, 6}));
  EXPECT_EQ(offsets({0, 0, 2, 2, 3, 3}), (Offsets{0, 3, 6}));
  EXPECT_EQ(offsets({}), (Offsets{0, 2, 3, 6}));
  EXPECT_EQ(offsets({0}), (Offsets{0, 2, 3, 6}));
}

TEST(Binidx, SequencesWithoutTokensAreNoDocuments) {
  const TempFolder folder;
  const auto offsets = [&](const Offsets& doc_idx) {
    const IndexParts index{.sizes = {0, 2, 0, 4}, .pointers = {0, 0, 4, 4}, .doc_idx = doc_idx};
    const Binidx file(write_pair(folder, index.bytes(), kSixTokens));
    EXPECT_EQ(read_all(file), (Tokens{10, 11, 20, 30, 31, 65535}));
    return offsets_of(file);
  };
  EXPECT_EQ(offsets({0}), (Offsets{0, 2, 6}));
  EXPECT_EQ(offsets({0, 1, 2, 3, 4}), (Offsets{0, 2, 6}));
  EXPECT_EQ(offsets({0, 1, 4}), (Offsets{0, 6}));
}

TEST(Binidx, IsNamedByEitherFileOrWithoutAnEnding) {
  const TempFolder folder;
  write_pair(folder, IndexParts{}.bytes(), kSixTokens);
  folder.write("u.bin", "");
  folder.write("v", "text");
  folder.write("v.bin", "");
  folder.write("v.idx", "");
  for (const char* name : {"t", "t.bin", "t.idx", "u.bin"}) EXPECT_TRUE(is_binidx(folder / name)) << name;
  for (const char* name : {"u", "v", "none"}) EXPECT_FALSE(is_binidx(folder / name)) << name;
}

TEST(Binidx, AnEmptySetIsNoError) {
  const TempFolder folder;
  const Binidx file(write_pair(folder, IndexParts{.sizes = {}, .pointers = {}, .doc_idx = {0}}.bytes(), ""));
  EXPECT_EQ(file.num_documents(), 0);
  EXPECT_EQ(file.num_tokens(), 0);
  EXPECT_EQ(read(file, 0, 0), Tokens{});
}

// Against the plain definition: the stream is the sequences one after the other.
TEST(Binidx, AnyRangeOfAnyLayout) {
  Random random(7, Random::stream_of("layouts"));
  for (int round = 0; round < 50; ++round) {
    std::vector<uint16_t> bin(100);
    for (uint16_t& token : bin) token = static_cast<uint16_t>(random.below(65536));
    IndexParts index{.sizes = {}, .pointers = {}, .doc_idx = {0}};
    Tokens stream;
    for (int64_t next = 0; stream.size() < 200;) {
      const auto size = static_cast<int64_t>(1 + random.below(9));
      // Often right after the last one, as in real files; else anywhere.
      const bool follows = next + size <= 100 && random.below(3) > 0;
      const int64_t at =
          follows ? next : static_cast<int64_t>(random.below(static_cast<uint64_t>(101 - size)));
      index.sizes.push_back(static_cast<int32_t>(size));
      index.pointers.push_back(2 * at);
      stream.insert(stream.end(), bin.begin() + at, bin.begin() + at + size);
      next = at + size;
    }
    const TempFolder folder;
    const Binidx file(write_pair(folder, index.bytes(), packed(bin)));
    ASSERT_EQ(read_all(file), stream);
    for (int i = 0; i < 100; ++i) {
      const auto begin = static_cast<int64_t>(random.below(stream.size() + 1));
      const auto count = static_cast<int64_t>(random.below(stream.size() - static_cast<size_t>(begin) + 1));
      ASSERT_EQ(read(file, begin, count), Tokens(stream.begin() + begin, stream.begin() + begin + count));
    }
  }
}

TEST(Binidx, ReadingPastTheEndIsABug) {
  const TempFolder folder;
  const Binidx file(write_pair(folder, IndexParts{}.bytes(), kSixTokens));
  EXPECT_THROW(read(file, 5, 2), InternalError);
  EXPECT_THROW(read(file, -1, 1), InternalError);
  EXPECT_THROW(read(file, 7, 0), InternalError);
}

TEST(Binidx, TokensOutOfRangeAreRefusedWhenRead) {
  const TempFolder folder;
  const IndexParts index{.code = 5, .sizes = {3}, .pointers = {0}, .doc_idx = {0, 1}};
  for (const int64_t bad : {int64_t{-1}, int64_t{1} << 31, INT64_MIN}) {
    const Binidx file(write_pair(folder, index.bytes(), packed<int64_t>({1, 2, bad})));
    EXPECT_EQ(read(file, 0, 2), (Tokens{1, 2}));
    EXPECT_EQ(user_error(folder, [&] { read(file, 1, 2); }),
              "[read_binidx] token at byte 16: not between 0 and 2^31 - 1 in DIR/t.bin");
  }
}

class BinidxRefusal : public testing::Test {
 protected:
  std::string refusal(const std::string& idx, const std::string& bin = kSixTokens) {
    const fs::path path = write_pair(folder_, idx, bin);
    return user_error(folder_, [&] { Binidx{path}; });
  }

  const TempFolder folder_;
};

TEST_F(BinidxRefusal, Header) {
  EXPECT_EQ(refusal(""), "[load_binidx] header: only 0 of 34 bytes are present in DIR/t.idx");
  EXPECT_EQ(refusal(IndexParts{}.bytes().substr(0, 33)),
            "[load_binidx] header: only 33 of 34 bytes are present in DIR/t.idx");
  EXPECT_EQ(refusal(IndexParts{.magic = "MMIDIDX\1\1"}.bytes()),
            "[load_binidx] magic: does not begin with MMIDIDX: not a token index in DIR/t.idx");
  EXPECT_EQ(refusal(IndexParts{.version = 2}.bytes()),
            "[load_binidx] version: 2 is unknown (only 1 is) in DIR/t.idx");
  for (const int code : {0, 6, 7, 9, 255}) {
    EXPECT_EQ(
        refusal(IndexParts{.code = static_cast<uint8_t>(code)}.bytes()),
        fmt::format("[load_binidx] dtype: code {} is not an integer type (1 to 5, or 8) in DIR/t.idx", code));
  }
}

TEST_F(BinidxRefusal, Counts) {
  const std::string good = IndexParts{}.bytes();
  const std::string tail = " in DIR/t.idx";
  EXPECT_EQ(refusal(good.substr(0, good.size() - 1)),
            "[load_binidx] counts: 3 sequences and 4 document boundaries do not make 101 bytes (truncated or "
            "damaged)" +
                tail);
  EXPECT_EQ(refusal(good + "x"),
            "[load_binidx] counts: 3 sequences and 4 document boundaries do not make 103 bytes (truncated or "
            "damaged)" +
                tail);
  std::string huge = good;
  huge.replace(18, 8, packed<uint64_t>({UINT64_MAX / 4}));
  EXPECT_EQ(refusal(huge),
            "[load_binidx] counts: 4611686018427387903 sequences and 4 document boundaries do not make 102 "
            "bytes (truncated or "
            "damaged)" +
                tail);
}

TEST_F(BinidxRefusal, Sequences) {
  EXPECT_EQ(refusal(IndexParts{.sizes = {2, INT32_MIN, 3}}.bytes()),
            "[load_binidx] sizes: sequence 1 has -2147483648 tokens in DIR/t.idx");
  EXPECT_EQ(refusal(IndexParts{.pointers = {0, -2, 6}}.bytes()),
            "[load_binidx] pointers: sequence 1 begins at byte -2, not a multiple of 2 in DIR/t.idx");
  EXPECT_EQ(refusal(IndexParts{.pointers = {0, 3, 6}}.bytes()),
            "[load_binidx] pointers: sequence 1 begins at byte 3, not a multiple of 2 in DIR/t.idx");
  EXPECT_EQ(refusal(IndexParts{.pointers = {0, 4, INT64_MAX - 1}}.bytes()),
            "[load_binidx] pointers: sequence 2 has 6 bytes from byte 9223372036854775806 on, but t.bin has "
            "12 bytes "
            "(truncated, or from another set) in DIR/t.idx");
  EXPECT_EQ(refusal(IndexParts{.sizes = {2, 1, INT32_MAX}}.bytes()),
            "[load_binidx] pointers: sequence 2 has 4294967294 bytes from byte 6 on, but t.bin has 12 bytes "
            "(truncated, or from another set) in DIR/t.idx");
  EXPECT_EQ(refusal(IndexParts{}.bytes(), kSixTokens.substr(1)),
            "[load_binidx] pointers: sequence 2 has 6 bytes from byte 6 on, but t.bin has 11 bytes "
            "(truncated, or from another set) in DIR/t.idx");
}

TEST_F(BinidxRefusal, DocumentBoundaries) {
  const auto with = [&](const Offsets& doc_idx) { return refusal(IndexParts{.doc_idx = doc_idx}.bytes()); };
  EXPECT_EQ(with({1, 3}), "[load_binidx] doc_idx: begins with 1, not 0 in DIR/t.idx");
  EXPECT_EQ(with({0, 2, 1, 3}), "[load_binidx] doc_idx: decreases from 2 to 1 at entry 2 in DIR/t.idx");
  EXPECT_EQ(with({0, 1, 2}), "[load_binidx] doc_idx: ends at sequence 2, but there are 3 in DIR/t.idx");
  EXPECT_EQ(with({0, 4}), "[load_binidx] doc_idx: ends at sequence 4, but there are 3 in DIR/t.idx");
  EXPECT_EQ(with({0, -1, 3}), "[load_binidx] doc_idx: decreases from 0 to -1 at entry 1 in DIR/t.idx");
}

TEST_F(BinidxRefusal, MissingFiles) {
  EXPECT_EQ(user_error(folder_, [&] { Binidx(folder_ / "none"); }),
            "[open_file] DIR/none.bin: No such file or directory");
  folder_.write("half.bin", "");
  EXPECT_EQ(user_error(folder_, [&] { Binidx(folder_ / "half"); }),
            "[open_file] DIR/half.idx: No such file or directory");
}

TEST(BinidxWriter, WritesWhatTheReaderReads) {
  for (const int64_t vocab_size : {65536, 65537}) {
    const TempFolder folder;
    BinidxWriter writer(folder / "t", vocab_size);
    Random random(7, Random::stream_of("documents"));
    Tokens stream;
    Offsets offsets = {0};
    for (int d = 0; d < 2000; ++d) {
      Tokens document(1 + random.below(d == 7 ? 900'000 : 20));
      for (int32_t& token : document)
        token = static_cast<int32_t>(random.below(static_cast<uint64_t>(vocab_size)));
      writer.append(document);
      stream.insert(stream.end(), document.begin(), document.end());
      offsets.push_back(static_cast<int64_t>(stream.size()));
    }
    EXPECT_EQ(writer.num_documents(), 2000);
    EXPECT_EQ(writer.num_tokens(), offsets.back());
    EXPECT_FALSE(fs::exists(folder / "t.bin"));
    writer.commit();
    EXPECT_EQ(folder.names(), (std::vector<std::string>{"t.bin", "t.idx"}));
    EXPECT_EQ(fs::file_size(folder / "t.bin"), stream.size() * (vocab_size == 65536 ? 2 : 4));
    const Binidx file(folder / "t");
    EXPECT_EQ(offsets_of(file), offsets);
    EXPECT_EQ(read_all(file), stream);
  }
}

TEST(BinidxWriter, WritesTheFormatByteForByte) {
  const TempFolder folder;
  BinidxWriter writer(folder / "t.bin", 65536);
  writer.append(Tokens{10, 11});
  writer.append(Tokens{20});
  writer.append(Tokens{30, 31, 65535});
  writer.commit();
  EXPECT_EQ(bytes_of(folder / "t.idx"), IndexParts{}.bytes());
  EXPECT_EQ(bytes_of(folder / "t.bin"), kSixTokens);
}

TEST(BinidxWriter, LeavesNothingWithoutCommit) {
  const TempFolder folder;
  { BinidxWriter(folder / "t", 10).append(Tokens{1}); }
  EXPECT_TRUE(folder.names().empty());
}

TEST(BinidxWriter, MisuseIsABug) {
  const TempFolder folder;
  BinidxWriter writer(folder / "t", 10);
  EXPECT_THROW(writer.append({}), InternalError);
  EXPECT_THROW(writer.append(Tokens{10}), InternalError);
  EXPECT_THROW(writer.append(Tokens{-1}), InternalError);
}

}  // namespace
}  // namespace radlads
