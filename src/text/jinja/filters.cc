#include "text/jinja/filters.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "core/utf8.h"
#include "text/case_mapping.h"
#include "text/jinja/access.h"
#include "text/jinja/operators.h"
#include "text/jinja/strings.h"
#include "text/unicode.h"

namespace radlads::jinja {

const Filter* find_filter(std::string_view name) {
  for (const auto filters : {text_filters(), layout_filters(), html_filters(), number_filters(),
                             sequence_filters(), grouping_filters(), order_filters(), selection_filters()}) {
    for (const Filter& filter : filters) {
      if (filter.name == name) return &filter;
    }
  }
  return nullptr;
}

Value field_for(const Site& site, const Value& item, const Value* attribute) {
  return attribute == nullptr || attribute->is_none() ? item : field_at(site, item, *attribute);
}

Value without_case(const Site& site, const Value& value) {
  if (value.text() == nullptr) return value;
  site.spend(value.text()->size());
  return text::to_lower(*value.text());
}

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The same text with the decimal digits of all scripts as those of ASCII.
std::string with_ascii_digits(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size();) {
    const char32_t character = next_character(text, i);
    if (text::is_decimal(character)) {
      result += static_cast<char>('0' + text::decimal_value(character));
    } else {
      append_utf8(character, result);
    }
  }
  return result;
}

// A number's text as from_chars accepts it: without white space around it, a plus sign, and underscores
// between digits. Empty if an underscore is anywhere else.
std::string plain_number(std::string_view given) {
  const std::string digits = with_ascii_digits(strip(given, Side::kBoth));
  std::string_view text = digits;
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain += text[i];
    } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return {};
    }
  }
  return plain;
}

// The float that all of `text` represents, if any.
std::optional<double> parsed_real(std::string_view text) {
  const std::string plain = plain_number(text);
  double number = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), number);
  if (plain.empty() || end != plain.data() + plain.size() || plain.back() == ')') return std::nullopt;
  // from_chars does not distinguish what is too large from what is too small.
  if (error == std::errc::result_out_of_range) return std::strtod(plain.c_str(), nullptr);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

// The integer that all of `text` represents in a base, if any; base 0 is that of its prefix 0x, 0o or 0b.
std::optional<BigInteger> parsed_integer(std::string_view text, int64_t base) {
  std::string plain = plain_number(text);
  const bool is_negative = plain.starts_with('-');
  if (is_negative) plain.erase(0, 1);
  const char letter = plain.size() > 2 && plain[0] == '0' ? static_cast<char>(plain[1] | 0x20) : '\0';
  const int64_t prefixed = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  if (prefixed != 0 && (base == 0 || base == prefixed)) {
    plain.erase(0, 2);
    base = prefixed;
  }
  if (base == 0) {
    base = 10;
    if (plain.size() > 1 && plain[0] == '0' && plain.find_first_not_of('0') != plain.npos)
      return std::nullopt;
  }
  const auto is_digit_here = [&](char c) {
    const int64_t digit = is_digit(c)                              ? c - '0'
                          : (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? (c | 0x20) - 'a' + 10
                                                                   : 36;
    return digit < base;
  };
  constexpr size_t kMaxDigits = 4300;  // as in Python
  if (plain.empty() || plain.size() > kMaxDigits || !std::all_of(plain.begin(), plain.end(), is_digit_here))
    return std::nullopt;
  const BigInteger magnitude = BigInteger::parse(plain, static_cast<uint32_t>(base));
  return is_negative ? -magnitude : magnitude;
}

Value to_integer(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"default", "base"});
  site.require_defined(subject);
  const int64_t base = given.integer(1, 10);
  if (base != 0 && (base < 2 || base > 36)) site.fail("int: there is no base {}", base);
  if (const auto integer = big_of(subject)) return *integer;
  if (const double* real = subject.real(); real != nullptr && std::isfinite(*real))
    return BigInteger::truncated(*real);
  if (subject.real() != nullptr && std::isinf(*subject.real())) site.fail("int: the number is infinite");
  if (const std::string* text = subject.text()) {
    if (const auto integer = parsed_integer(*text, base)) return *integer;
    const auto real = parsed_real(*text);
    if (real && std::isfinite(*real)) return BigInteger::truncated(*real);
  }
  return given.find(0) != nullptr ? given[0] : int64_t{0};
}

Value to_float(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"default"});
  site.require_defined(subject);
  if (subject.real() != nullptr || big_of(subject)) return real_of(site, subject);
  if (const std::string* text = subject.text()) {
    if (const auto real = parsed_real(*text)) return *real;
  }
  return given.find(0) != nullptr ? given[0] : 0.0;
}

Value absolute(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  if (const double* real = subject.real()) return std::abs(*real);
  site.require_defined(subject);
  const auto integer = big_of(subject);
  if (!integer) site.fail("abs: {} is not a number", subject.type_name());
  return integer->is_negative() ? -*integer : *integer;
}

// To the nearest number with this many decimals, by the exact value of `number`, ties to even: what printf
// does, too.
double rounded(double number, int64_t decimals) {
  if (!std::isfinite(number)) return number;
  const std::string digits = fmt::format("{:.{}f}", number, decimals);
  double result = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), result);
  return result;
}

// To a multiple of 10^-decimals, a negative number of them.
BigInteger rounded(const BigInteger& number, int64_t decimals) {
  BigInteger unit = 1;
  for (int64_t i = decimals; i < 0; ++i) unit = unit * 10;
  const auto [quotient, rest] = BigInteger::divide(number, unit);
  const auto order = rest + rest <=> unit;
  const bool is_odd = !BigInteger::divide(quotient, 2).remainder.is_zero();
  return (quotient + (order > 0 || (order == 0 && is_odd) ? 1 : 0)) * unit;
}

Value round(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"precision", "method"});
  const int64_t decimals = given.integer(0, 0);
  const std::string method = given.find(1) != nullptr ? given.text(1) : "common";
  if (method != "common" && method != "ceil" && method != "floor")
    site.fail("round: the method must be common, ceil or floor");
  if (std::abs(decimals) > 300) site.fail("round: the precision {} is not supported", decimals);
  const double number = real_of(site, subject);
  if (method == "common") {
    const auto integer = big_of(subject);
    if (integer) return decimals >= 0 ? *integer : rounded(*integer, decimals);
    if (decimals >= 0) return rounded(number, decimals);
    const double scale = std::pow(10.0, static_cast<double>(-decimals));
    return rounded(number / scale, 0) * scale;
  }
  // Python's floor and ceil give integers, which have no negative zero.
  const double scale = std::pow(10.0, static_cast<double>(decimals)), scaled = number * scale;
  if (!std::isfinite(scaled)) site.fail("round: the result is not finite");
  return ((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) + 0.0) / scale;
}

constexpr Filter kNumberFilters[] = {
    {"int", to_integer}, {"float", to_float}, {"abs", absolute}, {"round", round}};

}  // namespace

std::span<const Filter> number_filters() { return kNumberFilters; }

}  // namespace radlads::jinja
