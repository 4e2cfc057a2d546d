// The methods of strings that answer questions about them.

#include <algorithm>

#include "core/utf8.h"
#include "text/case_mapping.h"
#include "text/jinja/access.h"
#include "text/jinja/methods.h"
#include "text/jinja/strings.h"
#include "text/unicode.h"

namespace radlads::jinja {
namespace {

// text[start:end], where the arguments `first` and `first` + 1 may bound it; nullopt if it begins after
// the end.
struct Window {
  std::string_view text;
  int64_t start;  // in characters
};
std::optional<Window> window_of(const Site& site, const Value& value, const Bound& given, size_t first) {
  const std::string_view text = *value.text();
  site.spend(text.size());
  if (given.find(first) == nullptr && given.find(first + 1) == nullptr) return Window{text, 0};
  const int64_t length = length_of(text);
  const auto position = [&](size_t parameter, int64_t otherwise) {
    const int64_t index = given.integer(parameter, otherwise);
    return std::max<int64_t>(index < 0 ? index + length : index, 0);
  };
  const int64_t start = position(first, 0), end = std::min(position(first + 1, length), length);
  if (start > end) return std::nullopt;
  const size_t begin = byte_of(text, start);
  return Window{text.substr(begin, byte_of(text, end) - begin), start};
}

// The characters before the first or last occurrence; -1 if there is none.
template <bool kLast>
int64_t place_of(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"sub", "start", "end"}, 1);
  const std::string& part = given.text(0);
  const auto window = window_of(site, value, given, 1);
  const size_t at = !window ? std::string_view::npos
                    : kLast ? window->text.rfind(part)
                            : window->text.find(part);
  return at == std::string_view::npos ? -1 : window->start + length_of(window->text.substr(0, at));
}

template <bool kLast>
Value find(const Site& site, const Value& value, const Arguments& arguments) {
  return place_of<kLast>(site, value, arguments);
}

template <bool kLast>
Value index(const Site& site, const Value& value, const Arguments& arguments) {
  const int64_t found = place_of<kLast>(site, value, arguments);
  if (found < 0) site.fail("{}: the substring is not in the string", arguments.callee);
  return found;
}

Value count(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"sub", "start", "end"}, 1);
  const std::string& part = given.text(0);
  const auto window = window_of(site, value, given, 1);
  if (!window) return int64_t{0};
  if (part.empty()) return length_of(window->text) + 1;
  int64_t found = 0;
  for (size_t i = 0; (i = window->text.find(part, i)) != std::string_view::npos; i += part.size()) ++found;
  return found;
}

// True if the string begins or ends with the argument, or with one of a tuple.
template <bool kPrefix>
Value has_affix(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"affix", "start", "end"}, 1);
  const auto window = window_of(site, value, given, 1);
  const auto has = [&](std::string_view affix) {
    return window && (kPrefix ? window->text.starts_with(affix) : window->text.ends_with(affix));
  };
  if (!given[0].is(SequenceKind::kTuple)) return has(given.text(0));
  const Values& affixes = given[0].sequence()->items;
  return std::any_of(affixes.begin(), affixes.end(), [&](const Value& affix) {
    if (affix.text() == nullptr) site.fail("{}: {} is not a string", arguments.callee, affix.type_name());
    return has(*affix.text());
  });
}

// True if all characters are of this kind, and there is at least one unless the text may be empty.
template <bool (*kIs)(char32_t), bool kMayBeEmpty = false>
Value all_are(const Site& site, const Value& value, const Arguments& arguments) {
  require_none(site, arguments);
  const std::string& text = *value.text();
  site.spend(text.size());
  bool are = kMayBeEmpty || !text.empty();
  for (size_t i = 0; i < text.size() && are;) are = kIs(next_character(text, i));
  return are;
}

template <bool kUpper>
Value is_in_case(const Site& site, const Value& value, const Arguments& arguments) {
  require_none(site, arguments);
  site.spend(value.text()->size());
  return text::is_in_case(*value.text(), kUpper);
}

// Words begin in upper case, and continue in lower.
Value istitle(const Site& site, const Value& value, const Arguments& arguments) {
  require_none(site, arguments);
  site.spend(value.text()->size());
  const std::string &text = *value.text(), title = text::to_title(text);
  return text == title && text::to_lower(text) + text::to_upper(text) != text + text;
}

bool is_ascii(char32_t character) { return character < 0x80; }
bool is_letter_or_number(char32_t character) {
  return text::is_letter(character) || text::is_number(character) || text::is_digit(character);
}

constexpr Method kQueries[] = {{"find", find<false>},
                               {"rfind", find<true>},
                               {"index", index<false>},
                               {"rindex", index<true>},
                               {"count", count},
                               {"startswith", has_affix<true>},
                               {"endswith", has_affix<false>},
                               {"isdigit", all_are<text::is_digit>},
                               {"isdecimal", all_are<text::is_decimal>},
                               {"isspace", all_are<is_space>},
                               {"isalpha", all_are<text::is_letter>},
                               {"isalnum", all_are<is_letter_or_number>},
                               {"isascii", all_are<is_ascii, true>},
                               {"isprintable", all_are<text::is_printable, true>},
                               {"isupper", is_in_case<true>},
                               {"islower", is_in_case<false>},
                               {"istitle", istitle}};

}  // namespace

std::span<const Method> string_queries() { return kQueries; }

}  // namespace radlads::jinja
