#include "text/python_pattern.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

namespace radlads::text {
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

[[noreturn]] void refuse(std::string_view construct) {
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
      refuse(fmt::format("\\{}", letter));
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
      refuse(fmt::format("\\{} without {} hexadecimal digits", rest_[1], num_digits));
    }
    replace(2 + num_digits, fmt::format("\\x{{{}}}", digits));
  }

  void back_reference(Place place) {
    const size_t end = std::min(rest_.find_first_not_of(kDigits, 1), rest_.size());
    if (place == Place::kInSet || rest_[1] == '0' || end > 3)
      refuse("a number after \\ that is not a group's");
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
          refuse("a range that begins with a class");
        }
      } else {
        copy(1);
      }
    }
    copy(1);
  }

  void group() {
    if (rest_.starts_with("(*")) refuse("a verb (*...)");
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
    if (!is_group && !is_whole) refuse("a group (?...) of an unknown kind");
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
    if (rest_.substr(length).starts_with('+')) refuse("a possessive quantifier");
    copy(length);
  }

  std::string_view rest_, pattern_;
  // Only "\n" ends a line, whatever PCRE2 was built with.
  std::string out_ = "(*LF)";
};

}  // namespace

std::string pcre2_of_python(std::string_view pattern) { return Translation(pattern).run(); }

}  // namespace radlads::text
