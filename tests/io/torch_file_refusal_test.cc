// What the reader says of every kind of bad file.

#include <gtest/gtest.h>

#include "io/torch_bytes.h"
#include "io/torch_file.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

using namespace std::string_literals;

constexpr std::string_view kSaveStateDict = "torch.save(model.state_dict(), FILE)";

std::string refusal(const TempFolder& folder, const std::filesystem::path& path) {
  const std::string message = user_error(folder, [&] { TorchFile file(path); });
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  return message;
}

/// The message for a file of these bytes, without the part that all have in common.
std::string refusal(std::string_view bytes) {
  const TempFolder folder;
  const std::string message = refusal(folder, folder.write("f", bytes)), prefix = "[torch_file] DIR/f: ";
  EXPECT_TRUE(message.starts_with(prefix)) << message;
  return message.substr(std::min(message.size(), prefix.size()));
}

std::string refusal_of_value(const std::string& value) { return refusal(zip_bytes(torch_parts(value))); }
std::string refusal_of_tensor(const TensorParts& tensor) {
  return refusal_of_value(dictionary("w", tensor.pickle()));
}

/// The message for a file that tests/data/torch/make.py made with PyTorch.
std::string refusal_of_made(const std::string& name) {
  const TempFolder folder;
  const std::string path = RADLADS_SOURCE_DIR "/tests/data/torch/" + name;
  return refusal(folder, path).substr(("[torch_file] " + path + ": ").size());
}

TEST(TorchFileRefusal, FilesOfPyTorch) {
  EXPECT_EQ(
      refusal_of_made("module.pth"),
      "names \"torch.nn.modules.linear.Linear\", which tensors do not need and which is never run; save the "
      "state dict alone: torch.save(model.state_dict(), FILE)");
  EXPECT_EQ(refusal_of_made("nested.pth"),
            "its key \"model\" holds tensors one level further down; save that alone: "
            "torch.save(torch.load(FILE)[\"model\"], OTHER)");
  EXPECT_EQ(refusal_of_made("expanded.pth"),
            "weight is expanded: it repeats elements; save a copy of it, tensor.contiguous()");
  EXPECT_EQ(
      refusal_of_made("list.pth"),
      "holds no dictionary of names and tensors; save the state dict: torch.save(model.state_dict(), FILE)");
  EXPECT_EQ(refusal_of_made("protocol.pth"),
            "its data.pkl has the pickle protocol 4, not 2; save it again with torch.save without "
            "pickle_protocol");
  EXPECT_EQ(
      refusal_of_made("old.pth"),
      "has the format of PyTorch before 1.6; load it with torch.load and save it again with torch.save");
}

TEST(TorchFileRefusal, NoZipArchive) {
  constexpr std::string_view kOther =
      "is not a zip archive ({} bytes), as torch.save writes; give a .pth or .pt "
      "file, or download or copy it again";
  EXPECT_EQ(refusal(""), fmt::format(kOther, 0));
  EXPECT_EQ(refusal("\x80\x02}."), fmt::format(kOther, 4));
  EXPECT_EQ(refusal("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"),
            "is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`");
  EXPECT_EQ(refusal("PK\x03\x04"),
            "is cut off: the end of a zip archive is missing (4 bytes); download or copy it again");
  EXPECT_EQ(refusal(zip_bytes({{"a/constants.pkl", ""}})),
            "is a zip archive without data.pkl; give a file that torch.save wrote");
}

TEST(TorchFileRefusal, Truncation) {
  const std::string bytes = zip_bytes(torch_parts(dictionary("w", TensorParts().pickle())), /*is_64=*/true);
  for (size_t size = 4; size < bytes.size(); ++size)
    EXPECT_NE(refusal(bytes.substr(0, size)).find("download or copy it again"), std::string::npos) << size;
}

TEST(TorchFileRefusal, Entries) {
  const auto with = [](size_t index, void (*change)(ZipPart&)) {
    std::vector<ZipPart> parts = torch_parts(dictionary("w", TensorParts().pickle()));
    change(parts[index]);
    return refusal(zip_bytes(parts));
  };
  EXPECT_EQ(
      with(2, [](ZipPart& part) { part.method = part.local_method = 8; }),
      "its entry \"a/data/0\" is compressed (method 8), which torch.save does not do; load the file with "
      "torch.load and save it again with torch.save");
  EXPECT_EQ(with(0, [](ZipPart& part) { part.flags = 1; }),
            "its entry \"a/data.pkl\" is encrypted; decrypt the archive, or save it again with torch.save");
  EXPECT_EQ(with(1, [](ZipPart& part) { part.name = "a/data.pkl"; }),
            "its entry \"a/data.pkl\" appears twice; save the file again with torch.save");
  EXPECT_EQ(
      with(1, [](ZipPart& part) { part.bytes = "big"; }),
      "has numbers in another order of bytes than little-endian; load it with torch.load and save it again "
      "with torch.save");
  EXPECT_EQ(with(2, [](ZipPart& part) { part.name = "a/data/1"; }),
            "w has its data in \"0\", which is missing; download or copy it again");
  EXPECT_EQ(with(2, [](ZipPart& part) { part.size = 100'000; }),
            "its entry \"a/data/0\" ends beyond the entries of the archive; download or copy the file again");
  EXPECT_EQ(with(2, [](ZipPart& part) { part.size = 0xffffffff; }),
            "its entry \"a/data/0\" lacks its zip64 sizes; download or copy it again");
  for (const uint64_t begin : {uint64_t{1}, uint64_t{1'000'000}, UINT64_MAX - 3}) {
    std::vector<ZipPart> parts = torch_parts("");
    parts[2].begin = begin;
    parts[2].is_64 = true;
    EXPECT_EQ(refusal(zip_bytes(parts)),
              "its entry \"a/data/0\" is not where the zip directory says; download or copy the file again");
  }
  constexpr std::string_view kContradicts =
      "its entry \"a/data/0\" has a header that contradicts the zip directory; download or copy the file "
      "again";
  EXPECT_EQ(with(2, [](ZipPart& part) { part.local_name = "a/data/1"; }), kContradicts);
  EXPECT_EQ(with(2, [](ZipPart& part) { part.local_method = 8; }), kContradicts);
  EXPECT_EQ(with(2, [](ZipPart& part) { part.local_size = 12; }), kContradicts);
  EXPECT_EQ(with(2, [](ZipPart& part) { part.size = 12; }), kContradicts);
}

TEST(TorchFileRefusal, EndRecords) {
  const std::string bytes = zip_bytes(torch_parts(dictionary("w", TensorParts().pickle())), /*is_64=*/true);
  const auto with = [&](size_t from_end, uint64_t value) {
    std::string changed = bytes;
    std::memcpy(changed.data() + changed.size() - from_end, &value, sizeof value);
    return refusal(changed);
  };
  constexpr size_t kLocatorPlace = 22 + 12, kBegin = 22 + 20 + 8, kSize = kBegin + 8, kCount = kSize + 8;
  constexpr std::string_view kElsewhere =
      "is damaged: its zip directory is not where the archive says; download or copy it again";
  for (const uint64_t extreme : {uint64_t{1} << 40, UINT64_MAX}) {
    EXPECT_EQ(with(kLocatorPlace, extreme),
              "is damaged: the end of its zip64 directory is not where the archive says; download or copy it "
              "again");
    EXPECT_EQ(with(kBegin, extreme), kElsewhere);
    EXPECT_EQ(with(kSize, extreme), kElsewhere);
    EXPECT_EQ(with(kCount, extreme), kElsewhere);
  }
  EXPECT_EQ(with(kBegin, 0),
            "is damaged: its zip directory has no entry where one should be; download or copy it again");
  EXPECT_EQ(with(kCount, 2),
            "is damaged: its zip directory has more than the entries it counts; download or copy it again");
}

TEST(TorchFileRefusal, Names) {
  const auto named = [](const std::string& module, const std::string& name) {
    return refusal_of_value(dictionary("w", "c" + module + "\n" + name + "\n(" + pickled("id") + "tR"));
  };
  EXPECT_EQ(
      named("os", "system"),
      "names \"os.system\", which tensors do not need and which is never run; save the state dict alone: "
      "torch.save(model.state_dict(), FILE)");
  for (const std::string module : {"builtins", "__builtin__", "torch", "torch._utils", "collections", ""})
    EXPECT_TRUE(named(module, "eval").starts_with("names \"" + module + ".eval\"")) << module;
  EXPECT_TRUE(
      named("torch._tensor", "_rebuild_from_type_v2").starts_with("names \"torch._tensor._rebuild_from"));
  EXPECT_TRUE(named("torch\t\xff", "x").starts_with("names \"torch\\t\\ufffd.x\""));
}

TEST(TorchFileRefusal, Opcodes) {
  // Python's INST, OBJ, NEWOBJ, STACK_GLOBAL, EXT1, BYTEARRAY8, FRAME, DUP, POP, INT, STRING, PUT, GET,
  // LONG4.
  for (const char opcode : "io\x81\x93\x82\x96\x95\x32\x30ISpg\x8b"s) {
    EXPECT_EQ(
        refusal_of_value(std::string(1, opcode)),
        fmt::format("its data.pkl has the opcode 0x{:02x} at byte 2, which torch.save does not write for "
                    "tensors; save the state dict alone: {}",
                    static_cast<uint8_t>(opcode), kSaveStateDict));
  }
}

std::string damage(size_t byte, std::string_view what) {
  return fmt::format("its data.pkl is damaged at byte {} ({}); download or copy it again", byte, what);
}

TEST(TorchFileRefusal, DamagedPickles) {
  EXPECT_EQ(refusal_of_value(""), damage(3, "a value is missing"));
  EXPECT_EQ(refusal_of_value("X\xff\xff\xff\xff"), damage(7, "it ends early"));
  EXPECT_EQ(refusal_of_value("J"), damage(3, "it ends early"));
  EXPECT_EQ(refusal_of_value("\x8a\xff"), damage(4, "it ends early"));
  EXPECT_EQ(refusal_of_value("ctorch"), damage(9, "it ends early"));
  EXPECT_EQ(refusal_of_value("}Ns"), damage(5, "a value is missing"));
  EXPECT_EQ(refusal_of_value("}(NsNN"), damage(6, "a value is missing")) << "a mark is a floor";
  EXPECT_EQ(refusal_of_value("}(Nu"), damage(6, "a key has no value"));
  EXPECT_EQ(refusal_of_value("t"), damage(3, "a mark is missing"));
  EXPECT_EQ(refusal_of_value("N\x86"), damage(4, "a value is missing"));
  EXPECT_EQ(refusal_of_value("]NNs"), damage(6, "a dictionary is missing"));
  EXPECT_EQ(refusal_of_value("}Na"), damage(5, "a list is missing"));
  EXPECT_EQ(refusal_of_value("NNb"), damage(5, "a dictionary is missing"));
  EXPECT_EQ(refusal_of_value("h\1"), damage(4, "a place of the memo is empty"));
  EXPECT_EQ(refusal_of_value("Nr\xff\xff\xff\xff"),
            damage(8, "the memo has more places than the pickle bytes"));
  EXPECT_EQ(refusal_of_value("q\1"), damage(4, "a value is missing"));
  EXPECT_EQ(refusal_of_value("NQ"), damage(4, "a storage is missing"));
  EXPECT_EQ(refusal_of_value(")Q"), damage(4, "a storage is not described as torch.save does"));
  EXPECT_EQ(refusal_of_value("N)R"), damage(5, "a call has no function or no arguments"));
  EXPECT_EQ(refusal_of_value("ctorch\nFloatStorage\n)R"), damage(24, "a type is called"));
  EXPECT_EQ(refusal_of_value("ccollections\nOrderedDict\nN\x85R"),
            damage(30, "an OrderedDict is not made empty"));
  EXPECT_EQ(refusal_of_value("ctorch._utils\n_rebuild_parameter\nNN)\x87R"),
            damage(40, "a parameter is not a tensor"));
  EXPECT_EQ(refusal_of_value("ctorch._utils\n_rebuild_tensor_v2\n)R"),
            damage(37, "a tensor is not described as torch.save does"));
}

TEST(TorchFileRefusal, Dictionaries) {
  const std::string tensor = TensorParts().pickle();
  EXPECT_EQ(refusal_of_value(tensor),
            "holds no dictionary of names and tensors; save the state dict: "
            "torch.save(model.state_dict(), FILE)");
  EXPECT_EQ(refusal_of_value("}"),
            "has no tensors; save the state dict: torch.save(model.state_dict(), FILE)");
  EXPECT_EQ(refusal_of_value("}" + pickled(1) + tensor + "s"),
            "a tensor's key is not a string; give each a name");
  EXPECT_EQ(refusal_of_value(dictionary("w\xff", tensor)),
            "a tensor's key is not a string; give each a name");
  EXPECT_EQ(
      refusal_of_value("}" + pickled(5) + "(" + dictionary("x", tensor) + "tsN" + tensor + "s"),
      "its key 5 holds tensors one level further down; save that alone: torch.save(torch.load(FILE)[5], "
      "OTHER)");
  EXPECT_EQ(refusal_of_value("}(" + pickled("module.w") + tensor + pickled("_orig_mod.module._orig_mod.w") +
                             tensor + "u"),
            "two tensors are named w (without \"_orig_mod.\" and \"module.\"); remove one");
}

TEST(TorchFileRefusal, Geometry) {
  const auto with = [](const Shape& shape, const Shape& strides, int64_t offset = 0) {
    return refusal_of_tensor({shape, strides, offset});
  };
  const auto outside = [](std::string_view what) {
    return fmt::format("w with {} is not inside its storage of 4 elements; download or copy it again", what);
  };
  EXPECT_EQ(with({2, 2}, {2, 1}, 1), outside("offset 1, shape [2, 2] and strides [2, 1]"));
  EXPECT_EQ(with({2, 2}, {2, 2}), outside("offset 0, shape [2, 2] and strides [2, 2]"));
  EXPECT_EQ(with({}, {}, 4), outside("offset 4, shape [] and strides []"));
  EXPECT_EQ(with({1}, {1}, -1), outside("offset -1, shape [1] and strides [1]"));
  EXPECT_EQ(with({0}, {1}, 5), outside("offset 5, shape [0] and strides [1]"));
  EXPECT_EQ(with({0}, {1}, -1), outside("offset -1, shape [0] and strides [1]"));
  EXPECT_EQ(with({2, 2}, {1}), outside("offset 0, shape [2, 2] and strides [1]"));
  for (const int64_t extreme : {int64_t{1} << 62, INT64_MAX}) {
    EXPECT_TRUE(with({extreme}, {1}).starts_with("w with offset 0, shape ["));
    EXPECT_TRUE(with({extreme, 4}, {0, 1}).starts_with("w with offset 0, shape ["));
    EXPECT_TRUE(with({extreme, 4, 0}, {0, 1, 1}).starts_with("w with offset 0, shape ["));
    EXPECT_TRUE(with({2}, {extreme}, extreme).starts_with("w with offset "));
    EXPECT_TRUE(with({1}, {1}, extreme).starts_with("w with offset "));
    EXPECT_EQ(with({extreme}, {0}),
              "w is expanded: it repeats elements; save a copy of it, tensor.contiguous()");
  }
  EXPECT_EQ(with({2, 2}, {0, 1}),
            "w is expanded: it repeats elements; save a copy of it, tensor.contiguous()");
  EXPECT_EQ(with({3, 2}, {1, 1}),
            "w is expanded: it repeats elements; save a copy of it, tensor.contiguous()");
  constexpr std::string_view kNotWhole =
      "w has a shape or strides that are not whole numbers from 0 to 2^63 - 1; download or copy it again";
  EXPECT_EQ(with({-2}, {1}), kNotWhole);
  EXPECT_EQ(with({2}, {-1}), kNotWhole);
  EXPECT_EQ(with(Shape(17, 1), Shape(17, 1)), "w has 17 dimensions, more than 16");
}

TEST(TorchFileRefusal, Storages) {
  const auto with = [](int64_t num_elements, const std::string& type, const std::string& key) {
    return refusal_of_tensor({.num_elements = num_elements, .type = type, .key = key});
  };
  EXPECT_EQ(with(4, "FloatStorage", "../data.pkl"),
            "w has its data in \"../data.pkl\", which is missing; download or copy it again");
  const auto wrong = [](int64_t num_elements, int element) {
    return fmt::format(
        "w needs a storage of {} elements of {} bytes, but it has 16 bytes; download or copy it again",
        num_elements, element);
  };
  EXPECT_EQ(with(5, "FloatStorage", "0"), wrong(5, 4));
  EXPECT_EQ(with(4, "DoubleStorage", "0"), wrong(4, 8));
  EXPECT_EQ(with(4, "HalfStorage", "0"), wrong(4, 2));
  EXPECT_EQ(with(-4, "FloatStorage", "0"), wrong(-4, 4));
  EXPECT_EQ(with((int64_t{1} << 62) + 4, "FloatStorage", "0"), wrong((int64_t{1} << 62) + 4, 4));
  EXPECT_TRUE(with(4, "UntypedStorage", "0").starts_with("names \"torch.UntypedStorage\""));
  TensorParts flagged;
  std::string pickle = flagged.pickle();
  pickle.insert(pickle.size() - 2, "}");
  EXPECT_EQ(refusal_of_value(dictionary("w", pickle)),
            "a tensor has flags (such as that of a negative view); save it again after "
            "tensor.resolve_conj().resolve_neg()");
}

// Small files that would fill the memory of a reader that trusts them.
TEST(TorchFileRefusal, Bombs) {
  // Each of 60 lists has the one before it twice: 2^60 values if followed one by one.
  std::string lists = "(]q" + "\0"s;
  for (char i = 1; i <= 60; ++i) {
    const char before = static_cast<char>(i - 1);
    lists += "](h"s + before + "h" + before + "eq" + i;
  }
  EXPECT_TRUE(refusal_of_value(dictionary("x", lists + "t")).starts_with("has no tensors"));
  const std::string nested =
      "}" + pickled("x") + std::string(1'000'000, '(') + std::string(1'000'000, 't') + "s";
  EXPECT_TRUE(refusal_of_value(nested).starts_with("has no tensors"));
  EXPECT_TRUE(refusal_of_value("]q\0h\0a"s).starts_with("holds no dictionary")) << "a list in itself";
  EXPECT_TRUE(refusal_of_value("}q\0"s + pickled("x") + "h\0s"s).starts_with("has no tensors"));
  EXPECT_TRUE(
      refusal_of_value(std::string((1 << 24) + 1, 'N')).starts_with("its data.pkl has 16777220 bytes"));

  // Many transposed views of one storage.
  std::string many = "}(" + pickled("w") + TensorParts{{2, 2}, {1, 2}}.pickle() + "q" + '\0';
  for (int i = 0; i < 100'000; ++i) many += pickled(fmt::format("{:05}", i)) + "h\0"s;
  EXPECT_EQ(TorchFile(TempFolder().write("f", zip_bytes(torch_parts(many + "u")))).tensors().size(),
            100'001u);
  std::vector<ZipPart> parts = torch_parts(many + "u");
  parts[2].bytes.assign(4 * 1000 * 1000, '\0');
  const size_t place = parts[0].bytes.find(TensorParts{{2, 2}, {1, 2}}.pickle());
  ASSERT_NE(place, std::string::npos);
  TensorParts large{{1000, 1000}, {1, 1000}};
  large.num_elements = 1'000'000;
  parts[0].bytes.replace(place, TensorParts{{2, 2}, {1, 2}}.pickle().size(), large.pickle());
  EXPECT_EQ(refusal(zip_bytes(parts)),
            "00004 shares its storage with too many tensors of other strides; save copies of them, "
            "tensor.contiguous()");
}

}  // namespace
}  // namespace radlads
