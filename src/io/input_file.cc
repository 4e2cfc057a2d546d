#include "io/input_file.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "core/error.h"

namespace radlads {

InputFile::InputFile(int descriptor, std::filesystem::path name, std::string_view operation)
    : path_(std::move(name)), operation_(operation), descriptor_(descriptor) {
  if (descriptor_ < 0) fail_with_errno(operation_, path_);
}

InputFile::InputFile(std::filesystem::path path, std::string_view operation)
    : InputFile(open(path.c_str(), O_RDONLY | O_CLOEXEC), path, operation) {}

InputFile InputFile::standard_input(std::string_view operation) {
  return {fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0), "standard input", operation};
}

InputFile::~InputFile() { close(descriptor_); }

size_t InputFile::read(std::span<std::byte> target) {
  for (;;) {
    const ssize_t count = ::read(descriptor_, target.data(), target.size());
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) fail_with_errno(operation_, path_);
  }
}

void write_bytes(int descriptor, std::span<const std::byte> bytes, std::string_view operation,
                 const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno(operation, path);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void fail_with_errno(std::string_view operation, const std::filesystem::path& path) {
  if (path.empty()) fail("[{}] the name of a file is empty", operation);
  const bool is_full = errno == ENOSPC || errno == EDQUOT;
  fail("[{}] {}: {}{}", operation, path.string(), std::system_category().message(errno),
       is_full ? "; make room, then run it again" : "");
}

}  // namespace radlads
