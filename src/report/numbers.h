// Figures as people read them, the same in every report: three or four significant digits, thousands
// separated by commas, and words where a figure is not finite.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace radlads::report {

/// Four significant digits from 1 on, three below, powers of ten from a million on and below 0.0001:
/// 2.3814 -> "2.381", 0.06231 -> "0.0623", 4630.2 -> "4,630", 3.1e-5 -> "3.10e-5", NaN -> "not finite".
std::string number(double value);

/// number(), with "+" if above 0.
std::string signed_number(double value);

/// 98304 -> "98,304"; from a million on three significant digits: 7615616512 -> "7.62B", 500000000 -> "500M".
std::string count(double value);

/// 100000000 -> "100,000,000"
std::string grouped(int64_t value);

/// 1, "document" -> "1 document"; 2000, "document" -> "2,000 documents"
std::string grouped(int64_t value, std::string_view noun);

/// 0.9312 -> "93.12%"
std::string percent(double share);

/// 4.21 -> "4.2 s", 203 -> "3 min 23 s", 21720 -> "6 h 02 min", 190000 -> "2 d 4 h"
std::string duration(double seconds);

/// "2026-11-21", in UTC.
std::string date(std::chrono::system_clock::time_point time);

/// 12373196 -> "11.8 MiB"
std::string bytes(double num_bytes);

/// 10.14 -> "10.14 ms", 2300 -> "2.300 s"
std::string milliseconds(double ms);

}  // namespace radlads::report
