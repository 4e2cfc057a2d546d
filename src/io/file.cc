#include "io/file.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "core/error.h"
#include "io/input_file.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

/// Makes a rename in `folder` survive a power cut. Some network file systems cannot, and return EINVAL.
void sync_folder(const fs::path& folder, std::string_view operation) {
  const InputFile opened(folder.empty() ? fs::path(".") : folder, operation);
  if (fsync(opened.descriptor()) != 0 && errno != EINVAL) fail_with_errno(operation, folder);
}

std::string read_all(InputFile& file) {
  constexpr size_t kChunkBytes = 1 << 16;
  std::string text;
  for (;;) {
    const size_t size = text.size();
    text.resize(size + kChunkBytes);
    const size_t count = file.read(std::as_writable_bytes(std::span(text).subspan(size)));
    text.resize(size + count);
    if (count == 0) return text;
  }
}

void fail_if(const std::error_code& error, std::string_view operation, const fs::path& path) {
  if (error) fail("[{}] {}: {}", operation, path.string(), error.message());
}

}  // namespace

FileWriter::FileWriter(fs::path path) : path_(std::move(path)) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path_, ignored);
  if (fs::is_directory(status)) fail("[write_file] {} is a folder: give the name of a file", path_.string());
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    if (fs::exists(status) && fs::is_symlink(path_)) path_ = fs::canonical(path_);
    partial_ = path_.string() + ".partial";
    descriptor_ = open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  }
  if (descriptor_ < 0) fail_with_errno("write_file", path_);
}

FileWriter::~FileWriter() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!partial_.empty()) unlink(partial_.c_str());
}

void FileWriter::write(std::span<const std::byte> bytes) {
  RADLADS_CHECK(descriptor_ >= 0, "write to {} after commit", path_.string());
  write_bytes(descriptor_, bytes, "write_file", path_);
}

void FileWriter::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void FileWriter::commit() {
  RADLADS_CHECK(descriptor_ >= 0, "second commit of {}", path_.string());
  if (!partial_.empty() && fsync(descriptor_) != 0) fail_with_errno("write_file", path_);
  if (close(std::exchange(descriptor_, -1)) != 0) fail_with_errno("write_file", path_);
  if (partial_.empty()) return;
  if (rename(partial_.c_str(), path_.c_str()) != 0) fail_with_errno("write_file", path_);
  partial_.clear();
  sync_folder(path_.parent_path(), "write_file");
}

std::string read_text_file(const fs::path& path) {
  InputFile file(path, "read_file");
  return read_all(file);
}

std::string read_standard_input() {
  InputFile input = InputFile::standard_input("read_file");
  return read_all(input);
}

void write_text_file(const fs::path& path, std::string_view text) {
  FileWriter writer(path);
  writer.write(text);
  writer.commit();
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  fail_if(error, "make_folder", path);
}

void rename_folder(const fs::path& from, const fs::path& to) {
  // rename(2) would silently replace an empty folder.
  std::error_code error;
  if (fs::exists(fs::symlink_status(to, error))) fail("[rename_folder] {}: already exists", to.string());
  fs::rename(from, to, error);
  if (error) fail("[rename_folder] {} to {}: {}", from.string(), to.string(), error.message());
  sync_folder(to.parent_path(), "rename_folder");
}

void remove_folder(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  fail_if(error, "remove_folder", path);
}

std::string folder_name(const fs::path& path) {
  const fs::path clean = fs::absolute(path).lexically_normal();
  return (clean.has_filename() ? clean : clean.parent_path()).filename().string();
}

void check_readable(const fs::path& path, std::string_view operation) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) fail("[{}] {} is a folder: give files", operation, path.string());
  if (access(path.c_str(), R_OK) != 0) fail_with_errno(operation, path);
}

void check_target(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    fail("[write_file] {} is a folder: give the name of a file", path.string());
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const bool is_there = fs::exists(path, ignored) && !fs::is_regular_file(path, ignored);
  if (access(is_there ? path.c_str() : folder.c_str(), W_OK) != 0)
    fail_with_errno("write_file", is_there ? path : folder);
}

void check_writable(const fs::path& folder) {
  std::string name = (folder / ".radlads-XXXXXX").string();
  const int descriptor = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) fail_with_errno("check_writable", folder);
  close(descriptor);
  unlink(name.c_str());
}

}  // namespace radlads
