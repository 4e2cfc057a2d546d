// Thousands of damaged files: each is read or refused by a UserError of one line; nothing else may happen.
#include "io/damage.h"

#include <set>

#include <gtest/gtest.h>

#include "io/binidx.h"
#include "io/binidx_bytes.h"
#include "io/compressed.h"
#include "io/safetensors.h"
#include "io/safetensors_bytes.h"
#include "io/tensor_folder.h"
#include "io/text_source.h"
#include "io/torch_bytes.h"
#include "io/torch_file.h"
#include "io/touch.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

constexpr int kRounds = 3000;

/// Damages `bytes` again and again, writes them to `name` and calls `read`. Returns the distinct refusals up
/// to the subject's end, so that a test can see that it reached many checks.
template <class Read>
std::set<std::string> refusals_of_damage(const TempFolder& folder, const std::string& name,
                                         const std::string& bytes, Read read) {
  Random random(7, Random::stream_of(name));
  std::set<std::string> refusals;
  for (int round = 0; round < kRounds; ++round) {
    folder.write(name, damaged(bytes, random));
    const std::string message = user_error(folder, read);
    EXPECT_EQ(message.find_first_of("\n\r"), std::string::npos) << message;
    if (!message.empty()) refusals.insert(message.substr(0, 50));
  }
  return refusals;
}

std::string good_safetensors() {
  return safetensors_bytes(
      R"({"__metadata__": {"format": "pt"}, "b": {"dtype": "F32", "shape": [2, 3],)"
      R"( "data_offsets": [8, 32]}, "a": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}} )",
      std::string(32, 'x'));
}

TEST(Damage, Safetensors) {
  const TempFolder folder;
  const auto refusals = refusals_of_damage(folder, "f", good_safetensors(), [&] {
    const Safetensors file(folder / "f");
    for (const auto& [name, view] : file.tensors()) touch(view);
  });
  EXPECT_GT(refusals.size(), 200u);
}

TEST(Damage, TensorFolderIndex) {
  const TempFolder folder;
  folder.write("shard-1", good_safetensors());
  folder.write("shard-2",
               safetensors_bytes(R"({"c": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}})", "x"));
  const std::string index =
      R"({"metadata": {"total_size": 33}, "weight_map": {"a": "shard-1", "b": "shard-1", "c": "shard-2"}})";
  const auto refusals = refusals_of_damage(folder, "model.safetensors.index.json", index, [&] {
    const TensorFolder tensors(folder.path());
    for (const auto& [name, view] : tensors.tensors()) touch(view);
  });
  EXPECT_GT(refusals.size(), 100u);
}

void read_torch_file(const std::filesystem::path& path) {
  const TorchFile file(path);
  for (const auto& [name, view] : file.tensors()) touch(view);
}

TEST(Damage, TorchFile) {
  for (const std::string name : {"types.pth", "views.pth", "mixed.pth"}) {
    const TempFolder folder;
    const std::string bytes = bytes_of(RADLADS_SOURCE_DIR "/tests/data/torch/" + name);
    const auto refusals = refusals_of_damage(folder, name, bytes, [&] { read_torch_file(folder / name); });
    EXPECT_GT(refusals.size(), 50u) << name;
  }
}

// The pickle alone, in an archive that is whole.
TEST(Damage, Pickle) {
  const TempFolder folder;
  const TensorParts transposed{{2, 2}, {1, 2}};
  const std::string pickle = "\x80\x02" + dictionary("w", transposed.pickle() + "q" + '\0') +
                             pickled("list") + "](NK\5e" + "s" + pickled("again") + "h" + '\0' + "s.";
  Random random(7, Random::stream_of("pickle"));
  std::set<std::string> refusals;
  std::vector<ZipPart> parts = torch_parts("");
  for (int round = 0; round < kRounds; ++round) {
    parts[0].bytes = damaged(pickle, random);
    folder.write("f", zip_bytes(parts));
    refusals.insert(user_error(folder, [&] { read_torch_file(folder / "f"); }));
  }
  EXPECT_GT(refusals.size(), 100u);
}

TEST(Damage, BinidxIndex) {
  const TempFolder folder;
  folder.write("t.bin", std::string(12, 'x'));
  const auto refusals = refusals_of_damage(folder, "t.idx", IndexParts{}.bytes(), [&] {
    const Binidx file(folder / "t");
    std::vector<int32_t> tokens(static_cast<size_t>(file.num_tokens()));
    file.read(0, tokens);
  });
  EXPECT_GT(refusals.size(), 100u);
}

const std::string kJsonLines =
    "{\"text\": \"first \\u00e9\\n\", \"id\": 12}\r\n\n{\"id\": [3.5e1, null], \"text\": \"second "
    "é\"}\n{\"text\":\"third\"}";

TEST(Damage, JsonLines) {
  for (const std::string name : {"a.jsonl", "a.jsonl.gz", "a.jsonl.zst"}) {
    const TempFolder folder;
    const std::string bytes = name.ends_with("gz")    ? gzip(kJsonLines) + gzip("\n")
                              : name.ends_with("zst") ? zstd(kJsonLines) + zstd("\n")
                                                      : kJsonLines;
    const auto refusals = refusals_of_damage(folder, name, bytes, [&] { read_documents({{folder / name}}); });
    EXPECT_GT(refusals.size(), name == "a.jsonl" ? 50u : 3u) << name;
  }
}

}  // namespace
}  // namespace radlads
