#include "text/local_time.h"

#include <chrono>
#include <cstdio>
#include <vector>

#include "core/error.h"

namespace radlads {
namespace {

std::tm local_fields(std::time_t seconds) {
  std::tm fields{};
  if (localtime_r(&seconds, &fields) == nullptr) fail("[local_time] the clock of the machine cannot be read");
  return fields;
}

// The pattern without what the C library does not support: microseconds, and the zone, which is empty.
std::string resolved(std::string_view pattern, int microseconds) {
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char next = pattern[i] == '%' && i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (next == 'f') {
      out += fmt::format("{:06}", microseconds);
    } else if (next != 'z' && next != 'Z') {
      out += pattern[i];
      if (next == '\0') continue;
      out += next;
    }
    i += next != '\0';
  }
  return out;
}

}  // namespace

LocalTime LocalTime::now() {
  using std::chrono::duration_cast;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  LocalTime time;
  time.fields_ = local_fields(static_cast<std::time_t>(seconds.count()));
  time.microseconds_ = static_cast<int>(duration_cast<std::chrono::microseconds>(now - seconds).count());
  return time;
}

LocalTime LocalTime::parse(std::string_view text, std::string_view source) {
  const std::string terminated(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, end = -1;
  std::sscanf(terminated.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &end);
  if (end == 10 && text.size() > 10 && (text[10] == 'T' || text[10] == ' ')) {
    end = -1;
    std::sscanf(terminated.c_str() + 11, "%2d:%2d:%2d%n", &hour, &minute, &second, &end);
    end = end == 8 ? 19 : -1;
  }
  const bool has_width = text.size() >= 10 && text[4] == '-' && text[7] == '-';
  const bool is_whole = has_width && end >= 0 && static_cast<size_t>(end) == text.size();
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!is_whole || !date.ok() || year < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 59) {
    fail("{}: \"{}\" is not a date such as 2026-11-29 or 2026-11-29T10:57:00", source, text);
  }
  const std::chrono::sys_days days(date);
  const std::chrono::sys_days first(date.year() / 1 / 1);
  LocalTime time;
  time.fields_.tm_year = year - 1900;
  time.fields_.tm_mon = month - 1;
  time.fields_.tm_mday = day;
  time.fields_.tm_hour = hour;
  time.fields_.tm_min = minute;
  time.fields_.tm_sec = second;
  time.fields_.tm_wday = static_cast<int>(std::chrono::weekday(days).c_encoding());
  time.fields_.tm_yday = static_cast<int>((days - first).count());
  time.fields_.tm_isdst = -1;
  return time;
}

std::string LocalTime::format(std::string_view pattern) const {
  // A character after the text, since an empty one looks like a buffer that is too small.
  const std::string whole = resolved(pattern, microseconds_) + "|";
  std::vector<char> buffer(64 + 32 * whole.size());
  const size_t length = std::strftime(buffer.data(), buffer.size(), whole.c_str(), &fields_);
  if (length == 0) fail("[template] strftime_now: the text of \"{}\" is too long", pattern);
  return {buffer.data(), length - 1};
}

}  // namespace radlads
