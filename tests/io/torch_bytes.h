// Zip archives and pickles made by hand, right or wrong.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dtype.h"

namespace radlads {

template <class T>
void append_integer(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// One entry. What is set below the first line makes it a wrong one.
struct ZipPart {
  std::string name, bytes;
  std::optional<std::string> local_name;  // another one in the local header
  std::optional<uint32_t> local_size;     // another one there
  std::optional<uint64_t> size, begin;    // others in the directory
  uint16_t flags = 0, method = 0, local_method = 0;
  bool is_64 = false;  // sizes and position are in extra fields
};

/// The common part of the local header and the directory's entry, and the lengths of what follows.
inline std::string zip_header(const std::string& name, uint64_t size, const ZipPart& part, uint16_t method,
                              size_t extra_bytes) {
  std::string header;
  append_integer<uint16_t>(header, 20);
  append_integer(header, part.flags);
  append_integer(header, method);
  append_integer<uint64_t>(header, 0);  // time, date, checksum
  for (int i = 0; i < 2; ++i) append_integer(header, part.is_64 ? UINT32_MAX : static_cast<uint32_t>(size));
  append_integer(header, static_cast<uint16_t>(name.size()));
  append_integer(header, static_cast<uint16_t>(extra_bytes));
  return header;
}

inline std::string zip_extra_64(std::initializer_list<uint64_t> numbers) {
  std::string extra;
  append_integer<uint16_t>(extra, 1);
  append_integer(extra, static_cast<uint16_t>(8 * numbers.size()));
  for (const uint64_t number : numbers) append_integer(extra, number);
  return extra;
}

inline std::string zip_directory_entry(const ZipPart& part, uint64_t begin) {
  const uint64_t size = part.size.value_or(part.bytes.size());
  const std::string extra = part.is_64 ? zip_extra_64({size, size, begin}) : "";
  std::string entry = "PK\x01\x02";
  append_integer<uint16_t>(entry, 20);
  entry += zip_header(part.name, size, part, part.method, extra.size()) + std::string(10, '\0');
  append_integer(entry, part.is_64 ? UINT32_MAX : static_cast<uint32_t>(begin));
  return entry + part.name + extra;
}

/// `is_64`: the directory's place is in a zip64 end record, and nonsense in the plain one.
inline std::string zip_end(uint64_t count, uint64_t size, uint64_t begin, bool is_64) {
  std::string end;
  if (is_64) {
    end = "PK\x06\x06";
    append_integer<uint64_t>(end, 44);
    end += std::string(12, '\0');
    for (const uint64_t number : {count, count, size, begin}) append_integer(end, number);
    end += std::string("PK\x06\x07", 4) + std::string(4, '\0');
    append_integer(end, begin + size);
    append_integer<uint32_t>(end, 1);
    count = size = begin = UINT32_MAX;
  }
  end += std::string("PK\x05\x06", 4) + std::string(4, '\0');
  for (int i = 0; i < 2; ++i) append_integer(end, static_cast<uint16_t>(count));
  append_integer(end, static_cast<uint32_t>(size));
  append_integer(end, static_cast<uint32_t>(begin));
  return end + std::string(2, '\0');
}

inline std::string zip_bytes(const std::vector<ZipPart>& parts, bool is_64 = false) {
  std::string bytes, directory;
  for (const ZipPart& part : parts) {
    directory += zip_directory_entry(part, part.begin.value_or(bytes.size()));
    const uint64_t size = part.local_size.value_or(static_cast<uint32_t>(part.bytes.size()));
    const std::string name = part.local_name.value_or(part.name);
    const std::string extra = part.is_64 ? zip_extra_64({size, size}) : "";
    bytes += "PK\x03\x04" + zip_header(name, size, part, part.local_method, extra.size()) + name + extra;
    bytes += part.bytes;
  }
  return bytes + directory + zip_end(parts.size(), directory.size(), bytes.size(), is_64);
}

inline std::string pickled(std::string_view text) {
  std::string bytes = "X";
  append_integer(bytes, static_cast<uint32_t>(text.size()));
  return bytes.append(text);
}

inline std::string pickled(int64_t value) {
  std::string bytes = "\x8a\x08";
  append_integer(bytes, value);
  return bytes;
}

inline std::string pickled(const Shape& shape) {
  std::string bytes = "(";
  for (const int64_t extent : shape) bytes += pickled(extent);
  return bytes + "t";
}

/// A tensor in a storage.
struct TensorParts {
  Shape shape = {2, 2}, strides = {2, 1};
  int64_t offset = 0, num_elements = 4;
  std::string type = "FloatStorage", key = "0";

  std::string storage() const {
    return "(" + pickled("storage") + "ctorch\n" + type + "\n" + pickled(key) + pickled("cpu") +
           pickled(num_elements) + "tQ";
  }
  std::string pickle() const {
    return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage() + pickled(offset) + pickled(shape) +
           pickled(strides) + "\x89)tR";
  }
};

/// A dictionary with one entry.
inline std::string dictionary(std::string_view key, std::string_view value) {
  return "}" + pickled(key).append(value) + "s";
}

/// An archive with this value in its pickle, and a storage "0" of four floats: 0, 1, 2 and 3.
inline std::vector<ZipPart> torch_parts(const std::string& value) {
  const float floats[] = {0, 1, 2, 3};
  std::string storage;
  for (const float each : floats) append_integer(storage, each);
  return {{"a/data.pkl", "\x80\x02" + value + "."}, {"a/byteorder", "little"}, {"a/data/0", storage}};
}

}  // namespace radlads
