// Python's operations on strings, over UTF-8, and markupsafe's escaping. Positions and lengths are characters
// unless a name says bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace radlads::jinja {

class Site;

/// str.isspace() of one character, which is also \s of the re module.
bool is_space(char32_t character);

/// What str.splitlines() breaks at.
bool is_line_break(char32_t character);

int64_t length_of(std::string_view text);

std::vector<std::string_view> characters_of(std::string_view text);

/// The byte at which character `index` begins; the end if there are fewer characters.
size_t byte_of(std::string_view text, int64_t index);

enum class Side : uint8_t { kLeft = 1, kRight = 2, kBoth = 3 };

/// Without white space, or without the characters in `set`, at its ends.
std::string_view strip(std::string_view text, Side side);
std::string_view strip(std::string_view text, std::string_view set, Side side);

/// str.split(None, limit) and str.rsplit(None, limit): between runs of white space.
std::vector<std::string_view> split(std::string_view text, int64_t limit);
std::vector<std::string_view> rsplit(std::string_view text, int64_t limit);

/// str.split(separator, limit) and str.rsplit(separator, limit); a negative limit is none. `separator` must
/// not be empty.
std::vector<std::string_view> split(std::string_view text, std::string_view separator, int64_t limit);
std::vector<std::string_view> rsplit(std::string_view text, std::string_view separator, int64_t limit);

/// `text` padded with `fill` to `width` characters: on the right of it for kLeft, on both sides like
/// str.center() for kBoth.
std::string padded(std::string_view text, int64_t width, std::string_view fill, Side text_side);

std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends);

/// `text` with the first `count` occurrences of `old` replaced, or all if that is negative. An empty `old`
/// occurs before every character, and at the end.
std::string replaced(const Site& site, std::string_view text, std::string_view old,
                     std::string_view replacement, int64_t count);

/// With & < > " and ' as entities.
std::string escaped(std::string_view text);

}  // namespace radlads::jinja
