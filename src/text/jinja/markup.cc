#include "text/jinja/markup.h"

namespace radlads::jinja {

std::string escaped(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      case '"':
        safe += "&#34;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

}  // namespace radlads::jinja
