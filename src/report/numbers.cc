#include "report/numbers.h"

#include <algorithm>
#include <cmath>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/units.h"

namespace radlads::report {
namespace {

constexpr const char* kNotFinite = "not finite";

/// Puts commas into the digits before the point.
std::string with_commas(std::string digits) {
  const size_t first = digits.starts_with('-') ? 1 : 0;
  size_t at = std::min(digits.find('.'), digits.size());
  while (at > first + 3) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

/// The power of ten of `value` once it is rounded to `digits` significant ones.
int rounded_exponent(double value, int digits) {
  const std::string text = fmt::format("{:.{}e}", value, digits - 1);
  return std::stoi(text.substr(text.find('e') + 1));
}

std::string scientific(double value) {
  const int exponent = rounded_exponent(value, 3);
  const std::string text = fmt::format("{:.2e}", value);
  return fmt::format("{}e{}", text.substr(0, text.find('e')), exponent);
}

}  // namespace

std::string number(double value) {
  if (!std::isfinite(value)) return kNotFinite;
  if (value == 0) return "0";
  const int digits = std::abs(value) < 1 ? 3 : 4;
  const int exponent = rounded_exponent(value, digits);
  if (exponent >= 6 || exponent < -4) return scientific(value);
  return with_commas(fmt::format("{:.{}f}", value, std::max(0, digits - 1 - exponent)));
}

std::string signed_number(double value) {
  return value > 0 && std::isfinite(value) ? fmt::format("+{}", number(value)) : number(value);
}

std::string count(double value) {
  if (!std::isfinite(value)) return kNotFinite;
  const double size = std::abs(value);
  if (size < 1e6) return with_commas(fmt::format("{:.0f}", value));
  // Just below a unit, three digits round up to it.
  if (size < 0.9995e9) return fmt::format("{:.3g}M", value / 1e6);
  if (size < 0.9995e12) return fmt::format("{:.3g}B", value / 1e9);
  return number(value / 1e12) + "T";
}

std::string grouped(int64_t value) { return with_commas(fmt::format("{}", value)); }

std::string grouped(int64_t value, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(value), noun, value == 1 ? "" : "s");
}

std::string percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.2f}%", 100 * share) : kNotFinite;
}

std::string duration(double seconds) {
  constexpr int64_t kMinute = 60, kHour = 3600, kDay = 24 * kHour;
  if (!(std::abs(seconds) < 1e15)) return kNotFinite;
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const int64_t whole = std::llround(seconds);
  if (whole < kHour) return fmt::format("{} min {:02} s", whole / kMinute, whole % kMinute);
  if (whole < kDay) return fmt::format("{} h {:02} min", whole / kHour, whole % kHour / kMinute);
  return fmt::format("{} d {} h", whole / kDay, whole % kDay / kHour);
}

std::string date(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(time));
}

std::string bytes(double num_bytes) {
  if (!(std::abs(num_bytes) < 1e18)) return kNotFinite;
  return format_bytes(static_cast<uint64_t>(std::llround(std::max(0.0, num_bytes))));
}

std::string milliseconds(double ms) {
  if (!std::isfinite(ms)) return kNotFinite;
  return ms < 1000 ? number(ms) + " ms" : number(ms / 1000) + " s";
}

}  // namespace radlads::report
