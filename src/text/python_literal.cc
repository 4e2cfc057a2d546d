#include "text/python_literal.h"

#include <charconv>

#include "core/utf8.h"

namespace radlads::text {
namespace {

constexpr std::string_view kSimple = "\\'\"abfnrtv", kSimpleValues = "\\'\"\a\b\f\n\r\t\v";

}  // namespace

bool append_python_escape(std::string_view& rest, bool is_bytes, std::string& out) {
  if (rest.empty()) return false;
  const char letter = rest[0];
  rest.remove_prefix(1);
  if (const size_t i = kSimple.find(letter); i != std::string_view::npos) {
    out += kSimpleValues[i];
    return true;
  }
  const size_t digits = letter == 'x' ? 2 : is_bytes ? 0 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  if (digits == 0 || rest.size() < digits) return false;
  uint32_t value = 0;
  const char* end = rest.data() + digits;
  if (std::from_chars(rest.data(), end, value, 16).ptr != end) return false;
  if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return false;
  rest.remove_prefix(digits);
  if (is_bytes) {
    out += static_cast<char>(value);
  } else {
    append_utf8(value, out);
  }
  return true;
}

std::optional<std::string> bytes_of_python_literal(std::string_view literal) {
  const bool is_bytes = literal.starts_with('b');
  if (is_bytes) literal.remove_prefix(1);
  if (literal.size() < 2 || (literal[0] != '\'' && literal[0] != '"')) return std::nullopt;
  const char quote = literal[0];
  std::string bytes;
  for (std::string_view rest = literal.substr(1); !rest.empty();) {
    const char next = rest[0];
    rest.remove_prefix(1);
    if (next == quote) return rest.empty() ? std::optional(bytes) : std::nullopt;
    if (next != '\\') {
      bytes += next;
    } else if (!append_python_escape(rest, is_bytes, bytes)) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace radlads::text
