// A file opened for reading, through system calls.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace radlads {

/// Closed by the destructor. Errors are UserErrors "[operation] PATH: No such file or directory"; `operation`
/// is a literal.
class InputFile {
 public:
  InputFile(std::filesystem::path path, std::string_view operation);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Through a descriptor of its own. UserError if standard input is closed.
  static InputFile standard_input(std::string_view operation);

  /// Reads up to target.size() bytes and returns how many; 0 at the end of the file.
  size_t read(std::span<std::byte> target);

  int descriptor() const { return descriptor_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  InputFile(int descriptor, std::filesystem::path name, std::string_view operation);

  std::filesystem::path path_;
  std::string_view operation_;
  int descriptor_ = -1;
};

/// Writes all of `bytes`, even if signals arrive in between. UserError as above.
void write_bytes(int descriptor, std::span<const std::byte> bytes, std::string_view operation,
                 const std::filesystem::path& path);

/// The reason of the last failed system call (errno) as a UserError "[operation] PATH: REASON", or that the
/// path is empty.
[[noreturn]] void fail_with_errno(std::string_view operation, const std::filesystem::path& path);

}  // namespace radlads
