#include "text/pcre2_dialect.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "core/utf8.h"

namespace radlads::text {
namespace {

// Escapes with a different, or slightly different, meaning: \w (marks are words to Oniguruma alone), \h
// (hexadecimal digit or horizontal space), \b, \R, \X, \K and so on. Backslash and one of these:
constexpr std::string_view kForeignEscapes = "wWbBhHKGRXNOyYgkuCQE";

// What may follow "(?" in both: groups, look-around, case-insensitive groups. Not "i)", which has another
// scope.
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

// Case-insensitive groups agree on ASCII, except where two letters are the fold of one character ("ss" of
// U+00DF, "st" of U+FB06), which only Oniguruma knows.
bool folds_agree(std::string_view pattern) {
  if (pattern.find("(?i") == std::string_view::npos && pattern.find("(?-i") == std::string_view::npos)
    return true;
  if (!is_ascii(pattern)) return false;
  std::string lower(pattern);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  constexpr auto kFolds = std::to_array<std::string_view>({"ss", "st", "ff", "fi", "fl"});
  return std::none_of(kFolds.begin(), kFolds.end(),
                      [&](std::string_view fold) { return lower.find(fold) != std::string::npos; });
}

// The bytes of the escape that `rest` begins with, 0 if it might mean something else.
size_t escape_length(std::string_view rest) {
  if (rest.size() < 2) return 0;
  const char letter = rest[1];
  if (kForeignEscapes.find(letter) != std::string_view::npos) return 0;
  if (letter != 'p' && letter != 'P') return 2;
  const size_t name_length = category_length(rest.substr(2));
  return name_length == 0 ? 0 : 2 + name_length;
}

}  // namespace

bool pcre2_reads_as_oniguruma(std::string_view pattern) {
  if (!folds_agree(pattern)) return false;
  bool in_set = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view rest = pattern.substr(i);
    if (rest[0] == '\\') {
      const size_t length = escape_length(rest);
      if (length == 0) return false;
      i += length - 1;
    } else if (in_set) {
      if (rest[0] == '[' || rest.starts_with("&&")) return false;  // a nested set, an intersection
      in_set = rest[0] != ']';
    } else if (rest[0] == '[') {
      in_set = true;
      // A ']' right after the opening is a member to PCRE2, and an empty set to Oniguruma.
      if (rest.starts_with("[]") || rest.starts_with("[^]")) return false;
      if (rest.starts_with("[^")) ++i;
    } else if (rest.starts_with("(?") ? !is_shared_group(rest.substr(2)) : rest.starts_with("(*")) {
      return false;
    } else if (rest.starts_with("}+")) {
      return false;  // possessive to PCRE2, repeated to Oniguruma
    }
  }
  return true;
}

}  // namespace radlads::text
