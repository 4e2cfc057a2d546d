#include "io/mapped_file.h"

#include <utility>

#include <sys/mman.h>
#include <sys/stat.h>

#include "core/error.h"
#include "io/input_file.h"

namespace radlads {

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path) {
  const InputFile file(path, "open_file");
  struct stat status {};
  if (fstat(file.descriptor(), &status) != 0) fail_with_errno("open_file", path);
  if (!S_ISREG(status.st_mode)) fail("[open_file] {}: not a regular file", path.string());
  size_ = static_cast<size_t>(status.st_size);
  if (size_ == 0) return;  // mmap refuses an empty range
  void* const data = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
  if (data == MAP_FAILED) fail_with_errno("open_file", path);
  data_ = static_cast<const std::byte*>(data);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace radlads
