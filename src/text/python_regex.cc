#include "text/python_regex.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/error.h"

namespace radlads::text {
namespace {

/// Enough for a text of megabytes; a pattern that backtracks endlessly stops within a second.
constexpr uint32_t kMaxSteps = 10'000'000;

Pcre2Program compiled(std::string_view pattern) {
  try {
    return {pcre2_of_python(pattern), PCRE2_ALT_CIRCUMFLEX, kMaxSteps};
  } catch (const MalformedPattern& error) {
    // The position is one in the translation.
    throw std::invalid_argument("malformed pattern: " + error.reason());
  }
}

}  // namespace

PythonRegex::PythonRegex(const std::string& pattern) : pattern_(pattern), program_(compiled(pattern)) {}

std::vector<PythonRegex::Match> PythonRegex::matches(std::string_view valid) const {
  std::vector<Match> found;
  Pcre2Search search(program_);
  size_t start = 0;
  uint32_t options = 0;
  try {
    while (search.find(valid, start, options)) {
      Match match;
      for (size_t group = 0; group <= num_groups(); ++group) match.push_back(search.group(group));
      start = match[0]->end;
      // After an empty match the next may begin at the same place, but not be empty there.
      options = match[0]->begin == match[0]->end ? PCRE2_NOTEMPTY_ATSTART : 0;
      found.push_back(std::move(match));
    }
  } catch (const std::runtime_error& error) {
    fail("[match] the pattern {}: {} on this text", pattern_, error.what());
  }
  return found;
}

std::string PythonRegex::remove_from(std::string_view valid) const {
  std::string kept;
  size_t done = 0;
  for (const Match& match : matches(valid)) {
    kept += valid.substr(done, match[0]->begin - done);
    done = match[0]->end;
  }
  kept += valid.substr(done);
  return kept;
}

void PythonRegex::substitute(std::string_view valid, std::string_view replacement, int64_t count,
                             const Append& append) const {
  const std::vector<ReplacementPart> parts = parse_python_replacement(replacement, *this);
  size_t done = 0;
  int64_t replaced = 0;
  for (const Match& match : matches(valid)) {
    if (count > 0 && replaced++ == count) break;
    append(valid.substr(done, match[0]->begin - done));
    for (const ReplacementPart& part : parts) {
      if (const auto* text = std::get_if<std::string>(&part)) {
        append(*text);
      } else if (const auto& group = match[std::get<size_t>(part)]) {
        append(valid.substr(group->begin, group->end - group->begin));
      }
    }
    done = match[0]->end;
  }
  append(valid.substr(done));
}

namespace {

// str.isspace() and its complement, as members of a set. PCRE2's \s lacks the separators U+001C to U+001F.
constexpr std::string_view kSpace =
    R"(\t-\r\x1c-\x20\x85\xa0\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr std::string_view kNoSpace =
    R"(\x00-\x08\x0e-\x1b\x21-\x84\x86-\x9f\xa1-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e})"
    R"(\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff})";

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

// What may follow "(?" and means the same to both.
constexpr auto kGroups = std::to_array<std::string_view>({":", "=", "!", "<=", "<!", "P<", "P="});

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

[[noreturn]] void refuse_pattern(std::string_view construct) {
  throw std::invalid_argument(fmt::format("the pattern uses {}, which is not supported", construct));
}

class Translation {
 public:
  explicit Translation(std::string_view pattern) : rest_(pattern), pattern_(pattern) {}

  std::string run() {
    while (!rest_.empty()) {
      switch (rest_[0]) {
        case '\\':
          escape(Place::kOutside);
          break;
        case '[':
          set();
          break;
        case '(':
          group();
          break;
        case '*':
        case '+':
        case '?':
          quantifier(1);
          break;
        case '{':
          interval();
          break;
        default:
          copy(1);
      }
    }
    return std::move(out_);
  }

 private:
  enum class Place { kOutside, kInSet };

  void copy(size_t length) {
    out_ += rest_.substr(0, length);
    rest_.remove_prefix(std::min(length, rest_.size()));
  }

  void replace(size_t length, std::string_view text) {
    out_ += text;
    rest_.remove_prefix(length);
  }

  void escape(Place place) {
    if (rest_.size() < 2) return copy(1);  // malformed to PCRE2 too
    const char letter = rest_[1];
    const bool in_set = place == Place::kInSet;
    if (letter == 's' || letter == 'S') return space_class(place);
    if (letter == 'v') return replace(2, R"(\x0b)");
    if (letter == 'Z' && !in_set) return replace(2, R"(\z)");
    if (letter == 'B' && !in_set) return replace(2, R"((?:(?!\A\z)\B))");  // not in an empty text
    if (letter == 'x') return code_point(2);
    if (letter == 'u') return code_point(4);
    if (letter == 'U') return code_point(8);
    if (kDigits.find(letter) != std::string_view::npos) return back_reference(place);
    const std::string_view shared = in_set ? "abdDfnrtwW" : "abdDfnrtwWA";
    if (is_ascii_letter(letter) && shared.find(letter) == std::string_view::npos) {
      refuse_pattern(fmt::format("\\{}", letter));
    }
    copy(2);
  }

  void space_class(Place place) {
    const bool negated = rest_[1] == 'S';
    if (place == Place::kInSet) return replace(2, negated ? kNoSpace : kSpace);
    replace(2, fmt::format("[{}{}]", negated ? "^" : "", kSpace));
  }

  /// \xHH, \uHHHH or \UHHHHHHHH.
  void code_point(size_t num_digits) {
    const std::string_view digits = rest_.substr(2, num_digits);
    if (digits.size() < num_digits || digits.find_first_not_of(kHexDigits) != std::string_view::npos) {
      refuse_pattern(fmt::format("\\{} without {} hexadecimal digits", rest_[1], num_digits));
    }
    replace(2 + num_digits, fmt::format("\\x{{{}}}", digits));
  }

  void back_reference(Place place) {
    const size_t end = std::min(rest_.find_first_not_of(kDigits, 1), rest_.size());
    if (place == Place::kInSet || rest_[1] == '0' || end > 3)
      refuse_pattern("a number after \\ that is not a group's");
    replace(end, fmt::format("\\g{{{}}}", rest_.substr(1, end - 1)));
  }

  void set() {
    copy(rest_.starts_with("[^") ? 2 : 1);
    // A member that PCRE2 may take as the end of the set or as a class such as [:alpha:].
    if (!rest_.empty() && std::string_view("]:.=").find(rest_[0]) != std::string_view::npos) {
      replace(1, fmt::format("\\{}", rest_[0]));
    }
    while (!rest_.empty() && rest_[0] != ']') {
      if (rest_[0] == '[') {
        replace(1, R"(\[)");  // might begin such a class
      } else if (rest_[0] == '\\') {
        const bool is_class =
            rest_.size() > 1 && std::string_view("dDsSwW").find(rest_[1]) != std::string_view::npos;
        escape(Place::kInSet);
        if (is_class && rest_.starts_with('-') && !rest_.starts_with("-]")) {
          refuse_pattern("a range that begins with a class");
        }
      } else {
        copy(1);
      }
    }
    copy(1);
  }

  void group() {
    if (rest_.starts_with("(*")) refuse_pattern("a verb (*...)");
    if (!rest_.starts_with("(?")) return copy(1);
    const std::string_view after = rest_.substr(2);
    for (const std::string_view kind : kGroups) {
      if (after.starts_with(kind)) return copy(2 + kind.size());
    }
    // Flags: of a group anywhere, of the whole pattern at its beginning.
    const size_t end = after.find_first_not_of("ims-");
    const bool is_group = end != std::string_view::npos && after[end] == ':';
    const bool is_whole =
        end != std::string_view::npos && after[end] == ')' && rest_.size() == pattern_.size();
    if (!is_group && !is_whole) refuse_pattern("a group (?...) of an unknown kind");
    copy(2 + end + 1);
  }

  /// The bytes of {2}, {2,}, {,3} or {2,3}; 0 if a brace is a literal.
  size_t interval_length() const {
    const size_t low = std::min(rest_.find_first_not_of(kDigits, 1), rest_.size());
    const bool has_comma = rest_.substr(low).starts_with(',');
    const size_t end = has_comma ? std::min(rest_.find_first_not_of(kDigits, low + 1), rest_.size()) : low;
    return rest_.substr(end).starts_with('}') && end > 1 ? end + 1 : 0;
  }

  void interval() {
    const size_t length = interval_length();
    if (length == 0) return replace(1, R"(\{)");
    if (rest_.starts_with("{,")) replace(1, "{0");  // PCRE2 needs the lower bound
    quantifier(rest_.find('}') + 1);
  }

  void quantifier(size_t length) {
    if (rest_.substr(length).starts_with('+')) refuse_pattern("a possessive quantifier");
    copy(length);
  }

  std::string_view rest_, pattern_;
  // Only "\n" ends a line, whatever PCRE2 was built with.
  std::string out_ = "(*LF)";
};

}  // namespace

std::string pcre2_of_python(std::string_view pattern) { return Translation(pattern).run(); }

namespace {

template <class... Args>
[[noreturn]] void refuse_replacement(fmt::format_string<Args...> format, Args&&... args) {
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
    refuse_replacement("the replacement has a malformed \\g");
  const std::string name(rest.substr(1, close - 1));
  rest.remove_prefix(close + 1);
  if (name.size() <= 3 && std::all_of(name.begin(), name.end(), is_digit)) return number_of(name);
  const auto group = regex.group_named(name);
  if (!group) refuse_replacement("the pattern has no group {}", name);
  return *group;
}

/// Reads what follows a backslash, and moves past it.
ReplacementPart escaped_part(const PythonRegex& regex, std::string_view& rest) {
  constexpr std::string_view kLetters = "\\abfnrtv", kCharacters = "\\\a\b\f\n\r\t\v";
  if (rest.empty()) refuse_replacement("the replacement ends in a backslash");
  const char letter = rest[0];
  if (is_digit(letter)) {
    const size_t length = rest.size() > 1 && is_digit(rest[1]) ? 2 : 1;
    const bool third = length == 2 && rest.size() > 2 && is_digit(rest[2]);
    if (letter == '0' || third)
      refuse_replacement("the replacement has an octal escape, which is not supported");
    const size_t group = number_of(rest.substr(0, length));
    rest.remove_prefix(length);
    return group;
  }
  rest.remove_prefix(1);
  if (letter == 'g') return group_in_brackets(regex, rest);
  if (const size_t i = kLetters.find(letter); i != kLetters.npos) return std::string(1, kCharacters[i]);
  const char lower = static_cast<char>(letter | 0x20);
  if (lower >= 'a' && lower <= 'z') refuse_replacement("the replacement has the unknown escape \\{}", letter);
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
    if (group != nullptr && *group > regex.num_groups())
      refuse_replacement("the pattern has no group {}", *group);
  }
  return parts;
}

}  // namespace radlads::text
