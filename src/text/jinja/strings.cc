#include "text/jinja/strings.h"

#include <algorithm>

#include "core/utf8.h"
#include "text/jinja/site.h"
#include "text/unicode.h"

namespace radlads::jinja {
namespace {

// The byte at which the character before `end` begins.
size_t previous_character(std::string_view text, size_t end) {
  do {
    --end;
  } while ((static_cast<uint8_t>(text[end]) & 0xC0) == 0x80);
  return end;
}

char32_t character_at(std::string_view text, size_t position) { return next_character(text, position); }

template <class IsStripped>
std::string_view strip_if(std::string_view text, Side side, const IsStripped& is_stripped) {
  size_t begin = 0, end = text.size();
  if (side != Side::kRight) {
    while (begin < end && is_stripped(character_at(text, begin))) begin += utf8_length(text[begin]);
  }
  while (side != Side::kLeft && end > begin) {
    const size_t last = previous_character(text, end);
    if (!is_stripped(character_at(text, last))) break;
    end = last;
  }
  return text.substr(begin, end - begin);
}

// The end of the run, from `begin` on, of characters that are white space or are not.
size_t end_of_run(std::string_view text, size_t begin, bool of_space) {
  while (begin < text.size() && is_space(character_at(text, begin)) == of_space)
    begin += utf8_length(text[begin]);
  return begin;
}

size_t begin_of_run(std::string_view text, size_t end, bool of_space) {
  while (end > 0) {
    const size_t last = previous_character(text, end);
    if (is_space(character_at(text, last)) != of_space) break;
    end = last;
  }
  return end;
}

}  // namespace

bool is_space(char32_t character) {
  return text::is_white_space(character) || (character >= 0x1C && character <= 0x1F);
}

bool is_line_break(char32_t c) {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

int64_t length_of(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char byte) { return (static_cast<uint8_t>(byte) & 0xC0) != 0x80; });
}

std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> characters;
  for (size_t i = 0; i < text.size(); i += characters.back().size()) {
    characters.push_back(text.substr(i, utf8_length(text[i])));
  }
  return characters;
}

size_t byte_of(std::string_view text, int64_t index) {
  size_t position = 0;
  for (; index > 0 && position < text.size(); --index) position += utf8_length(text[position]);
  return position;
}

std::string_view strip(std::string_view text, Side side) { return strip_if(text, side, is_space); }

std::string_view strip(std::string_view text, std::string_view set, Side side) {
  std::u32string members;
  for (size_t i = 0; i < set.size();) members += next_character(set, i);
  return strip_if(text, side, [&](char32_t character) { return members.find(character) != members.npos; });
}

std::vector<std::string_view> split(std::string_view text, int64_t limit) {
  std::vector<std::string_view> parts;
  for (size_t i = end_of_run(text, 0, true); i < text.size();) {
    const bool is_last = limit >= 0 && std::ssize(parts) == limit;
    const size_t end = is_last ? text.size() : end_of_run(text, i, false);
    parts.push_back(text.substr(i, end - i));
    i = end_of_run(text, end, true);
  }
  return parts;
}

std::vector<std::string_view> rsplit(std::string_view text, int64_t limit) {
  std::vector<std::string_view> parts;
  for (size_t end = begin_of_run(text, text.size(), true); end > 0;) {
    const bool is_last = limit >= 0 && std::ssize(parts) == limit;
    const size_t begin = is_last ? 0 : begin_of_run(text, end, false);
    parts.push_back(text.substr(begin, end - begin));
    end = begin_of_run(text, begin, true);
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator, int64_t limit) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  while (limit < 0 || std::ssize(parts) < limit) {
    const size_t end = text.find(separator, begin);
    if (end == text.npos) break;
    parts.push_back(text.substr(begin, end - begin));
    begin = end + separator.size();
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::vector<std::string_view> rsplit(std::string_view text, std::string_view separator, int64_t limit) {
  std::vector<std::string_view> parts;
  while (limit < 0 || std::ssize(parts) < limit) {
    const size_t begin = text.rfind(separator);
    if (begin == text.npos) break;
    parts.push_back(text.substr(begin + separator.size()));
    text = text.substr(0, begin);
  }
  parts.push_back(text);
  std::reverse(parts.begin(), parts.end());
  return parts;
}

std::string padded(std::string_view text, int64_t width, std::string_view fill, Side text_side) {
  const int64_t missing = std::max<int64_t>(width - length_of(text), 0);
  const int64_t left = text_side == Side::kLeft    ? 0
                       : text_side == Side::kRight ? missing
                                                   : missing / 2 + (missing & width & 1);
  std::string out;
  for (int64_t i = 0; i < left; ++i) out += fill;
  out += text;
  for (int64_t i = left; i < missing; ++i) out += fill;
  return out;
}

std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends) {
  std::vector<std::string_view> lines;
  size_t begin = 0;
  for (size_t i = 0; i < text.size();) {
    const size_t end = i;
    if (!is_line_break(next_character(text, i))) continue;
    if (text.substr(end).starts_with("\r\n")) ++i;
    lines.push_back(text.substr(begin, (keep_ends ? i : end) - begin));
    begin = i;
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

std::string replaced(const Site& site, std::string_view text, std::string_view old,
                     std::string_view replacement, int64_t count) {
  std::string result;
  size_t done = 0, from = 0;
  while (count-- != 0) {
    const size_t at = text.find(old, from);
    if (at == text.npos) break;
    site.append(text.substr(done, at - done), result);
    site.append(replacement, result);
    done = at + old.size();
    if (old.empty() && at == text.size()) break;
    from = old.empty() ? at + utf8_length(text[at]) : done;
  }
  site.append(text.substr(done), result);
  return result;
}

std::string escaped(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      case '"':
        safe += "&#34;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

}  // namespace radlads::jinja
