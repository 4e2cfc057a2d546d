// What the reader says of every kind of bad file.

#include <gtest/gtest.h>

#include "io/safetensors.h"
#include "io/safetensors_bytes.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

/// The message for a file of these bytes, without the part that all have in common.
std::string refusal(std::string_view bytes) {
  const TempFolder folder;
  const std::string message = user_error(folder, [&] { Safetensors(folder.write("f", bytes)); });
  const std::string_view prefix = "[load_safetensors] ";
  EXPECT_TRUE(message.starts_with(prefix)) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  EXPECT_NE(message.find(" in DIR/f"), std::string::npos) << message;
  return message.substr(std::min(message.size(), prefix.size()));
}

std::string refusal_of_header(std::string_view header, size_t data_bytes) {
  return refusal(safetensors_bytes(header, std::string(data_bytes, '\0')));
}

/// The refusal of a file with one tensor "a" and 16 bytes of data.
std::string refusal_of_entry(const std::string& fields) {
  return refusal_of_header(R"({"a": )" + fields + "}", 16);
}

TEST(SafetensorsRefusal, Length) {
  EXPECT_EQ(
      refusal(""),
      "header: the file is truncated (0 bytes, the header promises 8) in DIR/f; download or copy it again");
  EXPECT_EQ(
      refusal("1234567"),
      "header: the file is truncated (7 bytes, the header promises 8) in DIR/f; download or copy it again");
  EXPECT_EQ(refusal(u64_bytes(100) + "{}"),
            "header: the file is truncated (10 bytes, the header promises 108) in DIR/f; download or copy it "
            "again");
  EXPECT_EQ(refusal(u64_bytes(100'000'001) + "{}"),
            "header: 100000001 bytes long, more than 100000000: not a safetensors file in DIR/f");
  EXPECT_EQ(refusal(u64_bytes(UINT64_MAX) + "{}"),
            "header: 18446744073709551615 bytes long, more than 100000000: not a safetensors file in DIR/f");
  EXPECT_EQ(refusal("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"),
            "header: a Git LFS pointer, not the file itself (fetch it with `git lfs pull`) in DIR/f");
  EXPECT_EQ(refusal("\n<!DOCTYPE html><html>"), "header: a web page (download the file itself) in DIR/f");
}

TEST(SafetensorsRefusal, Json) {
  EXPECT_EQ(refusal_of_header("", 0), "header: does not begin with '{': not a safetensors file in DIR/f");
  EXPECT_EQ(refusal_of_header("[]", 0), "header: does not begin with '{': not a safetensors file in DIR/f");
  EXPECT_EQ(refusal_of_header(R"({"a")", 0), "header: the JSON is cut off after byte 4 in DIR/f");
  EXPECT_EQ(refusal_of_header("{} x", 0), "header: invalid JSON: unexpected 'x' at byte 4 in DIR/f");
  EXPECT_EQ(refusal_of_header("{\"\xC3\x28\": 1}", 0),
            "header: byte 3 (0xC3) is not valid UTF-8 in DIR/f; convert the file to UTF-8");
  const std::string a = R"("a": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]})";
  EXPECT_EQ(refusal_of_header("{" + a + ", " + a + "}", 0), "header: the key \"a\" appears twice in DIR/f");
  const std::string b = R"("b": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]})";
  EXPECT_EQ(refusal_of_header("{" + b + ", " + a + ", " + b + "}", 2),
            "header: the key \"b\" appears twice in DIR/f");
  EXPECT_EQ(refusal_of_header("{\"a\": " + std::string(1'000'000, '['), 0),
            "a: must be an object, not an array in DIR/f");
}

TEST(SafetensorsRefusal, Metadata) {
  EXPECT_EQ(refusal_of_header(R"({"__metadata__": "pt"})", 0),
            "__metadata__: must be an object, not a string in DIR/f");
  EXPECT_EQ(refusal_of_header(R"({"__metadata__": {"step": 5}})", 0),
            "__metadata__: \"step\" must be a string, not a number in DIR/f");
  EXPECT_EQ(refusal_of_header(R"({"__metadata__": {}, "__metadata__": null})", 0),
            "header: the key \"__metadata__\" appears twice in DIR/f");
}

TEST(SafetensorsRefusal, Fields) {
  EXPECT_EQ(refusal_of_entry("[1]"), "a: must be an object, not an array in DIR/f");
  EXPECT_EQ(refusal_of_entry(R"({"dtype": "F32", "shape": [4]})"),
            "a: has no field \"data_offsets\" in DIR/f");
  EXPECT_EQ(refusal_of_entry(R"({"dtype": "F32", "data_offsets": [0, 16]})"),
            "a: has no field \"shape\" in DIR/f");
  EXPECT_EQ(refusal_of_entry(R"({"shape": [4], "data_offsets": [0, 16]})"),
            "a: has no field \"dtype\" in DIR/f");
  EXPECT_EQ(refusal_of_entry(R"({"dtype": "F32", "shape": [4], "shape": [4], "data_offsets": [0, 16]})"),
            "a: the field shape appears twice in DIR/f");
  EXPECT_EQ(refusal_of_entry(R"({"dtype": 32, "shape": [4], "data_offsets": [0, 16]})"),
            "a: dtype must be a string, not a number in DIR/f");
  EXPECT_EQ(refusal_of_entry(R"({"dtype": "F33", "shape": [4], "data_offsets": [0, 16]})"),
            "a: there is no dtype \"F33\" in DIR/f");
  EXPECT_EQ(refusal_of_entry(R"({"dtype": "F4", "shape": [31], "data_offsets": [0, 16]})"),
            "a: F4 [31] takes 15.5 bytes, but data_offsets give it 16 in DIR/f");
  EXPECT_EQ(refusal_of_header(R"({"two\nlines": 1})", 0),
            "two?lines: must be an object, not a number in DIR/f");
}

TEST(SafetensorsRefusal, Shape) {
  const auto with_shape = [](const std::string& shape) {
    return refusal_of_entry(R"({"dtype": "F32", "shape": )" + shape + R"(, "data_offsets": [0, 16]})");
  };
  EXPECT_EQ(with_shape("4"), "a: shape must be a list, not a number in DIR/f");
  EXPECT_EQ(with_shape("[4.0]"), "a: shape must be whole numbers from 0 to 2^63 - 1, not 4.0 in DIR/f");
  EXPECT_EQ(with_shape("[-4]"), "a: shape must be whole numbers from 0 to 2^63 - 1, not -4 in DIR/f");
  EXPECT_EQ(with_shape("[4.5]"), "a: shape must be whole numbers from 0 to 2^63 - 1, not 4.5 in DIR/f");
  EXPECT_EQ(with_shape("[\"4\"]"),
            "a: shape must be whole numbers from 0 to 2^63 - 1, not a string in DIR/f");
  EXPECT_EQ(with_shape("[[4]]"), "a: shape must be whole numbers from 0 to 2^63 - 1, not an array in DIR/f");
  EXPECT_EQ(with_shape("[9223372036854775808]"),
            "a: shape must be whole numbers from 0 to 2^63 - 1, not 9223372036854775808 in DIR/f");
  EXPECT_EQ(with_shape("[99999999999999999999]"),
            "a: shape must be whole numbers from 0 to 2^63 - 1, not 1e+20 in DIR/f");
  EXPECT_EQ(with_shape("[4294967296, 4294967296]"),
            "a: shape [4294967296, 4294967296] is too large in DIR/f");
  EXPECT_EQ(with_shape("[4611686018427387904]"), "a: shape [4611686018427387904] is too large in DIR/f");
  EXPECT_EQ(with_shape("[5]"), "a: F32 [5] takes 20 bytes, but data_offsets give it 16 in DIR/f");
  EXPECT_EQ(with_shape("[0]"), "a: F32 [0] takes 0 bytes, but data_offsets give it 16 in DIR/f");
}

TEST(SafetensorsRefusal, Offsets) {
  const auto with_offsets = [](const std::string& offsets) {
    return refusal_of_entry(R"({"dtype": "F32", "shape": [4], "data_offsets": )" + offsets + "}");
  };
  EXPECT_EQ(with_offsets("[0]"), "a: data_offsets must be 2 numbers, not 1 in DIR/f");
  EXPECT_EQ(with_offsets("[0, 8, 16]"), "a: data_offsets must be 2 numbers, not 3 in DIR/f");
  EXPECT_EQ(with_offsets("[-16, 0]"),
            "a: data_offsets must be whole numbers from 0 to 2^63 - 1, not -16 in DIR/f");
  EXPECT_EQ(with_offsets("[16, 0]"), "a: data_offsets are reversed: [16, 0] in DIR/f");
  EXPECT_EQ(with_offsets("[0, 15]"), "a: F32 [4] takes 16 bytes, but data_offsets give it 15 in DIR/f");
}

TEST(SafetensorsRefusal, Coverage) {
  const auto with_offsets = [](const std::string& a, const std::string& b, size_t data_bytes) {
    return refusal_of_header(R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": )" + a +
                                 R"(}, "b": {"dtype": "F32", "shape": [2], "data_offsets": )" + b + "}}",
                             data_bytes);
  };
  EXPECT_EQ(with_offsets("[0, 8]", "[4, 12]", 16),
            "b: its data begins at 4, inside that of another tensor, which ends at 8 in DIR/f");
  EXPECT_EQ(with_offsets("[8, 16]", "[8, 16]", 16),
            "a: bytes 0 to 8 before its data belong to no tensor in DIR/f");
  EXPECT_EQ(with_offsets("[12, 20]", "[0, 8]", 20),
            "a: bytes 8 to 12 before its data belong to no tensor in DIR/f");
  EXPECT_EQ(with_offsets("[0, 8]", "[8, 16]", 20), "header: the last 4 bytes belong to no tensor in DIR/f");
  const std::string truncated = with_offsets("[0, 8]", "[8, 16]", 15);
  EXPECT_TRUE(truncated.starts_with("header: the file is truncated (") &&
              truncated.ends_with("download or copy it again"))
      << truncated;
}

TEST(SafetensorsRefusal, TruncationTellsBothSizes) {
  const std::string bytes = safetensors_bytes(
      R"({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}})", std::string(16, 'x'));
  EXPECT_EQ(refusal(bytes.substr(0, bytes.size() - 1)),
            fmt::format("header: the file is truncated ({} bytes, the header promises {}) in DIR/f; download "
                        "or copy it again",
                        bytes.size() - 1, bytes.size()));
}

}  // namespace
}  // namespace radlads
