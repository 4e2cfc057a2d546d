#include "core/shell.h"

#include <algorithm>

#include <fmt/format.h>

namespace radlads {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// Characters that mean nothing to a shell, wherever they are. Bytes of UTF-8 are quoted: some are spaces.
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
}

/// $'...', where a backslash can encode what cannot be typed.
std::string escaped(std::string_view argument) {
  std::string text = "$'";
  for (const char c : argument) {
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\t') {
      text += "\\t";
    } else if (is_control(c)) {
      text += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    } else {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text + "'";
}

}  // namespace

std::string shell_quoted(std::string_view argument) {
  // "=name" at the beginning is a path in zsh.
  if (!argument.empty() && argument[0] != '=' && std::ranges::all_of(argument, is_plain))
    return std::string(argument);
  if (std::ranges::any_of(argument, is_control)) return escaped(argument);
  std::string text = "'";
  for (const char c : argument) c == '\'' ? text += "'\\''" : text += c;
  return text + "'";
}

}  // namespace radlads
