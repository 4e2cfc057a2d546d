// The zip archive and the pickle that torch.save would make of a dictionary of tensors.
#include <algorithm>
#include <set>

#include <zlib.h>

#include "core/error.h"
#include "io/file.h"
#include "io/little_endian.h"
#include "io/pickle.h"
#include "io/torch_file.h"
#include "io/zip_directory.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using Bytes = std::span<const std::byte>;
using Entries = std::vector<SafetensorsEntry>;

constexpr std::string_view kRoot = "archive";  // as torch.save calls it if it has no file's name

template <class T>
void append(std::string& text, T integer) {
  text.append(reinterpret_cast<const char*>(&integer), sizeof integer);
}

uint64_t num_bytes(const SafetensorsEntry& entry) {
  return static_cast<uint64_t>(num_elements(entry.shape)) * size_of(entry.dtype);
}

/// Writes stored entries one after another, the directory last.
class ZipWriter {
 public:
  explicit ZipWriter(const fs::path& path) : file_(path) {}

  void add(std::string_view name, Bytes bytes);
  void add(std::string_view name, std::string_view text) { add(name, std::as_bytes(std::span(text))); }

  /// Until then the file does not exist under its name.
  void commit();

 private:
  void append_directory(std::string_view name, uint64_t size, uint32_t checksum);
  void write(Bytes bytes) {
    file_.write(bytes);
    at_ += bytes.size();
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  FileWriter file_;
  std::string directory_;
  uint64_t at_ = 0, num_entries_ = 0;
};

constexpr uint16_t kVersion = 20, kVersion64 = 45;  // of the format that a reader must know
constexpr uint16_t kFirstDay = 1 << 5 | 1;          // 1980-01-01: the same tensors give the same file

uint32_t in_32_bits(uint64_t number) { return static_cast<uint32_t>(std::min<uint64_t>(number, zip::kIn64)); }
bool needs_64_bits(uint64_t number) { return number >= zip::kIn64; }

/// What local headers and the directory say in the same way, from the version on.
void append_common(std::string& header, std::string_view name, uint64_t size, uint32_t checksum, bool is_64,
                   size_t extra_bytes) {
  append(header, is_64 ? kVersion64 : kVersion);
  append(header, uint16_t{0});  // flags
  append(header, uint16_t{0});  // stored
  append(header, uint16_t{0});  // time
  append(header, kFirstDay);
  append(header, checksum);
  append(header, in_32_bits(size));
  append(header, in_32_bits(size));
  append(header, static_cast<uint16_t>(name.size()));
  append(header, static_cast<uint16_t>(extra_bytes));
}

void append_extra_64(std::string& extra, std::initializer_list<uint64_t> numbers) {
  append(extra, zip::kExtra64);
  append(extra, static_cast<uint16_t>(numbers.size() * sizeof(uint64_t)));
  for (const uint64_t number : numbers) append(extra, number);
}

void ZipWriter::add(std::string_view name, Bytes bytes) {
  constexpr size_t kAlignment = 64, kExtraHead = 4;
  constexpr uint16_t kPadding = 'F' | 'B' << 8;  // the id that torch.save gives its padding
  const auto checksum =
      static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
  std::string extra;
  if (needs_64_bits(bytes.size())) append_extra_64(extra, {bytes.size(), bytes.size()});
  const uint64_t unpadded = at_ + zip::kLocalBytes + name.size() + extra.size() + kExtraHead;
  const auto padding = static_cast<uint16_t>((kAlignment - unpadded % kAlignment) % kAlignment);
  append(extra, kPadding);
  append(extra, padding);
  extra.append(padding, 'Z');
  std::string header;
  append(header, zip::kLocal);
  append_common(header, name, bytes.size(), checksum, needs_64_bits(bytes.size()), extra.size());
  append_directory(name, bytes.size(), checksum);
  write(header.append(name).append(extra));
  write(bytes);
}

/// Of the entry whose local header comes next.
void ZipWriter::append_directory(std::string_view name, uint64_t size, uint32_t checksum) {
  std::string extra;
  if (needs_64_bits(size) && needs_64_bits(at_)) {
    append_extra_64(extra, {size, size, at_});
  } else if (needs_64_bits(size)) {
    append_extra_64(extra, {size, size});
  } else if (needs_64_bits(at_)) {
    append_extra_64(extra, {at_});
  }
  append(directory_, zip::kCentral);
  append(directory_, extra.empty() ? kVersion : kVersion64);  // of the writer
  append_common(directory_, name, size, checksum, !extra.empty(), extra.size());
  append(directory_, uint16_t{0});  // bytes of the comment
  append(directory_, uint16_t{0});  // number of the disk
  append(directory_, uint16_t{0});  // internal attributes
  append(directory_, uint32_t{0});  // external attributes
  append(directory_, in_32_bits(at_));
  directory_.append(name).append(extra);
  ++num_entries_;
}

void ZipWriter::commit() {
  const uint64_t begin = at_, size = directory_.size(), end = begin + size;
  std::string tail;
  if (needs_64_bits(end) || num_entries_ >= zip::kCountIn64) {
    append(tail, zip::kEnd64);
    append(tail, uint64_t{zip::kEnd64Bytes - sizeof(uint32_t) - sizeof(uint64_t)});  // what follows
    append(tail, kVersion64);
    append(tail, kVersion64);
    append(tail, uint64_t{0});  // numbers of disks
    for (const uint64_t number : {num_entries_, num_entries_, size, begin}) append(tail, number);
    append(tail, zip::kEnd64Locator);
    append(tail, uint32_t{0});
    append(tail, end);
    append(tail, uint32_t{1});
  }
  const auto count = static_cast<uint16_t>(std::min<uint64_t>(num_entries_, zip::kCountIn64));
  append(tail, zip::kEnd);
  append(tail, uint32_t{0});  // numbers of disks
  append(tail, count);
  append(tail, count);
  append(tail, in_32_bits(size));
  append(tail, in_32_bits(begin));
  append(tail, uint16_t{0});  // bytes of the comment
  write(directory_);
  write(tail);
  file_.commit();
}

// A pickle of protocol 2. Values are never needed twice, so it has no memo.

void append_text(std::string& pickle, std::string_view text) {
  append(pickle, 'X');
  append(pickle, static_cast<uint32_t>(text.size()));
  pickle.append(text);
}

void append_integer(std::string& pickle, int64_t value) {
  if (value <= INT32_MAX) {
    append(pickle, 'J');
    append(pickle, static_cast<int32_t>(value));
  } else {
    append(pickle, '\x8a');
    append(pickle, static_cast<uint8_t>(sizeof value));
    append(pickle, value);
  }
}

void append_tuple(std::string& pickle, const Shape& integers) {
  append(pickle, '(');
  for (const int64_t integer : integers) append_integer(pickle, integer);
  append(pickle, 't');
}

Shape contiguous_strides(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * std::max<int64_t>(shape[i], 1);
  return strides;
}

/// _rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()), the storage being entry data/`key`.
void append_tensor(std::string& pickle, const SafetensorsEntry& entry, size_t key) {
  pickle += "ctorch._utils\n_rebuild_tensor_v2\n((";
  append_text(pickle, "storage");
  pickle += fmt::format("ctorch\n{}\n", storage_name(entry.dtype));
  append_text(pickle, std::to_string(key));
  append_text(pickle, "cpu");
  append_integer(pickle, num_elements(entry.shape));
  pickle += "tQ";
  append_integer(pickle, 0);
  append_tuple(pickle, entry.shape);
  append_tuple(pickle, contiguous_strides(entry.shape));
  append(pickle, '\x89');
  pickle += "ccollections\nOrderedDict\n)RtR";
}

std::string pickle_of(const Entries& entries) {
  std::string pickle = "\x80\x02}";
  for (size_t i = 0; i < entries.size(); ++i) {
    append_text(pickle, entries[i].name);
    append_tensor(pickle, entries[i], i);
    append(pickle, 's');
  }
  return pickle + ".";
}

}  // namespace

void write_torch_file(const fs::path& path, const Entries& entries, const TensorBytes& bytes) {
  std::set<std::string_view> names;
  for (const SafetensorsEntry& entry : entries)
    RADLADS_CHECK(names.insert(entry.name).second, "the name {} is taken", entry.name);
  ZipWriter zip(path);
  zip.add(fmt::format("{}/data.pkl", kRoot), pickle_of(entries));
  zip.add(fmt::format("{}/byteorder", kRoot), "little");
  for (size_t i = 0; i < entries.size(); ++i) {
    const Bytes tensor = bytes(i);
    RADLADS_CHECK(tensor.size() == num_bytes(entries[i]), "{}: {} bytes for {} {}", entries[i].name,
                  tensor.size(), safetensors_name(entries[i].dtype), to_string(entries[i].shape));
    zip.add(fmt::format("{}/data/{}", kRoot, i), tensor);
  }
  zip.add(fmt::format("{}/version", kRoot), "3\n");
  zip.commit();
}

}  // namespace radlads
