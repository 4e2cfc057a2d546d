#include "report/axis.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"
#include "report/numbers.h"

namespace radlads::report {
namespace {

constexpr double kRoundFigures[] = {1, 2, 5};
constexpr double kMostIntervals = 6;
constexpr double kMostDecades = 6;      // with a tick at each
constexpr double kFewDecades = 2.5;     // up to here ticks are at 1, 2 and 5, not only at powers of ten
constexpr double kSmallestSpan = 1e-4;  // of the figures' size: figures closer together count as constant
constexpr double kNearZero = 0.25;  // of the highest figure: an axis that comes this close to 0 starts there
constexpr double kSlack = 1e-9;     // of an interval, against rounding

/// The smallest round interval above `interval`.
double round_interval(double interval) {
  const double power = std::pow(10, std::floor(std::log10(interval)));
  for (const double figure : kRoundFigures) {
    if (interval <= figure * power * (1 + kSlack)) return figure * power;
  }
  return 10 * power;
}

/// The exponents of 1, 2 and 5 times 10^decade.
std::array<double, 3> round_exponents(double decade) {
  return {decade, decade + std::log10(2), decade + std::log10(5)};
}

double exponent_below(double exponent) {
  const auto marks = round_exponents(std::floor(exponent + kSlack));
  return *std::find_if(marks.rbegin(), marks.rend() - 1,
                       [&](double mark) { return mark <= exponent + kSlack; });
}

double exponent_above(double exponent) {
  const auto marks = round_exponents(std::floor(exponent + kSlack));
  const auto* mark =
      std::find_if(marks.begin(), marks.end(), [&](double m) { return m >= exponent - kSlack; });
  return mark == marks.end() ? marks.front() + 1 : *mark;
}

/// "1e-05" -> "1e-5"
std::string short_exponent(const std::string& text) {
  const size_t e = text.find('e');
  return e == std::string::npos ? text
                                : fmt::format("{}e{}", text.substr(0, e), std::stoi(text.substr(e + 1)));
}

/// `value` in a unit for figures of about `size`, fine enough to distinguish what is `resolution`
/// apart.
std::string tick_label(double value, double size, double resolution) {
  if (value == 0) return "0";
  if (size < 1e-3 || size >= 1e15) return short_exponent(fmt::format("{:.3g}", value));
  if (size >= 1e12) return fmt::format("{:g}T", value / 1e12);
  if (size >= 1e9) return fmt::format("{:g}B", value / 1e9);
  if (size >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (resolution >= 1) return grouped(std::llround(value));
  return fmt::format("{:.{}f}", value, static_cast<int>(std::ceil(-std::log10(resolution) - kSlack)));
}

}  // namespace

Axis::Axis(Scale scale, double low, double high, Ends ends) : scale_(scale) {
  RADLADS_CHECK(low <= high && std::isfinite(high - low), "an axis from {} to {}", low, high);
  RADLADS_CHECK(scale == Scale::kLinear || low > 0, "a logarithmic axis from {}", low);
  low_ = scale == Scale::kLog ? std::log10(low) : low;
  high_ = scale == Scale::kLog ? std::log10(high) : high;
  if (scale == Scale::kLog) {
    add_log_ticks(ends);
  } else {
    add_linear_ticks(ends);
  }
}

double Axis::position(double value) const {
  return ((scale_ == Scale::kLog ? std::log10(value) : value) - low_) / (high_ - low_);
}

void Axis::add_linear_ticks(Ends ends) {
  const double size = std::max(std::abs(low_), std::abs(high_));
  if (high_ - low_ <= kSmallestSpan * size) {
    const double room = size == 0 ? 1 : size / 20;
    low_ -= room;
    high_ += room;
  }
  if (low_ > 0 && low_ < kNearZero * high_) low_ = 0;
  const double interval = round_interval((high_ - low_) / kMostIntervals);
  if (ends == Ends::kRound) {
    low_ = std::floor(low_ / interval + kSlack) * interval;
    high_ = std::ceil(high_ / interval - kSlack) * interval;
  }
  const auto first = std::llround(std::ceil(low_ / interval - kSlack));
  const auto last = std::llround(std::floor(high_ / interval + kSlack));
  for (int64_t i = first; i <= last; ++i) {
    const double value = static_cast<double>(i) * interval;
    add_tick(value, tick_label(value, std::max(std::abs(low_), std::abs(high_)), interval));
  }
}

void Axis::add_log_ticks(Ends ends) {
  if (high_ - low_ < kSmallestSpan) {
    low_ -= 0.5;
    high_ += 0.5;
  }
  if (ends == Ends::kRound) {
    low_ = exponent_below(low_);
    high_ = exponent_above(high_);
  }
  const bool few = high_ - low_ <= kFewDecades;
  const double stride = std::max(1.0, std::ceil((high_ - low_) / kMostDecades));
  for (double decade = std::floor(low_ / stride) * stride; decade <= high_ + kSlack; decade += stride) {
    for (const double figure : kRoundFigures) {
      if (figure != 1 && !few) continue;
      const double exponent = decade + std::log10(figure);
      if (exponent < low_ - kSlack || exponent > high_ + kSlack) continue;
      const double power = std::pow(10, decade);
      add_tick(figure * power, tick_label(figure * power, figure * power, power));
    }
  }
}

void Axis::add_tick(double value, std::string label) {
  ticks_.push_back({position(value), std::move(label)});
}

Scale fitting_scale(std::span<const double> values) {
  double low = 0, high = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    if (value <= 0) return Scale::kLinear;
    low = low == 0 ? value : std::min(low, value);
    high = std::max(high, value);
  }
  return high > 10 * low ? Scale::kLog : Scale::kLinear;
}

}  // namespace radlads::report
