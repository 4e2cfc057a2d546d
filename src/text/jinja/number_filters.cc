#include <charconv>
#include <cmath>

#include "text/jinja/arithmetic.h"
#include "text/jinja/comparison.h"
#include "text/jinja/filters.h"
#include "text/jinja/strings.h"

namespace radlads::jinja {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A number's text as from_chars takes it: without white space around it, a plus sign, and underscores between
// digits. Empty if an underscore stands elsewhere.
std::string plain_number(std::string_view text) {
  text = strip(text, Side::kBoth);
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

// The number that all of `text` spells, if it does. UserError if it is out of range.
template <class Number>
std::optional<Number> parsed(const Site& site, std::string_view text) {
  const std::string plain = plain_number(text);
  Number number{};
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), number);
  if (plain.empty() || end != plain.data() + plain.size() || plain.back() == ')') return std::nullopt;
  if (error == std::errc::result_out_of_range) site.fail("{} is out of range", plain);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

// Towards zero, as int() does.
int64_t truncated(const Site& site, double number) {
  constexpr double kLimit = 9223372036854775808.0;
  if (!(std::abs(number) < kLimit)) site.fail("{} does not fit 64 bits", number);
  return static_cast<int64_t>(number);
}

Value to_integer(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"default", "base"});
  site.require_defined(subject);
  if (given.integer(1, 10) != 10) site.fail("int: another base than 10 is not supported");
  if (const auto integer = integer_of(subject)) return *integer;
  if (const double* real = subject.real(); real != nullptr && !std::isnan(*real))
    return truncated(site, *real);
  if (const std::string* text = subject.text()) {
    if (const auto integer = parsed<int64_t>(site, *text)) return *integer;
    const auto real = parsed<double>(site, *text);
    if (real && std::isfinite(*real)) return truncated(site, *real);
  }
  return given.find(0) != nullptr ? given[0] : int64_t{0};
}

Value to_float(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"default"});
  site.require_defined(subject);
  if (subject.real() != nullptr || integer_of(subject)) return real_of(site, subject);
  if (const std::string* text = subject.text()) {
    if (const auto real = parsed<double>(site, *text)) return *real;
  }
  return given.find(0) != nullptr ? given[0] : 0.0;
}

Value absolute(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  const double real = real_of(site, subject);
  if (subject.real() != nullptr) return std::abs(real);
  const int64_t integer = *integer_of(subject);
  return integer < 0 ? negate(site, integer) : integer;
}

// To the nearest number of so many decimals, by the exact value of `number`, and of two that are equally near
// to the even one: what printf does, too.
double rounded(double number, int64_t decimals) {
  if (!std::isfinite(number)) return number;
  const std::string digits = fmt::format("{:.{}f}", number, decimals);
  double result = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), result);
  return result;
}

Value round(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"precision", "method"});
  const int64_t decimals = given.integer(0, 0);
  const std::string method = given.find(1) != nullptr ? given.text(1) : "common";
  if (decimals < 0 || decimals > 300) site.fail("round: the precision {} is not supported", decimals);
  const double number = real_of(site, subject);
  if (method == "common")
    return subject.real() == nullptr ? Value(*integer_of(subject)) : rounded(number, decimals);
  if (method != "ceil" && method != "floor") site.fail("round: the method is common, ceil or floor");
  const double scale = std::pow(10.0, static_cast<double>(decimals));
  return (method == "ceil" ? std::ceil(number * scale) : std::floor(number * scale)) / scale;
}

constexpr Filter kFilters[] = {{"int", to_integer}, {"float", to_float}, {"abs", absolute}, {"round", round}};

}  // namespace

std::span<const Filter> number_filters() { return kFilters; }

}  // namespace radlads::jinja
