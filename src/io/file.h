// Files written so that a crash, a full disk or a kill leaves either the old contents or the new, never half
// of them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace radlads {

/// Writes to `path` + ".partial", and renames it to `path` in commit(). Without commit the destructor removes
/// it. A symbolic link is followed; anything but a regular file (/dev/null, a pipe) is written to directly.
/// Every failure is a UserError that names the file and the reason ("No space left on device").
class FileWriter {
 public:
  explicit FileWriter(std::filesystem::path path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);

  /// Flushes to the disk (fsync) and renames. Call once.
  void commit();

 private:
  std::filesystem::path path_, partial_;
  int descriptor_ = -1;
};

/// The whole of a text file. UserError if it cannot be read.
std::string read_text_file(const std::filesystem::path& path);

/// All of standard input. UserError if it cannot be read: closed, or a folder.
std::string read_standard_input();

/// Writes a whole text with a FileWriter.
void write_text_file(const std::filesystem::path& path, std::string_view text);

/// create_directories, rename of a folder (over nothing: `to` must not exist), recursive removal; a failure
/// is a UserError that names the path and the reason.
void make_folder(const std::filesystem::path& path);
void rename_folder(const std::filesystem::path& from, const std::filesystem::path& to);
void remove_folder(const std::filesystem::path& path);

/// The last name of a path: "out/student" and "out/student/" are both "student".
std::string folder_name(const std::filesystem::path& path);

/// UserError "[operation] PATH: reason" unless it is a file (or pipe) that can be read.
void check_readable(const std::filesystem::path& path, std::string_view operation);

/// UserError if FileWriter could not write there: a folder, or a place in one that is missing or not
/// writable.
void check_target(const std::filesystem::path& path);

/// UserError if no file can be created in the folder (which must exist): found before hours of work, not
/// after.
void check_writable(const std::filesystem::path& folder);

}  // namespace radlads
