#include <algorithm>

#include "core/utf8.h"
#include "text/case_mapping.h"
#include "text/jinja/access.h"
#include "text/jinja/methods.h"
#include "text/jinja/replace.h"
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

// True if `is_affix` holds for the argument, or for one of a tuple.
template <bool (*kIsAffix)(std::string_view, std::string_view)>
Value has_affix(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"affix"}, 1);
  if (!given[0].is(SequenceKind::kTuple)) return kIsAffix(*value.text(), given.text(0));
  const Values& affixes = given[0].sequence()->items;
  return std::any_of(affixes.begin(), affixes.end(), [&](const Value& affix) {
    if (affix.text() == nullptr) site.fail("{}: {} is no string", arguments.callee, affix.type_name());
    return kIsAffix(*value.text(), *affix.text());
  });
}

bool is_prefix(std::string_view text, std::string_view prefix) { return text.starts_with(prefix); }
bool is_suffix(std::string_view text, std::string_view suffix) { return text.ends_with(suffix); }

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
  return replaced(site, *value.text(), given.text(0), given.text(1), given.integer(2, -1));
}

Value join(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"iterable"}, 1);
  std::string joined;
  const Values items = items_of(site, given[0]);
  for (size_t i = 0; i < items.size(); ++i) {
    site.require_defined(items[i]);
    if (items[i].text() == nullptr) site.fail("join: {} among the items; use |join", items[i].type_name());
    if (i > 0) site.append(*value.text(), joined);
    site.append(*items[i].text(), joined);
  }
  return joined;
}

Value find(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"sub"}, 1);
  const std::string& text = *value.text();
  site.spend(text.size());
  const size_t at = text.find(given.text(0));
  return at == text.npos ? int64_t{-1} : length_of(std::string_view(text).substr(0, at));
}

Value index(const Site& site, const Value& value, const Arguments& arguments) {
  const Value found = find(site, value, arguments);
  if (*found.integer() < 0) site.fail("index: the substring is not in the string");
  return found;
}

Value count(const Site& site, const Value& value, const Arguments& arguments) {
  const Bound given(site, arguments, {"sub"}, 1);
  const std::string &text = *value.text(), &part = given.text(0);
  site.spend(text.size());
  if (part.empty()) return length_of(text) + 1;
  int64_t found = 0;
  for (size_t i = 0; (i = text.find(part, i)) != text.npos; i += part.size()) ++found;
  return found;
}

// True if all characters are of this kind, and there is one.
template <bool (*kIs)(char32_t)>
Value all_are(const Site& site, const Value& value, const Arguments& arguments) {
  require_none(site, arguments);
  const std::string& text = *value.text();
  site.spend(text.size());
  bool are = !text.empty();
  for (size_t i = 0; i < text.size() && are;) are = kIs(next_character(text, i));
  return are;
}

constexpr Method kMethods[] = {{"upper", mapped<text::to_upper>},
                               {"lower", mapped<text::to_lower>},
                               {"title", mapped<text::to_title>},
                               {"capitalize", mapped<text::capitalized>},
                               {"strip", stripped<Side::kBoth>},
                               {"lstrip", stripped<Side::kLeft>},
                               {"rstrip", stripped<Side::kRight>},
                               {"startswith", has_affix<is_prefix>},
                               {"endswith", has_affix<is_suffix>},
                               {"split", split_parts<split, split>},
                               {"rsplit", split_parts<rsplit, rsplit>},
                               {"splitlines", splitlines},
                               {"partition", partition<false>},
                               {"rpartition", partition<true>},
                               {"replace", replace},
                               {"join", join},
                               {"find", find},
                               {"index", index},
                               {"count", count},
                               {"isdigit", all_are<text::is_digit>},
                               {"isspace", all_are<is_space>}};

constexpr std::string_view kOthers[] = {
    "casefold", "center",  "encode",    "expandtabs",   "format",       "format_map",   "isalnum",
    "isalpha",  "isascii", "isdecimal", "isidentifier", "islower",      "isnumeric",    "isprintable",
    "istitle",  "isupper", "ljust",     "maketrans",    "removeprefix", "removesuffix", "rfind",
    "rindex",   "rjust",   "swapcase",  "translate",    "zfill"};

}  // namespace

std::span<const Method> string_methods() { return kMethods; }

std::span<const std::string_view> other_string_methods() { return kOthers; }

}  // namespace radlads::jinja
