#include "text/oniguruma.h"

#include <algorithm>
#include <array>

namespace radlads::text {
namespace {

// Escapes of other, or slightly other, meaning: \w (marks are words to Oniguruma alone), \h (hexadecimal
// digit or horizontal space), \b, \R, \X, \K and so on. Backslash and one of these:
constexpr std::string_view kForeignEscapes = "wWbBhHKGRXNOyYgkuCQE";

// What may follow "(?" in both: groups, look-around, case-insensitive groups. Not "i)", whose scope differs.
constexpr auto kGroups = std::to_array<std::string_view>({":", "=", "!", ">", "<=", "<!", "i:", "-i:"});

// The bytes of "{L}" or "{^Lu}", a general category; 0 for other names (scripts, Alpha), on which the two
// need not agree.
size_t category_length(std::string_view rest) {
  const size_t close = rest.find('}');
  if (!rest.starts_with('{') || close == std::string_view::npos) return 0;
  std::string_view name = rest.substr(1, close - 1);
  if (name.starts_with('^')) name.remove_prefix(1);
  if (name.empty() || name.size() > 2 || std::string_view("LMNPSZC").find(name[0]) == std::string_view::npos)
    return 0;
  if (name.size() == 2 && (name[1] < 'a' || name[1] > 'z')) return 0;
  return close + 1;
}

bool is_shared_group(std::string_view after) {
  return std::any_of(kGroups.begin(), kGroups.end(),
                     [&](std::string_view group) { return after.starts_with(group); });
}

}  // namespace

std::optional<std::string> unsupported_construct(std::string_view pattern) {
  bool in_set = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view rest = pattern.substr(i);
    if (rest[0] == '\\' && rest.size() > 1) {
      const char letter = rest[1];
      const bool is_property = letter == 'p' || letter == 'P';
      const size_t name_length = is_property ? category_length(rest.substr(2)) : 0;
      if (is_property && name_length == 0) return "\\p with another name than a general category";
      if (kForeignEscapes.find(letter) != std::string_view::npos) return std::string("\\") + letter;
      i += 1 + name_length;
    } else if (in_set) {
      if (rest[0] == '[') return "a nested set";
      if (rest.starts_with("&&")) return "an intersection of sets";
      in_set = rest[0] != ']';
    } else if (rest[0] == '[') {
      in_set = true;
      // A ']' right after the opening is a member to PCRE2, and an empty set to Oniguruma.
      if (rest.starts_with("[]") || rest.starts_with("[^]")) return "an empty set";
      if (rest.starts_with("[^")) ++i;
    } else if (rest.starts_with("(?") && !is_shared_group(rest.substr(2))) {
      return "a group (?...) of another kind";
    } else if (rest.starts_with("(*")) {
      return "a verb (*...)";
    } else if (rest.starts_with("}+")) {
      return "a possessive interval";
    }
  }
  return std::nullopt;
}

}  // namespace radlads::text
