// Messages to the user, on standard error. Standard output belongs to results.
#pragma once

#include <string_view>

#include <fmt/format.h>

namespace radlads {

void log_info(std::string_view message);
void log_warning(std::string_view message);

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  log_info(fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  log_warning(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace radlads
