// The time that templates ask for, which a run can fix so that its texts do not change from day to day.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

namespace radlads {

/// A date and time of day without a time zone.
class LocalTime {
 public:
  /// By the clock and the time zone of the machine.
  static LocalTime now();

  /// "2026-11-29", the beginning of that day, or "2026-11-29T10:57:00" (a space may replace the T).
  /// UserError "SOURCE: ..." for anything else.
  static LocalTime parse(std::string_view text, std::string_view source);

  /// Python's datetime.strftime(): the names of days and months are English.
  std::string format(std::string_view pattern) const;

  /// "2026-11-29T10:57:00"
  std::string text() const { return format("%Y-%m-%dT%H:%M:%S"); }

 private:
  std::tm fields_{};
  int microseconds_ = 0;
};

}  // namespace radlads
