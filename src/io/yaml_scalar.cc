#include "io/yaml_scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

#include "io/printable.h"

namespace radlads {
namespace {

using Json = nlohmann::ordered_json;
using Words = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view word, Words words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string lower(std::string_view word) {
  std::string text(word);
  for (char& c : text) c = 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

/// A word that is parsed from the left.
class Scanner {
 public:
  explicit Scanner(std::string_view rest) : rest_(rest) {}

  bool at_end() const { return rest_.empty(); }

  bool take(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }

  /// As many of these characters as follow.
  std::string_view take_all_of(std::string_view characters) {
    const std::string_view taken =
        rest_.substr(0, std::min(rest_.find_first_not_of(characters), rest_.size()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  /// 1 or -1.
  int sign() {
    if (take("-")) return -1;
    take("+");
    return 1;
  }

  /// ":" and a number of 0 to 59.
  std::optional<int> sixtieth() {
    Scanner ahead = *this;
    if (!ahead.take(":")) return std::nullopt;
    const std::string_view digits = ahead.take_all_of("0123456789");
    if (digits.empty() || digits.size() > 2 || (digits.size() == 2 && digits[0] > '5')) return std::nullopt;
    *this = ahead;
    return digits.size() == 1 ? digits[0] - '0' : (digits[0] - '0') * 10 + digits[1] - '0';
  }

 private:
  std::string_view rest_;
};

constexpr std::string_view kDigits = "0123456789", kSpacedDigits = "0123456789_";

std::string without_underscores(std::string_view digits) {
  std::string bare(digits);
  std::erase(bare, '_');
  return bare;
}

/// A whole number of at most 64 bits; `overflows` says that there are more.
struct Whole {
  uint64_t magnitude = 0;
  bool is_negative = false, overflows = false;

  void append(uint64_t base, uint64_t digit) {
    overflows |= __builtin_mul_overflow(magnitude, base, &magnitude);
    overflows |= __builtin_add_overflow(magnitude, digit, &magnitude);
  }

  /// False if there are none.
  bool append_digits(uint64_t base, std::string_view digits) {
    const std::string bare = without_underscores(digits);
    for (const char c : bare) {
      const char small = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
      append(base, static_cast<uint64_t>(small >= 'a' ? small - 'a' + 10 : small - '0'));
    }
    return !bare.empty();
  }
};

std::optional<Whole> whole_number(std::string_view word) {
  Scanner scanner(word);
  Whole whole = {.is_negative = scanner.sign() < 0};
  bool has_digits = false;
  if (scanner.take("0b")) {
    has_digits = whole.append_digits(2, scanner.take_all_of("01_"));
  } else if (scanner.take("0x")) {
    has_digits = whole.append_digits(16, scanner.take_all_of("0123456789abcdefABCDEF_"));
  } else if (scanner.take("0")) {
    whole.append_digits(8, scanner.take_all_of("01234567_"));
    has_digits = true;
  } else if (const auto digits = scanner.take_all_of(kSpacedDigits); !digits.starts_with('_')) {
    has_digits = whole.append_digits(10, digits);
    while (const auto digit = scanner.sixtieth()) whole.append(60, static_cast<uint64_t>(*digit));
  }
  if (!has_digits || !scanner.at_end()) return std::nullopt;
  return whole;
}

/// Digits, a point and an exponent of a sign's right side. What is beyond the range is infinite or 0.
double parse_real(const std::string& digits) {
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc::result_out_of_range) return value;
  const size_t exponent = digits.find_first_of("eE");
  const bool is_small = exponent != std::string::npos && digits.compare(exponent + 1, 1, "-") == 0;
  return is_small ? 0 : std::numeric_limits<double>::infinity();
}

/// YAML 1.1 asks for a point, for a digit between a sign and the point, and for a sign in the exponent.
std::optional<double> real_number(std::string_view word) {
  if (is_one_of(word, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  Scanner scanner(word);
  const double sign = scanner.sign();
  const bool has_sign = word.starts_with('-') || word.starts_with('+');
  if (is_one_of(word.substr(has_sign ? 1 : 0), {".inf", ".Inf", ".INF"}))
    return sign * std::numeric_limits<double>::infinity();

  const std::string_view whole = scanner.take_all_of(kSpacedDigits);
  if (whole.starts_with('_') || (whole.empty() && has_sign)) return std::nullopt;
  std::vector<double> parts = {parse_real(without_underscores(whole))};
  if (!whole.empty()) {
    while (const auto digit = scanner.sixtieth()) parts.push_back(*digit);
  }
  if (!scanner.take(".")) return std::nullopt;
  const std::string_view fraction = scanner.take_all_of(kSpacedDigits);
  if (whole.empty() && (fraction.empty() || fraction.starts_with('_'))) return std::nullopt;

  if (parts.size() > 1) {  // 1:30.5 is 90.5
    if (!scanner.at_end()) return std::nullopt;
    parts.back() = parse_real(fmt::format("{}.{}", parts.back(), without_underscores(fraction)));
    double value = 0, unit = 1;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part, unit *= 60) value += *part * unit;
    return sign * value;
  }
  std::string digits = without_underscores(whole) + "." + without_underscores(fraction);
  if (scanner.take("e") || scanner.take("E")) {
    const bool is_small = scanner.take("-");
    if (!is_small && !scanner.take("+")) return std::nullopt;
    const std::string_view exponent = scanner.take_all_of(kDigits);
    if (exponent.empty()) return std::nullopt;
    digits += fmt::format("e{}{}", is_small ? "-" : "+", exponent);
  }
  if (!scanner.at_end()) return std::nullopt;
  return sign * parse_real(digits);
}

std::optional<bool> truth(std::string_view word) {
  if (is_one_of(word, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) return true;
  if (is_one_of(word, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) return false;
  return std::nullopt;
}

Json number(const Whole& whole, const YamlNode& node, const YamlPlace& place) {
  const uint64_t limit = whole.is_negative ? uint64_t{1} << 63 : std::numeric_limits<uint64_t>::max();
  if (whole.overflows || whole.magnitude > limit)
    place.fail(node.line, "the number {} has more than 64 bits (text must be in quotes)",
               printable(node.text));
  if (!whole.is_negative || whole.magnitude == 0) return whole.magnitude;
  return static_cast<int64_t>(-whole.magnitude);
}

Json tagged(const YamlNode& node, const YamlPlace& place) {
  if (node.tag == "null") return nullptr;
  if (node.tag == "bool") {
    if (const auto value = truth(lower(node.text))) return *value;
  } else if (node.tag == "int") {
    if (const auto value = whole_number(node.text)) return number(*value, node, place);
  } else if (node.tag == "float") {
    if (const auto value = real_number(node.text)) return *value;
    const auto whole = whole_number(node.text);
    if (whole && !whole->overflows)
      return (whole->is_negative ? -1 : 1) * static_cast<double>(whole->magnitude);
  } else {
    return node.text;  // str, timestamp
  }
  place.fail(node.line, "{} is not of the type !!{}", in_quotes(node.text), node.tag);
}

}  // namespace

Json yaml_scalar(const YamlNode& node, const YamlPlace& place) {
  if (!node.tag.empty()) return tagged(node, place);
  if (!node.is_plain) return node.text;
  if (node.is_null()) return nullptr;
  if (const auto value = truth(node.text)) return *value;
  if (const auto value = whole_number(node.text)) return number(*value, node, place);
  if (const auto value = real_number(node.text)) return *value;
  if (is_one_of(node.text, {"<<", "="}))
    place.fail(node.line, "{} has a special meaning in YAML: put it in quotes", node.text);
  return node.text;
}

}  // namespace radlads
