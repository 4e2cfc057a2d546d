#include "core/error.h"

#include <string_view>

namespace radlads {

void check_failed(const char* file, int line, const char* condition, const std::string& message) {
  const std::string_view path = file;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  throw InternalError(fmt::format("{}:{}: {} (violated: {})", name, line, message, condition));
}

}  // namespace radlads
