#include "io/safetensors.h"

#include <chrono>
#include <numeric>
#include <tuple>

#include <gtest/gtest.h>

#include "io/safetensors_bytes.h"
#include "support/random_floats.h"
#include "support/shared_folder.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using Metadata = std::map<std::string, std::string>;

std::string bytes_of(const TensorView& view) {
  return {reinterpret_cast<const char*>(view.data), view.num_bytes()};
}

TEST(Safetensors, ReadsTensorsAndMetadata) {
  const TempFolder folder;
  const Safetensors file(folder.write("a", safetensors_bytes(R"({"__metadata__": {"format": "pt"},
      "b": {"dtype": "U8", "shape": [3], "data_offsets": [8, 11]},
      "a": {"data_offsets": [0, 8], "shape": [1, 2, 1], "dtype": "I32"}} )",
                                                             "abcdefghxyz")));
  ASSERT_EQ(file.tensors().size(), 2u);
  EXPECT_EQ(file.metadata(), (Metadata{{"format", "pt"}}));
  const TensorView& a = file.tensors().at("a");
  EXPECT_EQ(a.dtype, DType::kI32);
  EXPECT_EQ(a.shape, (Shape{1, 2, 1}));
  EXPECT_EQ(bytes_of(a), "abcdefgh");
  EXPECT_EQ(bytes_of(file.tensors().at("b")), "xyz");
}

TEST(Safetensors, TakesHeadersAsTheReferenceDoes) {
  const TempFolder folder;
  const auto read = [&](const std::string& header) {
    const Safetensors file(folder.write("a", safetensors_bytes(header, "xy")));
    EXPECT_EQ(bytes_of(file.tensors().at("a")), "xy") << header;
    return file.metadata();
  };
  const std::string a = R"("a": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2])";
  EXPECT_EQ(read("\n\t {" + a + "}} \r\n"), Metadata{});
  EXPECT_EQ(read(R"({"__metadata__": null, )" + a + "}}"), Metadata{});
  EXPECT_EQ(read(R"({"__metadata__": {}, )" + a + "}}"), Metadata{});
  EXPECT_EQ(read("{" + a + R"(, "note": [{"x": null}]}})"), Metadata{});
}

TEST(Safetensors, OtherTypesAreKeptApart) {
  const TempFolder folder;
  for (const auto& [type, shape, bytes] :
       std::vector<std::tuple<std::string, int, size_t>>{{"F4", 6, 3},
                                                         {"F6_E2M3", 4, 3},
                                                         {"F6_E3M2", 4, 3},
                                                         {"F8_E4M3", 3, 3},
                                                         {"F8_E5M2", 3, 3},
                                                         {"F8_E8M0", 3, 3},
                                                         {"F8_E4M3FNUZ", 3, 3},
                                                         {"F8_E5M2FNUZ", 3, 3},
                                                         {"U16", 3, 6},
                                                         {"U32", 3, 12},
                                                         {"U64", 3, 24},
                                                         {"C64", 3, 24}}) {
    const std::string header =
        fmt::format(R"({{"b": {{"dtype": "{}", "shape": [{}], "data_offsets": [0, {}]}},
                      "a": {{"dtype": "U8", "shape": [1], "data_offsets": [{}, {}]}}}})",
                    type, shape, bytes, bytes, bytes + 1);
    const Safetensors file(folder.write("a", safetensors_bytes(header, std::string(bytes, '\0') + "x")));
    EXPECT_EQ(file.tensors().size(), 1u);
    EXPECT_EQ(bytes_of(file.tensors().at("a")), "x");
    EXPECT_EQ(file.others().at("b"), type);
  }
}

TEST(Safetensors, ReadingAHeaderTakesTimeInProportionToIt) {
  const TempFolder folder;
  const auto seconds = [&](int count) {
    std::string header = "{";
    for (int i = 0; i < count; ++i) {
      header += fmt::format(
          R"({}"model.layers.{}.mlp.experts.gate_proj.weight": {{"dtype":"F32","shape":[0,7],"data_offsets":[0,0]}})",
          i > 0 ? "," : "", i);
    }
    const auto path = folder.write("a", safetensors_bytes(header + "}", ""));
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(Safetensors(path).tensors().size(), static_cast<size_t>(count));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  EXPECT_LT(seconds(100'000), 5) << "far above what it takes, far below a quadratic reader's minute";
}

TEST(Safetensors, ScalarsEmptyTensorsAndEmptyFiles) {
  const TempFolder folder;
  const Safetensors file(folder.write("a", safetensors_bytes(R"({
      "empty": {"dtype": "F32", "shape": [3, 0], "data_offsets": [4, 4]},
      "first": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]},
      "scalar": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}})",
                                                             std::string(4, '\0'))));
  EXPECT_EQ(file.tensors().at("empty").size(), 0);
  EXPECT_EQ(file.tensors().at("scalar").f32()[0], 0.0f);
  EXPECT_TRUE(Safetensors(folder.write("b", safetensors_bytes("{}", ""))).tensors().empty());
}

TEST(Safetensors, AllDtypes) {
  for (const DType dtype : {DType::kF64, DType::kF32, DType::kBF16, DType::kF16, DType::kI64, DType::kI32,
                            DType::kI16, DType::kI8, DType::kU8, DType::kBool}) {
    const TempFolder folder;
    const std::string header =
        fmt::format(R"({{"a": {{"dtype": "{}", "shape": [2], "data_offsets": [0, {}]}}}})",
                    safetensors_name(dtype), 2 * size_of(dtype));
    const Safetensors file(
        folder.write("a", safetensors_bytes(header, std::string(2 * size_of(dtype), 'x'))));
    EXPECT_EQ(file.tensors().at("a").dtype, dtype);
  }
}

// The format allows any position; reading an unaligned float would be undefined.
TEST(Safetensors, UnalignedTensorsAreCopied) {
  const TempFolder folder;
  const std::vector<float> values = random_floats("values", 5);
  const std::string data(reinterpret_cast<const char*>(values.data()), 20);
  std::string header = R"({"a": {"dtype": "F32", "shape": [5], "data_offsets": [0, 20]}})";
  for (int padding = 0; padding < 8; ++padding, header += ' ') {
    const Safetensors file(folder.write("a", safetensors_bytes(header, data)));
    const auto floats = file.tensors().at("a").f32();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(floats.data()) % alignof(float), 0u);
    EXPECT_EQ(std::vector<float>(floats.begin(), floats.end()), values);
  }
}

TEST(Safetensors, ViewsOutliveAMove) {
  const TempFolder folder;
  Safetensors file(folder.write(
      "a", safetensors_bytes(R"({"a": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}})", "ok")));
  const TensorView view = file.tensors().at("a");
  const Safetensors moved = std::move(file);
  EXPECT_EQ(bytes_of(view), "ok");
}

std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(SafetensorsWriter, WritesWhatTheReaderReads) {
  const TempFolder folder;
  const std::vector<SafetensorsEntry> entries = {
      {"z", DType::kF32, {2, 2}}, {"a \"quoted\" é", DType::kBF16, {3}}, {"none", DType::kF32, {0, 7}}};
  SafetensorsWriter writer(folder / "m.safetensors", entries, {{"format", "pt"}});
  writer.append(as_bytes("0123456789abcdef"));
  EXPECT_FALSE(fs::exists(folder / "m.safetensors"));
  writer.append(as_bytes("uvwxyz"));
  writer.append({});
  writer.commit();
  EXPECT_EQ(folder.names(), std::vector<std::string>{"m.safetensors"});

  const Safetensors file(folder / "m.safetensors");
  EXPECT_EQ(file.metadata(), (Metadata{{"format", "pt"}}));
  ASSERT_EQ(file.tensors().size(), 3u);
  EXPECT_EQ(bytes_of(file.tensors().at("z")), "0123456789abcdef");
  EXPECT_EQ(bytes_of(file.tensors().at("a \"quoted\" é")), "uvwxyz");
  EXPECT_EQ(file.tensors().at("none").shape, (Shape{0, 7}));
}

TEST(SafetensorsWriter, DataBeginsAtAMultipleOf64) {
  const TempFolder folder;
  for (size_t length = 1; length <= 64; ++length) {
    SafetensorsWriter writer(folder / "m", {{std::string(length, 'n'), DType::kU8, {1}}}, {});
    writer.append(as_bytes("x"));
    writer.commit();
    const std::string bytes = radlads::bytes_of(folder / "m");
    EXPECT_EQ((bytes.size() - 1) % 64, 0u);
    EXPECT_EQ(bytes[8], '{');
    EXPECT_EQ(Safetensors(folder / "m").tensors().begin()->first.size(), length);
  }
}

TEST(SafetensorsWriter, LeavesNothingWithoutCommit) {
  const TempFolder folder;
  { SafetensorsWriter(folder / "m", {{"a", DType::kU8, {2}}}, {}).append(as_bytes("ok")); }
  EXPECT_TRUE(folder.names().empty());
}

TEST(SafetensorsWriter, MisuseIsABug) {
  const TempFolder folder;
  const auto make = [&](std::vector<SafetensorsEntry> entries) {
    return SafetensorsWriter(folder / "m", std::move(entries), {});
  };
  EXPECT_THROW(make({{"a", DType::kU8, {1}}, {"a", DType::kU8, {1}}}), InternalError);
  EXPECT_THROW(make({{"__metadata__", DType::kU8, {1}}}), InternalError);
  SafetensorsWriter writer = make({{"a", DType::kU8, {2}}});
  EXPECT_THROW(writer.append(as_bytes("one")), InternalError);
  EXPECT_THROW(make({{"a", DType::kU8, {2}}}).commit(), InternalError);
  EXPECT_THROW(make({}).append({}), InternalError);
}

TEST(Safetensors, ReadsAllSharedFiles) {
  if (!fs::exists(shared_folder())) GTEST_SKIP() << shared_folder() << " is missing";
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(shared_folder())) {
    if (entry.path().extension() != ".safetensors") continue;
    const Safetensors file(entry.path());
    EXPECT_FALSE(file.tensors().empty()) << entry.path();
    ++count;
  }
  EXPECT_GT(count, 50);
}

}  // namespace
}  // namespace radlads
