// What the fuzz targets share: a file of arbitrary bytes must be read, or refused by a UserError.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "io/file.h"
#include "io/touch.h"
#include "support/temp_folder.h"

namespace radlads {

/// Writes `bytes` to a file of this name and calls read(path). Returns 0, as a fuzz target must.
template <class Read>
int read_or_refuse(std::string_view name, std::span<const uint8_t> bytes, Read read) {
  static const TempFolder folder;
  folder.write(name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  try {
    read(folder / name);
  } catch (const UserError&) {
  }
  return 0;
}

}  // namespace radlads
