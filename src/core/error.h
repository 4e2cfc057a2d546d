// Errors of two kinds. A UserError is something the user can fix (a file, a flag, a full disk): one line
// that names the operation, the thing and the remedy, caught once, in main. An InternalError is a bug of this
// program.
#pragma once

#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace radlads {

class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws a UserError: fail("[load_safetensors] {}: expected {}, got {}", ...).
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw UserError(fmt::format(format, std::forward<Args>(args)...));
}

[[noreturn]] void check_failed(const char* file, int line, const char* condition, const std::string& message);

}  // namespace radlads

/// A precondition at the edge of an interface; always checked. The message says what was wrong.
#define RADLADS_CHECK(condition, ...)                                                    \
  do {                                                                                   \
    if (!(condition)) [[unlikely]]                                                       \
      ::radlads::check_failed(__FILE__, __LINE__, #condition, fmt::format(__VA_ARGS__)); \
  } while (false)

/// The same in hot loops: checked in debug builds only.
#ifdef NDEBUG
#define RADLADS_DCHECK(condition, ...) \
  do {                                 \
  } while (false)
#else
#define RADLADS_DCHECK(condition, ...) RADLADS_CHECK(condition, __VA_ARGS__)
#endif
