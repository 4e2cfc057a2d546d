// Owned, 64-byte aligned memory. Its contents are uninitialized, so that a kernel that forgets to write
// shows.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>

#include "core/device.h"
#include "core/error.h"

namespace radlads {

class Buffer {
 public:
  static constexpr size_t kAlignment = 64;

  Buffer() = default;

  /// Host memory. Throws std::bad_alloc.
  explicit Buffer(size_t num_bytes) : num_bytes_(num_bytes) {
    if (num_bytes > 0) {
      data_.reset(static_cast<std::byte*>(::operator new[](num_bytes, std::align_val_t{kAlignment})));
    }
  }

  template <class T>
  static Buffer of(size_t count) {
    return Buffer(count * sizeof(T));
  }

  std::byte* data() { return data_.get(); }
  const std::byte* data() const { return data_.get(); }
  size_t num_bytes() const { return num_bytes_; }
  Device device() const { return Device::cpu(); }

  template <class T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(data_.get()), num_bytes_ / sizeof(T)};
  }
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data_.get()), num_bytes_ / sizeof(T)};
  }

 private:
  struct Free {
    void operator()(std::byte* data) const { ::operator delete[](data, std::align_val_t{kAlignment}); }
  };

  std::unique_ptr<std::byte[], Free> data_;
  size_t num_bytes_ = 0;
};

}  // namespace radlads
