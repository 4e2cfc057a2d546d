#include "io/tensor_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "io/safetensors_bytes.h"
#include "support/random_floats.h"
#include "support/shared_folder.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Names = std::vector<std::string>;

const char* const kIndexName = "model.safetensors.index.json";

/// A file with tensors of one byte: the names' first letters.
std::string shard_of(const Names& names) {
  json header = json::object();
  std::string data;
  for (const std::string& name : names) {
    header[name] = {{"dtype", "U8"}, {"shape", {1}}, {"data_offsets", {data.size(), data.size() + 1}}};
    data += name[0];
  }
  return safetensors_bytes(header.dump(), data);
}

char value_of(const TensorView& view) { return static_cast<char>(view.data[0]); }

std::string refusal(const TempFolder& folder) {
  return user_error(folder, [&] { TensorFolder{folder.path()}; });
}

TEST(TensorFolder, ReadsASingleFile) {
  const TempFolder folder;
  folder.write("model.safetensors", shard_of({"a", "b"}));
  const TensorFolder tensors(folder.path());
  EXPECT_EQ(tensors.tensors().size(), 2u);
  EXPECT_EQ(value_of(tensors.at("b")), 'b');
  EXPECT_EQ(tensors.file_of("a"), folder / "model.safetensors");
  EXPECT_EQ(tensors.folder(), folder.path());
  EXPECT_EQ(tensors.find("c"), nullptr);
  EXPECT_EQ(user_error(folder, [&] { tensors.at("c"); }), "[load_model] c: no such tensor in DIR");
  EXPECT_THROW(tensors.file_of("c"), InternalError);
}

TEST(TensorFolder, ReadsShards) {
  const TempFolder folder;
  folder.write("one", shard_of({"a", "c"}));
  folder.write("two", shard_of({"b"}));
  folder.write(kIndexName,
               R"({"metadata": {"total_size": 3}, "weight_map": {"a": "one", "b": "two", "c": "one"}})");
  const TensorFolder tensors(folder.path());
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(value_of(tensors.at(name)), name[0]);
  EXPECT_EQ(tensors.file_of("b"), folder / "two");
}

TEST(TensorFolder, RefusesAFolderWithoutAModel) {
  const TempFolder folder;
  EXPECT_EQ(
      refusal(folder),
      "[load_model] DIR: found neither model.safetensors nor an index; convert the model to safetensors");
  folder.write("model-00001-of-00002.safetensors", "");
  EXPECT_EQ(refusal(folder),
            "[load_model] DIR: model.safetensors.index.json is missing, which says what the shards contain; "
            "download "
            "or copy it");
  folder.write("adapter_config.json", "{}");
  EXPECT_EQ(refusal(folder),
            "[load_model] DIR: is an adapter: merge it into its model first (PEFT: merge_and_unload)");
  EXPECT_EQ(user_error(folder, [&] { TensorFolder(folder / "none"); }),
            "[load_model] DIR/none: no such folder; download the model first");
}

TEST(TensorFolder, RefusesABadIndex) {
  const TempFolder folder;
  folder.write("one", shard_of({"a"}));
  const auto with_index = [&](std::string_view text) {
    folder.write(kIndexName, text);
    return refusal(folder);
  };
  const std::string in_index = " in DIR/model.safetensors.index.json";
  EXPECT_EQ(with_index("{"), "[load_model] index: the JSON is cut off after byte 1" + in_index);
  for (const char* text : {"[]", "{}", R"({"weight_map": ["a"]})"}) {
    EXPECT_EQ(with_index(text), "[load_model] index: has no object \"weight_map\"" + in_index);
  }
  EXPECT_EQ(with_index(R"({"weight_map": {"a": 1}})"),
            "[load_model] a: its shard must be a string, not a number" + in_index);
  EXPECT_EQ(with_index(R"({"weight_map": {"a": "one"}} x)"),
            "[load_model] index: invalid JSON: unexpected 'x' at byte 30" + in_index);
  EXPECT_EQ(with_index(R"({"weight_map": {"a": "one", "a": "two"}})"),
            "[load_model] a: appears twice" + in_index);
  for (const std::string name : {"", ".", "..", "../one", "/etc/passwd", "one/../one", "./one"}) {
    EXPECT_EQ(with_index(fmt::format(R"({{"weight_map": {{"a": "{}"}}}})", name)),
              fmt::format("[load_model] a: its shard \"{}\" is not a plain file name{}", name, in_index));
  }
  EXPECT_EQ(with_index(R"({"weight_map": {"a": "one\u0000"}})"),
            "[load_model] a: its shard \"one?\" is not a plain file name" + in_index);
}

TEST(TensorFolder, RefusesShardsThatAreMissingOrBad) {
  const TempFolder folder;
  folder.write("one", shard_of({"a"}));
  folder.write("two", shard_of({"b"}));
  const auto with_map = [&](std::string_view map) {
    folder.write(kIndexName, fmt::format(R"({{"weight_map": {}}})", map));
    return refusal(folder);
  };
  const std::string index = "DIR/model.safetensors.index.json";
  EXPECT_EQ(with_map(R"({"a": "one", "b": "two"})"), "");
  EXPECT_EQ(with_map(R"({"a": "one", "b": "three"})"),
            "[load_model] three: missing in DIR, though the index lists it; download or copy it");
  folder.write("two", "");
  EXPECT_EQ(with_map(R"({"a": "one", "b": "two"})"),
            "[load_safetensors] header: the file is truncated (0 bytes, the header promises 8) in DIR/two; "
            "download or "
            "copy it again");
}

TEST(TensorFolder, TakesWhatTheShardsHoldWhateverTheIndexSays) {
  const TempFolder folder;
  folder.write("one", shard_of({"a", "extra"}));
  folder.write("two", shard_of({"b"}));
  folder.write(kIndexName, R"({"weight_map": {"a": "two", "b": "two", "x": "one", "head": "two"}})");
  const TensorFolder tensors(folder.path());
  for (const std::string name : {"a", "b", "extra"}) EXPECT_EQ(value_of(tensors.at(name)), name[0]);
  EXPECT_EQ(tensors.file_of("a"), folder / "one");
  EXPECT_EQ(tensors.find("head"), nullptr);
  EXPECT_EQ(tensors.missing(),
            (std::map<std::string, std::string, std::less<>>{{"head", "two"}, {"x", "one"}}));
}

TEST(TensorFolder, OfATensorThatLiesTwiceTheLaterShardsCounts) {
  const TempFolder folder;
  const auto with_shards = [&](const std::string& one, const std::string& two) {
    folder.write("one", one);
    folder.write("two", two);
    folder.write(kIndexName, R"({"weight_map": {"a": "one", "b": "two"}})");
    testing::internal::CaptureStderr();
    const TensorFolder tensors(folder.path());
    EXPECT_EQ(tensors.file_of("a"), folder / "two");
    return std::string{value_of(tensors.at("a"))} + testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(with_shards(shard_of({"a"}), shard_of({"a", "b"})), "a") << "equal: nothing to say";
  std::string other = shard_of({"a", "b"});
  other[other.size() - 2] = 'z';
  const std::string said = with_shards(shard_of({"a"}), other);
  EXPECT_EQ(said[0], 'z');
  EXPECT_NE(said.find("warning: a: one and two have different values in"), std::string::npos) << said;
}

TEST(TensorFolder, ATensorMayBeMadeFromAnother) {
  const TempFolder folder;
  folder.write("model.safetensors", shard_of({"a"}));
  TensorFolder tensors(folder.path());
  tensors.derive("b", tensors.at("a"), "a");
  EXPECT_EQ(value_of(tensors.at("b")), 'a');
  EXPECT_EQ(tensors.file_of("b"), folder / "model.safetensors");
  EXPECT_EQ(user_error(folder, [&] { tensors.derive("b", tensors.at("a"), "a"); }),
            "[load_model] b: a is the same tensor by another name, in DIR");

  std::byte* const copy = tensors.own(1);
  *copy = std::byte{'c'};
  TensorView view = tensors.at("a");
  view.data = copy;
  tensors.derive("c", view, "a");
  EXPECT_EQ(value_of(tensors.at("c")), 'c');
  Shape shape = view.shape;
  shape.insert(shape.begin(), 1);
  tensors.reshape("c", shape);
  EXPECT_EQ(tensors.at("c").shape, shape);
  tensors.erase("a");
  tensors.erase("nothing");
  EXPECT_EQ(tensors.find("a"), nullptr);
  EXPECT_EQ(value_of(tensors.at("c")), 'c');
}

TEST(TensorFolder, ATensorOfAnotherTypeIsRefusedWhereItIsWanted) {
  const TempFolder folder;
  folder.write(
      "model.safetensors",
      safetensors_bytes(R"({"a": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [0, 2]}})", "xy"));
  const TensorFolder tensors(folder.path());
  EXPECT_EQ(user_error(folder, [&] { tensors.find("a"); }),
            "[load_model] a: dtype F8_E4M3 is not supported in DIR; convert it to F32, BF16 or F16");
}

/// Writes tensors of these sizes (in floats) and reads them back.
void write_and_compare(const TempFolder& folder, const std::vector<int64_t>& sizes,
                       uint64_t max_shard_bytes) {
  std::vector<SafetensorsEntry> entries;
  std::vector<std::vector<float>> values;
  for (size_t i = 0; i < sizes.size(); ++i) {
    entries.push_back({fmt::format("t{}", sizes.size() - i), DType::kF32, {sizes[i]}});
    values.push_back(random_floats(entries.back().name, sizes[i]));
  }
  write_tensor_folder(
      folder.path(), entries, [&](size_t i) { return std::as_bytes(std::span(values[i])); }, max_shard_bytes);
  const TensorFolder tensors(folder.path());
  ASSERT_EQ(tensors.tensors().size(), entries.size());
  for (size_t i = 0; i < sizes.size(); ++i) {
    const auto got = tensors.at(entries[i].name).f32();
    EXPECT_EQ(std::vector<float>(got.begin(), got.end()), values[i]);
  }
}

TEST(WriteTensorFolder, WritesASingleFileWhileItFits) {
  const TempFolder folder;
  write_and_compare(folder, {3, 5, 2}, 40);
  EXPECT_EQ(folder.names(), Names{"model.safetensors"});
  EXPECT_EQ(Safetensors(folder / "model.safetensors").metadata().at("format"), "pt");
}

TEST(WriteTensorFolder, FillsShardsInOrder) {
  const TempFolder folder;
  write_and_compare(folder, {3, 5, 2, 20, 0, 1, 8, 2}, 40);
  EXPECT_EQ(folder.names(),
            (Names{"model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors",
                   "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors", kIndexName}));
  const json index = json::parse(bytes_of(folder / kIndexName));
  EXPECT_EQ(index["metadata"]["total_size"], 4 * 41);
  const char* const shards[] = {"1", "1", "1", "2", "3", "3", "3", "4"};
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(index["weight_map"][fmt::format("t{}", 8 - i)],
              fmt::format("model-0000{}-of-00004.safetensors", shards[i]));
  }
}

TEST(WriteTensorFolder, ATooLargeTensorHasAShardOfItsOwn) {
  const TempFolder folder;
  write_and_compare(folder, {20, 1}, 40);
  EXPECT_EQ(folder.names(),
            (Names{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", kIndexName}));
}

TEST(WriteTensorFolder, NoOlderFileHidesTheShards) {
  const TempFolder folder;
  write_and_compare(folder, {4}, 40);
  write_and_compare(folder, {8, 8}, 40);
  EXPECT_FALSE(fs::exists(folder / "model.safetensors"));
  write_and_compare(folder, {5}, 40);
}

TEST(WriteTensorFolder, AModelWithoutTensorsIsAFile) {
  const TempFolder folder;
  write_and_compare(folder, {}, 40);
  EXPECT_EQ(folder.names(), Names{"model.safetensors"});
}

TEST(TensorFolder, ReadsTheSharedTeachers) {
  const fs::path teacher = shared_folder() / "data/teachers/stories260K";
  if (!fs::exists(teacher)) GTEST_SKIP() << teacher << " is missing";
  EXPECT_TRUE(is_floating(TensorFolder(teacher).at("model.embed_tokens.weight").dtype));
}

}  // namespace
}  // namespace radlads
