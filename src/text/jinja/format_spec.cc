#include "text/jinja/format_spec.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/utf8.h"
#include "text/jinja/operators.h"
#include "text/jinja/printing.h"
#include "text/jinja/strings.h"

namespace radlads::jinja {
namespace {

constexpr int64_t kMaxPrecision = 1000;

int64_t take_number(const Site& site, std::string_view& rest, int64_t otherwise) {
  int64_t number = otherwise;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error == std::errc::result_out_of_range || number > (int64_t{1} << 30))
    site.fail("a width is too large");
  if (error == std::errc()) rest.remove_prefix(static_cast<size_t>(end - rest.data()));
  return number;
}

bool take(std::string_view& rest, std::string_view choices, char& out) {
  if (rest.empty() || choices.find(rest[0]) == choices.npos) return false;
  out = rest[0];
  rest.remove_prefix(1);
  return true;
}

FormatSpec parse(const Site& site, std::string_view text) {
  constexpr std::string_view kAligns = "<>^=";
  FormatSpec spec;
  std::string_view rest = text;
  const size_t fill = rest.empty() ? 0 : utf8_length(rest[0]);
  if (rest.size() > fill && kAligns.find(rest[fill]) != kAligns.npos) {
    spec.fill = std::string(rest.substr(0, fill));
    rest.remove_prefix(fill);
  }
  char mark = '\0';
  take(rest, kAligns, spec.align);
  take(rest, "+- ", spec.sign);
  spec.is_alternate = take(rest, "#", mark);
  if (take(rest, "0", mark) && spec.align == '\0') {
    spec.fill.assign(1, '0');
    spec.align = '=';
  }
  if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') spec.width = take_number(site, rest, 0);
  take(rest, ",_", spec.grouping);
  if (take(rest, ".", mark)) {
    spec.precision = take_number(site, rest, -1);
    if (*spec.precision < 0)
      site.fail("the format {} has no precision after the point", in_python_quotes(text));
  }
  take(rest, "bcdeEfFgGnosxX%", spec.type);
  if (!rest.empty()) site.fail("the format {} is malformed", in_python_quotes(text));
  return spec;
}

// Digits with a separator between every `size` of those before the point.
std::string grouped(std::string_view digits, char separator, size_t size) {
  if (separator == '\0') return std::string(digits);
  const size_t whole = std::min(digits.find_first_not_of("0123456789abcdefABCDEF"), digits.size());
  std::string out;
  for (size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % size == 0) out += separator;
    out += digits[i];
  }
  return out + std::string(digits.substr(whole));
}

std::string laid_out(const Site& site, const FormatSpec& spec, char align, std::string_view prefix,
                     std::string_view body) {
  const int64_t missing = spec.width - length_of(prefix) - length_of(body);
  const auto room = static_cast<size_t>(std::max<int64_t>(missing, 0));
  site.spend(room * spec.fill.size() + body.size());
  const size_t left = align == '>' || align == '=' ? room : align == '^' ? room / 2 : 0;
  std::string before, after;
  for (size_t i = 0; i < room; ++i) (i < left ? before : after) += spec.fill;
  return align == '=' ? fmt::format("{}{}{}", prefix, before, body)
                      : fmt::format("{}{}{}{}", before, prefix, body, after);
}

std::string sign_of(const FormatSpec& spec, bool is_negative) {
  return is_negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign);
}

std::string in_base(const BigInteger& magnitude, uint32_t base, bool is_upper) {
  std::string reversed;
  for (BigInteger rest = magnitude; !rest.is_zero();) {
    BigInteger::Division division = BigInteger::divide(rest, int64_t{base});
    constexpr std::string_view kLower = "0123456789abcdef", kUpper = "0123456789ABCDEF";
    const auto digit = static_cast<size_t>(division.remainder.small().value_or(0));
    reversed += is_upper ? kUpper[digit] : kLower[digit];
    rest = std::move(division.quotient);
  }
  if (reversed.empty()) reversed.push_back('0');
  return {reversed.rbegin(), reversed.rend()};
}

std::string integer_text(const Site& site, const BigInteger& number, const FormatSpec& spec) {
  if (spec.precision) site.fail("an integer has no precision");
  const BigInteger magnitude = number.is_negative() ? -number : number;
  site.spend(magnitude.num_bits() * magnitude.num_bits() / 32);
  const uint32_t base = spec.type == 'b' ? 2 : spec.type == 'o' ? 8 : (spec.type | 0x20) == 'x' ? 16 : 10;
  std::string digits = base == 10 ? text_of(site, magnitude) : in_base(magnitude, base, spec.type == 'X');
  if (spec.grouping == ',' && base != 10) site.fail("',' groups only decimal digits");
  digits = grouped(digits, spec.grouping, base == 10 ? 3 : 4);
  std::string prefix = sign_of(spec, number.is_negative());
  if (spec.is_alternate && base != 10) prefix += fmt::format("0{}", spec.type);
  // Zeros that fill the width are grouped, too.
  if (spec.grouping != '\0' && spec.fill == "0" && spec.align == '=') {
    while (std::ssize(prefix) + std::ssize(digits) < spec.width) {
      std::erase(digits, spec.grouping);
      site.spend(digits.size());
      digits = grouped(fmt::format("0{}", digits), spec.grouping, base == 10 ? 3 : 4);
    }
  }
  return laid_out(site, spec, spec.align == '\0' ? '>' : spec.align, prefix, digits);
}

// As in repr() and format() without a type: with a point or an exponent.
std::string general_text(double magnitude, std::optional<int64_t> precision) {
  if (!precision || !std::isfinite(magnitude)) return text_of(magnitude);
  const int64_t digits = std::max<int64_t>(*precision, 1);
  const std::string scientific = fmt::format("{:.{}e}", magnitude, digits - 1);
  const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
  std::string text = fmt::format("{:.{}g}", magnitude, digits);
  if (text.find_first_of(".e") != text.npos) return text;
  if (exponent < digits - 1) return text + ".0";
  std::string mantissa = scientific.substr(0, scientific.find('e'));
  if (mantissa.find('.') != mantissa.npos) {
    while (mantissa.back() == '0') mantissa.pop_back();
    if (mantissa.back() == '.') mantissa.pop_back();
  }
  return mantissa + scientific.substr(scientific.find('e'));
}

std::string real_digits(double magnitude, const FormatSpec& spec) {
  const int64_t precision = spec.precision.value_or(6);
  const bool is_upper = spec.type == 'E' || spec.type == 'F' || spec.type == 'G';
  std::string text;
  switch (spec.type | 0x20) {
    case 'e':
      text = spec.is_alternate ? fmt::format("{:#.{}e}", magnitude, precision)
                               : fmt::format("{:.{}e}", magnitude, precision);
      break;
    case 'f':
      text = spec.is_alternate ? fmt::format("{:#.{}f}", magnitude, precision)
                               : fmt::format("{:.{}f}", magnitude, precision);
      break;
    case 'g':
    case 'n':
      text = spec.is_alternate ? fmt::format("{:#.{}g}", magnitude, precision)
                               : fmt::format("{:.{}g}", magnitude, precision);
      break;
    default:
      text = spec.type == '%' ? fmt::format("{:.{}f}%", magnitude * 100, precision)
                              : general_text(magnitude, spec.precision);
  }
  if (is_upper)
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

std::string real_text(const Site& site, double number, const FormatSpec& spec) {
  if (spec.precision.value_or(0) > kMaxPrecision)
    site.fail("a precision of more than {} digits", kMaxPrecision);
  const bool is_finite = std::isfinite(number);
  const std::string digits =
      grouped(real_digits(std::abs(number), spec), is_finite ? spec.grouping : '\0', 3);
  const bool is_negative = std::signbit(number) && !std::isnan(number);
  return laid_out(site, spec, spec.align == '\0' ? '>' : spec.align, sign_of(spec, is_negative), digits);
}

std::string string_text(const Site& site, const std::string& text, const FormatSpec& spec) {
  if (spec.align == '=' && spec.fill != "0") site.fail("'=' does not align strings");
  if (spec.sign != '-' || spec.is_alternate || spec.grouping != '\0')
    site.fail("the format does not fit a string");
  site.spend(text.size());
  const std::string cut = spec.precision ? text.substr(0, byte_of(text, *spec.precision)) : text;
  return laid_out(site, spec, spec.align == '\0' || spec.align == '=' ? '<' : spec.align, "", cut);
}

}  // namespace

std::string formatted(const Site& site, const Value& value, std::string_view spec) {
  if (spec.empty()) return text_of(site, value);
  return formatted(site, value, parse(site, spec));
}

std::string formatted(const Site& site, const Value& value, const FormatSpec& spec) {
  constexpr std::string_view kOfIntegers = "bcdnoxX";
  const bool is_for_integers = spec.type == '\0' || kOfIntegers.find(spec.type) != kOfIntegers.npos;
  const auto integer = big_of(value);
  if (integer && spec.type == 'c') {
    const auto code = integer->small();
    if (!code || *code < 0 || *code > 0x10FFFF || (*code >= 0xD800 && *code < 0xE000))
      site.fail("there is no character {}", integer->text());
    std::string character;
    append_utf8(static_cast<char32_t>(*code), character);
    return laid_out(site, spec, spec.align == '\0' ? '>' : spec.align, "", character);
  }
  if (value.boolean() != nullptr && spec.type == '\0') return integer_text(site, *integer, spec);
  if (integer && is_for_integers) return integer_text(site, *integer, spec);
  const bool suits_reals = spec.type == '\0' || spec.type == 'n' || !is_for_integers;
  if ((value.real() != nullptr || integer) && suits_reals && spec.type != 's')
    return real_text(site, real_of(site, value), spec);
  if (value.text() != nullptr && (spec.type == '\0' || spec.type == 's'))
    return string_text(site, *value.text(), spec);
  site.fail("the format {} does not fit {}", spec.type == '\0' ? "given" : std::string(1, spec.type),
            value.type_name());
}

}  // namespace radlads::jinja
