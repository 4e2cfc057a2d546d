#include "text/python_replacement.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace radlads::text {
namespace {

template <class... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) {
  throw std::invalid_argument(fmt::format(format, std::forward<Args>(args)...));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// At most three digits.
size_t number_of(std::string_view digits) {
  size_t number = 0;
  for (const char digit : digits) number = 10 * number + static_cast<size_t>(digit - '0');
  return number;
}

/// "<1>" or "<name>"; moves `rest` past it.
size_t group_in_brackets(const PythonRegex& regex, std::string_view& rest) {
  const size_t close = rest.find('>');
  if (!rest.starts_with('<') || close == rest.npos || close == 1)
    refuse("the replacement has a malformed \\g");
  const std::string name(rest.substr(1, close - 1));
  rest.remove_prefix(close + 1);
  if (name.size() <= 3 && std::all_of(name.begin(), name.end(), is_digit)) return number_of(name);
  const auto group = regex.group_named(name);
  if (!group) refuse("the pattern has no group {}", name);
  return *group;
}

/// Reads what follows a backslash, and moves past it.
ReplacementPart escaped_part(const PythonRegex& regex, std::string_view& rest) {
  constexpr std::string_view kLetters = "\\abfnrtv", kCharacters = "\\\a\b\f\n\r\t\v";
  if (rest.empty()) refuse("the replacement ends in a backslash");
  const char letter = rest[0];
  if (is_digit(letter)) {
    const size_t length = rest.size() > 1 && is_digit(rest[1]) ? 2 : 1;
    const bool third = length == 2 && rest.size() > 2 && is_digit(rest[2]);
    if (letter == '0' || third) refuse("the replacement has an octal escape, which is not supported");
    const size_t group = number_of(rest.substr(0, length));
    rest.remove_prefix(length);
    return group;
  }
  rest.remove_prefix(1);
  if (letter == 'g') return group_in_brackets(regex, rest);
  if (const size_t i = kLetters.find(letter); i != kLetters.npos) return std::string(1, kCharacters[i]);
  const char lower = static_cast<char>(letter | 0x20);
  if (lower >= 'a' && lower <= 'z') refuse("the replacement has the unknown escape \\{}", letter);
  return std::string{'\\', letter};
}

}  // namespace

std::vector<ReplacementPart> parse_python_replacement(std::string_view replacement,
                                                      const PythonRegex& regex) {
  std::vector<ReplacementPart> parts;
  while (!replacement.empty()) {
    const size_t length = std::min(replacement.find('\\'), replacement.size());
    if (length > 0) parts.emplace_back(std::string(replacement.substr(0, length)));
    replacement.remove_prefix(length);
    if (replacement.empty()) break;
    replacement.remove_prefix(1);
    parts.push_back(escaped_part(regex, replacement));
    const size_t* group = std::get_if<size_t>(&parts.back());
    if (group != nullptr && *group > regex.num_groups()) refuse("the pattern has no group {}", *group);
  }
  return parts;
}

}  // namespace radlads::text
