#include "core/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace radlads {
namespace {

constexpr std::array<std::pair<char, int64_t>, 5> kSuffixes = {
    {{'T', 1'000'000'000'000}, {'G', 1'000'000'000}, {'B', 1'000'000'000}, {'M', 1'000'000}, {'k', 1'000}}};

int64_t scale_of(char suffix) {
  for (const auto& [name, scale] : kSuffixes) {
    if (suffix == name) return scale;
  }
  return suffix == 'K' ? 1000 : 0;
}

}  // namespace

std::optional<int64_t> parse_count(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t scale = scale_of(text.back());
  if (scale == 0) {
    scale = 1;
  } else {
    text.remove_suffix(1);
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  const double count = std::round(number * static_cast<double>(scale));
  if (!(count >= 0 && count < 9e15) || std::abs(count - number * static_cast<double>(scale)) > 1e-6 * count) {
    return std::nullopt;
  }
  return static_cast<int64_t>(count);
}

std::string format_count(int64_t count) {
  for (const auto& [name, scale] : kSuffixes) {
    if (name != 'B' && count != 0 && count % scale == 0) return fmt::format("{}{}", count / scale, name);
  }
  return fmt::format("{}", count);
}

std::string counted(int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string format_bytes(uint64_t num_bytes) {
  constexpr std::array<const char*, 5> kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(num_bytes);
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} bytes", num_bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string format_duration(double seconds) {
  if (!(seconds >= 0)) return "?";
  if (seconds < 60) return fmt::format("{:.1f}s", seconds);
  const auto whole = static_cast<int64_t>(std::round(seconds));
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}h{:02}m{:02}s", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace radlads
