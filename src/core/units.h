// Numbers as users write and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace radlads {

/// "500M" -> 500000000, "2e6" -> 2000000, "1.5k" -> 1500; k, M, G (or B) and T are decimal. nullopt if it is
/// not a non-negative whole number that fits.
std::optional<int64_t> parse_count(std::string_view text);

/// 500000000 -> "500M", 1536 -> "1536": exact, so that parse_count gives the number back.
std::string format_count(int64_t count);

/// 1, "token" -> "1 token"; 2, "token" -> "2 tokens"
std::string counted(int64_t count, std::string_view noun);

/// 12345678 -> "11.8 MiB"
std::string format_bytes(uint64_t num_bytes);

/// 3723.4 -> "1h02m03s", 4.2 -> "4.2s"
std::string format_duration(double seconds);

}  // namespace radlads
