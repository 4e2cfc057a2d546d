// An axis of a chart: from figures to places between 0 and 1, with ticks at round figures.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace radlads::report {

enum class Scale : uint8_t { kLinear, kLog };

struct Tick {
  double position;  // 0 at the low end, 1 at the high end
  std::string label;
};

class Axis {
 public:
  enum class Ends : uint8_t {
    kExact,  // the axis ends where the figures end
    kRound,  // the axis ends at a tick or beyond the figures
  };

  /// An axis for figures from `low` to `high`, which must be finite, in order, and above 0 on a logarithmic
  /// scale.
  Axis(Scale scale, double low, double high, Ends ends);

  /// Where `value` is.
  double position(double value) const;

  Scale scale() const { return scale_; }
  const std::vector<Tick>& ticks() const { return ticks_; }

 private:
  void add_linear_ticks(Ends ends);
  void add_log_ticks(Ends ends);
  void add_tick(double value, std::string label);

  Scale scale_;
  double low_, high_;  // on a logarithmic scale: powers of ten
  std::vector<Tick> ticks_;
};

/// Logarithmic where the figures span more than a power of ten above 0, else linear.
Scale fitting_scale(std::span<const double> values);

}  // namespace radlads::report
