// The methods of strings: those that give other strings, then those that answer questions about them.
#include <algorithm>

#include "core/utf8.h"
#include "text/case_mapping.h"
#include "text/jinja/access.h"
#include "text/jinja/methods.h"
#include "text/jinja/print_format.h"
#include "text/jinja/printing.h"
#include "text/jinja/strings.h"
#include "text/unicode.h"

namespace radlads::jinja {
namespace {

using Parts = std::vector<std::string_view>;

Value list_of(const Site& site, const Parts& parts) {
  Values items;
  for (const std::string_view part : parts) {
    site.spend(part.size());
    site.append(std::string(part), items);
  }
  return Value::list(std::move(items));
}

template <std::string (*kMap)(std::string_view)>
Value mapped(const Site& site, const Value& value, const Arguments& arguments) {
  require_none(site, arguments);
  site.spend(value.text()->size());
  return kMap(*value.text());
}

template <Side kSide>
Value stripped(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"chars"});
  site.spend(value.text()->size());
  const bool has_set = given.find(0) != nullptr && !given[0].is_none();
  return std::string(has_set ? strip(*value.text(), given.text(0), kSide) : strip(*value.text(), kSide));
}

template <Parts (*kSplitSpace)(std::string_view, int64_t),
          Parts (*kSplit)(std::string_view, std::string_view, int64_t)>
Value split_parts(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"sep", "maxsplit"});
  const int64_t limit = given.integer(1, -1);
  site.spend(value.text()->size());
  if (given.find(0) == nullptr || given[0].is_none()) return list_of(site, kSplitSpace(*value.text(), limit));
  if (given.text(0).empty()) site.fail("{}: the separator is empty", arguments.callee);
  return list_of(site, kSplit(*value.text(), given.text(0), limit));
}

Value splitlines(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"keepends"});
  return list_of(site, split_lines(*value.text(), given.flag(0, false)));
}

// The parts before and after the first, or the last, separator, and the separator between them.
template <bool kLast>
Value partition(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"sep"}, 1);
  const std::string &text = *value.text(), &separator = given.text(0);
  if (separator.empty()) site.fail("{}: the separator is empty", arguments.callee);
  site.spend(text.size());
  const size_t at = kLast ? text.rfind(separator) : text.find(separator);
  const std::string none;
  if (at == text.npos) return kLast ? Value::tuple({none, none, text}) : Value::tuple({text, none, none});
  return Value::tuple({text.substr(0, at), separator, text.substr(at + separator.size())});
}

Value replace(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"old", "new", "count"}, 2);
  const bool is_escaped = value.is_markup() && !given[1].is_markup();
  const std::string replacement = is_escaped ? escaped(given.text(1)) : given.text(1);
  return replaced(site, *value.text(), given.text(0), replacement, given.integer(2, -1));
}

Value join(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"iterable"}, 1);
  std::string joined;
  const Values items = items_of(site, given[0]);
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) site.append(*value.text(), joined);
    if (value.is_markup() && !items[i].is_markup()) {
      site.append(escaped(text_of(site, items[i])), joined);
      continue;
    }
    site.require_defined(items[i]);
    if (items[i].text() == nullptr) site.fail("join: {} among the items; use |join", items[i].type_name());
    site.append(*items[i].text(), joined);
  }
  return joined;
}

template <Side kSide>
Value padded_to(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"width", "fillchar"}, 1);
  const std::string fill = given.find(1) != nullptr ? given.text(1) : " ";
  const int64_t width = given.integer(0, 0);
  if (length_of(fill) != 1) site.fail("{}: the fill must be one character", arguments.callee);
  site.spend(value.text()->size() + static_cast<uint64_t>(std::max<int64_t>(width, 0)) * fill.size());
  return padded(*value.text(), width, value.is_markup() ? escaped(fill) : fill, kSide);
}

// Zeros after the sign.
Value zfill(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"width"}, 1);
  const std::string& text = *value.text();
  const int64_t width = given.integer(0, 0);
  const size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  site.spend(text.size() + static_cast<uint64_t>(std::max<int64_t>(width, 0)));
  return text.substr(0, sign) +
         padded(text.substr(sign), width - static_cast<int64_t>(sign), "0", Side::kRight);
}

Value expandtabs(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"tabsize"});
  const int64_t size = given.integer(0, 8);
  std::string out;
  int64_t column = 0;
  for (const std::string_view character : characters_of(*value.text())) {
    if (character == "\t") {
      const int64_t count = size > 0 ? size - column % size : 0;
      site.spend(static_cast<uint64_t>(count));
      out.append(static_cast<size_t>(count), ' ');
      column += count;
      continue;
    }
    site.append(character, out);
    column = character == "\n" || character == "\r" ? 0 : column + 1;
  }
  return out;
}

template <bool kPrefix>
Value without_affix(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"affix"}, 1);
  const std::string &text = *value.text(), &affix = given.text(0);
  site.spend(text.size());
  if (kPrefix ? !text.starts_with(affix) : !text.ends_with(affix)) return text;
  return kPrefix ? text.substr(affix.size()) : text.substr(0, text.size() - affix.size());
}

Value format_map(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"mapping"}, 1);
  if (given[0].dict() == nullptr) site.fail("format_map takes a dict, not {}", given[0].type_name());
  Arguments named{.callee = arguments.callee};
  for (const auto& [key, item] : given[0].dict()->entries) {
    if (key.text() != nullptr) named.named.emplace_back(*key.text(), item);
  }
  return brace_formatted(site, value, named);
}

constexpr Method kMethods[] = {{"upper", mapped<text::to_upper>},
                               {"lower", mapped<text::to_lower>},
                               {"title", mapped<text::to_title>},
                               {"capitalize", mapped<text::capitalized>},
                               {"swapcase", mapped<text::swapped_case>},
                               {"casefold", mapped<text::case_folded>},
                               {"strip", stripped<Side::kBoth>},
                               {"lstrip", stripped<Side::kLeft>},
                               {"rstrip", stripped<Side::kRight>},
                               {"split", split_parts<split, split>},
                               {"rsplit", split_parts<rsplit, rsplit>},
                               {"splitlines", splitlines},
                               {"partition", partition<false>},
                               {"rpartition", partition<true>},
                               {"replace", replace},
                               {"join", join},
                               {"center", padded_to<Side::kBoth>},
                               {"ljust", padded_to<Side::kLeft>},
                               {"rjust", padded_to<Side::kRight>},
                               {"zfill", zfill},
                               {"expandtabs", expandtabs},
                               {"removeprefix", without_affix<true>},
                               {"removesuffix", without_affix<false>},
                               {"format", brace_formatted},
                               {"format_map", format_map}};

constexpr std::string_view kOthers[] = {"encode", "isidentifier", "isnumeric", "maketrans", "translate"};

}  // namespace

std::span<const Method> string_methods() { return kMethods; }

std::span<const std::string_view> other_string_methods() { return kOthers; }

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
