#include "io/zip_directory.h"

#include <algorithm>
#include <initializer_list>

#include "core/error.h"
#include "io/little_endian.h"
#include "io/printable.h"

namespace radlads {
namespace {

using Bytes = std::span<const std::byte>;

constexpr uint16_t kEncrypted = 1 | 1 << 6 | 1 << 13;
constexpr uint16_t kSizesFollow = 1 << 3;  // the local header may have zeros for sizes
constexpr uint16_t kStored = 0;

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

struct Entry {
  std::string_view name;
  Bytes extra;
  uint16_t flags = 0, method = 0;
  uint64_t stored_bytes = 0, bytes = 0, header_at = 0;
};

/// Reads one archive; keeps what its messages need.
class DirectoryReader {
 public:
  explicit DirectoryReader(const MappedFile& file) : path_(file.path()), file_(file.bytes()) {}

  void find_directory();
  bool has_next() const;
  Entry next();

  /// The entry's bytes, after its local header.
  Bytes bytes_of(const Entry& entry) const;

  [[noreturn]] void refuse_entry(std::string_view name, std::string_view what) const {
    fail("[torch_file] {}: its entry {} {}", path_.string(), in_quotes(name), what);
  }

 private:
  uint64_t find_end() const;
  void read_end64(uint64_t end_at, uint64_t& num_entries, uint64_t& size, uint64_t& begin) const;
  void read_extra64(const Entry& entry, std::initializer_list<uint64_t*> numbers) const;
  void check_usable(const Entry& entry) const;
  [[noreturn]] void refuse(std::string_view what) const {
    fail("[torch_file] {}: {}; download or copy it again", path_.string(), what);
  }

  template <class T>
  T load(uint64_t at) const {
    return load_integer<T>(file_.data() + at);
  }

  /// Whether the file has `size` bytes at `at`, before `end`.
  static bool fits(uint64_t at, uint64_t size, uint64_t end) { return at <= end && size <= end - at; }

  const std::filesystem::path& path_;
  Bytes file_;
  uint64_t begin_ = 0, at_ = 0, end_ = 0, num_left_ = 0;  // of the directory
};

/// The end record, which only a comment of up to 64 KiB may follow.
uint64_t DirectoryReader::find_end() const {
  constexpr uint64_t kMostComment = 0xffff;
  const uint64_t size = file_.size();
  for (uint64_t after = zip::kEndBytes; after <= std::min(size, zip::kEndBytes + kMostComment); ++after) {
    const uint64_t at = size - after;
    if (load<uint32_t>(at) == zip::kEnd && load<uint16_t>(at + 20) == after - zip::kEndBytes) return at;
  }
  refuse(fmt::format("is cut off: the end of a zip archive is missing ({} bytes)", size));
}

void DirectoryReader::read_end64(uint64_t end_at, uint64_t& num_entries, uint64_t& size,
                                 uint64_t& begin) const {
  const uint64_t locator_at = end_at - zip::kEnd64LocatorBytes;
  const auto at = load<uint64_t>(locator_at + 8);
  if (!fits(at, zip::kEnd64Bytes, locator_at) || load<uint32_t>(at) != zip::kEnd64)
    refuse("is damaged: the end of its zip64 directory is not where the archive says");
  num_entries = load<uint64_t>(at + 32);
  size = load<uint64_t>(at + 40);
  begin = load<uint64_t>(at + 48);
}

void DirectoryReader::find_directory() {
  const uint64_t end_at = find_end();
  uint64_t num_entries = load<uint16_t>(end_at + 10);
  uint64_t size = load<uint32_t>(end_at + 12);
  uint64_t begin = load<uint32_t>(end_at + 16);
  if (end_at >= zip::kEnd64LocatorBytes &&
      load<uint32_t>(end_at - zip::kEnd64LocatorBytes) == zip::kEnd64Locator)
    read_end64(end_at, num_entries, size, begin);
  if (!fits(begin, size, end_at) || num_entries > size / zip::kCentralBytes)
    refuse("is damaged: its zip directory is not where the archive says");
  begin_ = at_ = begin;
  end_ = begin + size;
  num_left_ = num_entries;
}

bool DirectoryReader::has_next() const {
  if (num_left_ == 0 && at_ != end_)
    refuse("is damaged: its zip directory has more than the entries it counts");
  return num_left_ > 0;
}

Entry DirectoryReader::next() {
  --num_left_;
  if (!fits(at_, zip::kCentralBytes, end_) || load<uint32_t>(at_) != zip::kCentral)
    refuse("is damaged: its zip directory has no entry where one should be");
  Entry entry;
  entry.flags = load<uint16_t>(at_ + 8);
  entry.method = load<uint16_t>(at_ + 10);
  entry.stored_bytes = load<uint32_t>(at_ + 20);
  entry.bytes = load<uint32_t>(at_ + 24);
  entry.header_at = load<uint32_t>(at_ + 42);
  const size_t name_bytes = load<uint16_t>(at_ + 28), extra_bytes = load<uint16_t>(at_ + 30);
  const size_t more = name_bytes + extra_bytes + load<uint16_t>(at_ + 32);  // and a comment
  at_ += zip::kCentralBytes;
  if (!fits(at_, more, end_)) refuse("is damaged: its zip directory ends within an entry");
  entry.name = text_of(file_.subspan(at_, name_bytes));
  entry.extra = file_.subspan(at_ + name_bytes, extra_bytes);
  at_ += more;
  read_extra64(entry, {&entry.bytes, &entry.stored_bytes, &entry.header_at});
  check_usable(entry);
  return entry;
}

/// Replaces those of `numbers` that are marked as being in the extra field, where they are in this order.
void DirectoryReader::read_extra64(const Entry& entry, std::initializer_list<uint64_t*> numbers) const {
  constexpr size_t kHeadBytes = 4;
  Bytes extra = entry.extra, extra64;
  while (extra.size() >= kHeadBytes) {
    const auto id = load_integer<uint16_t>(extra.data()), size = load_integer<uint16_t>(extra.data() + 2);
    extra = extra.subspan(kHeadBytes);
    if (size > extra.size()) refuse_entry(entry.name, "has a damaged header; download or copy it again");
    if (id == zip::kExtra64) extra64 = extra.first(size);
    extra = extra.subspan(size);
  }
  for (uint64_t* const number : numbers) {
    if (*number != zip::kIn64) continue;
    if (extra64.size() < sizeof *number)
      refuse_entry(entry.name, "lacks its zip64 sizes; download or copy it again");
    *number = load_integer<uint64_t>(extra64.data());
    extra64 = extra64.subspan(sizeof *number);
  }
}

void DirectoryReader::check_usable(const Entry& entry) const {
  if ((entry.flags & kEncrypted) != 0)
    refuse_entry(entry.name, "is encrypted; decrypt the archive, or save it again with torch.save");
  if (entry.method != kStored) {
    refuse_entry(entry.name,
                 fmt::format("is compressed (method {}), which torch.save does not do; load the file with "
                             "torch.load and save it again with torch.save",
                             entry.method));
  }
}

Bytes DirectoryReader::bytes_of(const Entry& entry) const {
  const uint64_t at = entry.header_at;
  if (!fits(at, zip::kLocalBytes, begin_) || load<uint32_t>(at) != zip::kLocal)
    refuse_entry(entry.name, "is not where the zip directory says; download or copy the file again");
  Entry local;
  local.flags = load<uint16_t>(at + 6);
  local.method = load<uint16_t>(at + 8);
  local.stored_bytes = load<uint32_t>(at + 18);
  local.bytes = load<uint32_t>(at + 22);
  const size_t name_bytes = load<uint16_t>(at + 26), extra_bytes = load<uint16_t>(at + 28);
  const uint64_t name_at = at + zip::kLocalBytes, bytes_at = name_at + name_bytes + extra_bytes;
  if (!fits(name_at, name_bytes + extra_bytes, begin_) || !fits(bytes_at, entry.bytes, begin_))
    refuse_entry(entry.name, "ends beyond the entries of the archive; download or copy the file again");
  local.name = text_of(file_.subspan(name_at, name_bytes));
  local.extra = file_.subspan(name_at + name_bytes, extra_bytes);
  read_extra64(local, {&local.bytes, &local.stored_bytes});
  const auto agrees = [&](uint64_t size) {
    return size == entry.bytes || (size == 0 && (local.flags & kSizesFollow) != 0);
  };
  if (local.name != entry.name || local.method != entry.method || (local.flags & kEncrypted) != 0 ||
      entry.stored_bytes != entry.bytes || !agrees(local.bytes) || !agrees(local.stored_bytes))
    refuse_entry(entry.name,
                 "has a header that contradicts the zip directory; download or copy the file again");
  return file_.subspan(bytes_at, entry.bytes);
}

}  // namespace

ZipDirectory::ZipDirectory(const MappedFile& file) {
  DirectoryReader reader(file);
  reader.find_directory();
  while (reader.has_next()) {
    const Entry entry = reader.next();
    if (entries_.empty()) first_name_ = entry.name;
    if (!entries_.emplace(entry.name, reader.bytes_of(entry)).second)
      reader.refuse_entry(entry.name, "appears twice; save the file again with torch.save");
  }
}

std::optional<std::span<const std::byte>> ZipDirectory::find(std::string_view name) const {
  const auto entry = entries_.find(name);
  if (entry == entries_.end()) return std::nullopt;
  return entry->second;
}

}  // namespace radlads
