// Text files that are compiled into the program (cmake/Embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace radlads {

struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};

}  // namespace radlads
