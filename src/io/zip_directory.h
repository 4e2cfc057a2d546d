// The directory of a zip archive whose entries are stored, not compressed: they are used where they lie in
// the mapped file. (APPNOTE.TXT 6.3: local header and bytes of each entry, the central directory, its end
// record; zip64 adds 8-byte sizes and offsets.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>

#include "io/mapped_file.h"

namespace radlads {

/// Signatures and sizes of the fixed parts of records; names, extra fields and comments follow them.
namespace zip {
inline constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
inline constexpr uint32_t kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
inline constexpr size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22;
inline constexpr size_t kEnd64Bytes = 56, kEnd64LocatorBytes = 20;
inline constexpr uint16_t kExtra64 = 1;         // the extra field with 8-byte numbers
inline constexpr uint32_t kIn64 = 0xffffffff;   // a 4-byte number that is in the extra field
inline constexpr uint16_t kCountIn64 = 0xffff;  // the same of the number of entries
}  // namespace zip

/// The entries of one archive. Names and bytes are in the mapped file, which must outlive this object.
class ZipDirectory {
 public:
  /// Checks that every entry is inside the file, stored, not encrypted, named once, and that its local header
  /// says the same as the directory. Checksums are not looked at, so that a mapped model is not read through.
  /// UserError "[torch_file] PATH: ..." otherwise.
  explicit ZipDirectory(const MappedFile& file);

  std::optional<std::span<const std::byte>> find(std::string_view name) const;

  /// What the directory lists first; "" if the archive is empty.
  std::string_view first_name() const { return first_name_; }

 private:
  std::map<std::string_view, std::span<const std::byte>> entries_;
  std::string_view first_name_;
};

}  // namespace radlads
