#include "io/torch_file.h"

#include <numeric>

#include <gtest/gtest.h>

#include "core/half.h"
#include "io/torch_bytes.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using Floats = std::vector<float>;

/// A file that tests/data/torch/make.py made with PyTorch.
TorchFile torch_made(const std::string& name) {
  return TorchFile(RADLADS_SOURCE_DIR "/tests/data/torch/" + name);
}

template <class Map>
std::vector<std::string> keys(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

/// The elements as floats, after checking that they may be read as their type.
Floats values(const TensorView& view) {
  EXPECT_EQ(reinterpret_cast<uintptr_t>(view.data) % size_of(view.dtype), 0u);
  Floats floats(static_cast<size_t>(view.size()));
  convert_to_float({view.data, view.num_bytes()}, view.dtype, floats);
  return floats;
}

/// 0, 1, 2 ...
Floats count(size_t size) {
  Floats floats(size);
  std::iota(floats.begin(), floats.end(), 0.0f);
  return floats;
}

void expect_tensor(const TorchFile& file, const std::string& name, const Shape& shape, const Floats& wanted,
                   DType dtype = DType::kF32) {
  ASSERT_TRUE(file.tensors().contains(name)) << name;
  const TensorView& view = file.tensors().at(name);
  EXPECT_EQ(view.dtype, dtype) << name;
  EXPECT_EQ(view.shape, shape) << name;
  EXPECT_EQ(values(view), wanted) << name;
}

TEST(TorchFile, ReadsEveryFloatingType) {
  const TorchFile file = torch_made("types.pth");
  EXPECT_EQ(file.path().filename(), "types.pth");
  EXPECT_EQ(file.tensors().size(), 6u);
  expect_tensor(file, "float", {2, 3}, count(6));
  expect_tensor(file, "double", {3}, count(3), DType::kF64);
  expect_tensor(file, "half", {5}, count(5), DType::kF16);
  expect_tensor(file, "bfloat16", {2, 1, 2}, count(4), DType::kBF16);
  expect_tensor(file, "scalar", {}, {1.5f});
  expect_tensor(file, "empty", {0, 3}, {});
}

TEST(TorchFile, ReadsViewsOfOneStorage) {
  const TorchFile file = torch_made("views.pth");
  EXPECT_EQ(file.tensors().size(), 11u);
  expect_tensor(file, "all", {24}, count(24));
  expect_tensor(file, "again", {24}, count(24));
  expect_tensor(file, "tail", {2, 3}, {18, 19, 20, 21, 22, 23});
  expect_tensor(file, "transposed", {6, 4},
                {0, 6, 12, 18, 1, 7, 13, 19, 2, 8, 14, 20, 3, 9, 15, 21, 4, 10, 16, 22, 5, 11, 17, 23});
  expect_tensor(file, "column", {4, 1}, {1, 7, 13, 19});
  expect_tensor(file, "row", {1, 6}, {12, 13, 14, 15, 16, 17});
  expect_tensor(file, "scalar", {}, {7});
  expect_tensor(file, "permuted", {4, 2, 3},
                {0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23});
  expect_tensor(file, "every_second", {12}, {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23});
  expect_tensor(file, "none", {0}, {});
  expect_tensor(file, "odd_stride", {1, 2, 1}, {3, 4});
}

TEST(TorchFile, CopiesOnlyWhatDoesNotLieInARow) {
  const TorchFile file = torch_made("views.pth");
  const std::byte* const storage = file.tensors().at("all").data;
  EXPECT_EQ(file.tensors().at("again").data, storage);
  EXPECT_EQ(file.tensors().at("tail").data, storage + 18 * sizeof(float));
  EXPECT_EQ(file.tensors().at("row").data, storage + 12 * sizeof(float));
  EXPECT_EQ(file.tensors().at("odd_stride").data, storage + 3 * sizeof(float));
  EXPECT_NE(file.tensors().at("column").data, storage + 1 * sizeof(float));
}

TEST(TorchFile, ReadsStateDictsAndParametersWithoutPrefixes) {
  for (const std::string name : {"state_dict.pth", "parameters.pth"}) {
    const TorchFile file = torch_made(name);
    EXPECT_EQ(keys(file.tensors()), (std::vector<std::string>{"bias", "weight"}));
    expect_tensor(file, "weight", {3, 2}, count(6));
    expect_tensor(file, "bias", {3}, count(3));
  }
}

TEST(TorchFile, IgnoresWhatHoldsNoTensorsAndKeepsOtherTypesApart) {
  const TorchFile file = torch_made("mixed.pth");
  EXPECT_EQ(keys(file.tensors()), std::vector<std::string>{"weight"});
  expect_tensor(file, "weight", {2}, count(2));
  EXPECT_EQ(file.others(), (std::map<std::string, std::string, std::less<>>{{"bool", "BoolStorage"},
                                                                            {"long", "LongStorage"}}));
}

TEST(TorchFile, ViewsOutliveAMove) {
  TorchFile file = torch_made("views.pth");
  const TensorView in_map = file.tensors().at("tail"), copied = file.tensors().at("column");
  const TorchFile moved = std::move(file);
  EXPECT_EQ(values(in_map), (Floats{18, 19, 20, 21, 22, 23}));
  EXPECT_EQ(values(copied), (Floats{1, 7, 13, 19}));
}

// zip allows any position; reading an unaligned float would be undefined.
TEST(TorchFile, UnalignedTensorsAreCopied) {
  const TempFolder folder;
  for (size_t padding = 0; padding < 8; ++padding) {
    std::vector<ZipPart> parts = torch_parts(dictionary("w", TensorParts().pickle()));
    parts[1].name = "a/padding";
    parts[1].bytes.assign(padding, ' ');
    expect_tensor(TorchFile(folder.write("f", zip_bytes(parts))), "w", {2, 2}, count(4));
    TensorParts scalar;
    scalar.shape = scalar.strides = {};
    scalar.offset = 3;
    parts[0].bytes = "\x80\x02" + dictionary("w", scalar.pickle()) + ".";
    expect_tensor(TorchFile(folder.write("f", zip_bytes(parts))), "w", {}, {3});
  }
}

TEST(TorchFile, ReadsZip64AndAComment) {
  const TempFolder folder;
  std::vector<ZipPart> parts = torch_parts(dictionary("w", TensorParts().pickle()));
  for (ZipPart& part : parts) part.is_64 = true;
  for (const bool is_64 : {false, true})
    expect_tensor(TorchFile(folder.write("f", zip_bytes(parts, is_64))), "w", {2, 2}, count(4));
  std::string bytes = zip_bytes(parts);
  bytes[bytes.size() - 2] = 3;
  expect_tensor(TorchFile(folder.write("f", bytes + "PK\x05")), "w", {2, 2}, count(4));
}

TEST(TorchFile, SizesOfZeroBeforeADataDescriptor) {
  const TempFolder folder;
  std::vector<ZipPart> parts = torch_parts(dictionary("w", TensorParts().pickle()));
  for (ZipPart& part : parts) {
    part.flags = 1 << 3;
    part.local_size = 0;
  }
  expect_tensor(TorchFile(folder.write("f", zip_bytes(parts))), "w", {2, 2}, count(4));
}

/// Writes tensors of these types, with the numbers 0, 1, 2 ... in each.
void write_counts(const fs::path& path, const std::vector<SafetensorsEntry>& entries) {
  std::vector<std::byte> bytes;
  write_torch_file(path, entries, [&](size_t i) {
    const auto size = static_cast<size_t>(num_elements(entries[i].shape));
    bytes.resize(size * size_of(entries[i].dtype));
    const Floats floats = count(size);
    if (entries[i].dtype == DType::kF64) {
      const std::vector<double> doubles(floats.begin(), floats.end());
      std::memcpy(bytes.data(), doubles.data(), bytes.size());
    } else {
      convert_from_float(floats, entries[i].dtype, bytes);
    }
    return std::span<const std::byte>(bytes);
  });
}

TEST(TorchFileWriter, WritesWhatTheReaderReads) {
  const TempFolder folder;
  write_counts(folder / "m.pth", {{"z", DType::kF32, {2, 3, 4}},
                                  {"a \"quoted\" é", DType::kBF16, {3}},
                                  {"half", DType::kF16, {1, 5}},
                                  {"double", DType::kF64, {2}},
                                  {"scalar", DType::kF32, {}},
                                  {"empty", DType::kF32, {3, 0, 7}}});
  EXPECT_EQ(folder.names(), std::vector<std::string>{"m.pth"});
  const TorchFile file(folder / "m.pth");
  EXPECT_EQ(file.tensors().size(), 6u);
  expect_tensor(file, "z", {2, 3, 4}, count(24));
  expect_tensor(file, "a \"quoted\" é", {3}, count(3), DType::kBF16);
  expect_tensor(file, "half", {1, 5}, count(5), DType::kF16);
  expect_tensor(file, "double", {2}, count(2), DType::kF64);
  expect_tensor(file, "scalar", {}, {0});
  expect_tensor(file, "empty", {3, 0, 7}, {});
}

TEST(TorchFileWriter, DataBeginsAtMultiplesOf64) {
  const TempFolder folder;
  std::vector<SafetensorsEntry> entries;
  for (int i = 0; i < 70; ++i) entries.push_back({std::string(1 + i, 'n'), DType::kF16, {i}});
  write_counts(folder / "m", entries);
  const TorchFile file(folder / "m");
  for (const auto& [name, view] : file.tensors())
    EXPECT_EQ(reinterpret_cast<uintptr_t>(view.data) % 64, 0u) << name.size();  // a map begins at a page
  EXPECT_EQ(file.tensors().size(), 70u);
}

// Their number needs a zip64 directory.
TEST(TorchFileWriter, WritesMoreThan65535Tensors) {
  const TempFolder folder;
  std::vector<SafetensorsEntry> entries;
  for (int i = 0; i < 70'000; ++i) entries.push_back({std::to_string(i), DType::kF16, {i % 3}});
  write_counts(folder / "m", entries);
  const TorchFile file(folder / "m");
  EXPECT_EQ(file.tensors().size(), 70'000u);
  expect_tensor(file, "69998", {2}, count(2), DType::kF16);
}

TEST(TorchFileWriter, TheSameTensorsGiveTheSameFile) {
  const TempFolder folder;
  for (const std::string name : {"a", "b"}) write_counts(folder / name, {{"w", DType::kF32, {2, 2}}});
  EXPECT_EQ(bytes_of(folder / "a"), bytes_of(folder / "b"));
}

TEST(TorchFileWriter, LeavesNothingIfATensorFails) {
  const TempFolder folder;
  const auto stop = [](size_t) -> std::span<const std::byte> { fail("stop"); };
  EXPECT_THROW(write_torch_file(folder / "m", {{"a", DType::kF32, {2}}}, stop), UserError);
  EXPECT_TRUE(folder.names().empty());
}

TEST(TorchFileWriter, MisuseIsABug) {
  const TempFolder folder;
  const auto write = [&](const std::vector<SafetensorsEntry>& entries) {
    write_torch_file(folder / "m", entries, [](size_t) { return std::span<const std::byte>(); });
  };
  EXPECT_THROW(write({{"a", DType::kF32, {0}}, {"a", DType::kF32, {0}}}), InternalError);
  EXPECT_THROW(write({{"a", DType::kF32, {1}}}), InternalError);
  EXPECT_THROW(write({{"a", DType::kI64, {0}}}), InternalError);
}

}  // namespace
}  // namespace radlads
