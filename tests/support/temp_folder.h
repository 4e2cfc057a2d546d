// A folder for one test, and the messages of errors about files in it.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <stdlib.h>

#include "core/error.h"

namespace radlads {

/// Removed with everything in it by the destructor.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "radlads-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  /// A file with these bytes; returns its path.
  std::filesystem::path write(std::string_view name, std::string_view bytes) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::remove(
        file);  // file systems may flush one that is truncated and rewritten, which is slow
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }

  /// Names of all files in it, sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::filesystem::path path_;
};

/// All bytes of a file.
inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The message of the UserError that `action` throws, with "DIR" for the folder's path; "" if it throws none.
template <class Action>
std::string user_error(const TempFolder& folder, Action&& action) {
  try {
    action();
  } catch (const UserError& error) {
    std::string message = error.what();
    const std::string path = folder.path().string();
    for (size_t at = 0; (at = message.find(path, at)) != std::string::npos;)
      message.replace(at, path.size(), "DIR");
    return message;
  }
  return {};
}

}  // namespace radlads
