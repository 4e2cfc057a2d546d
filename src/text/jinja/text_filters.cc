// Filters of texts, then those for layout (margins, widths, JSON) and for HTML and URLs.
#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "core/utf8.h"
#include "text/case_mapping.h"
#include "text/jinja/access.h"
#include "text/jinja/filters.h"
#include "text/jinja/json.h"
#include "text/jinja/operators.h"
#include "text/jinja/print_format.h"
#include "text/jinja/printing.h"
#include "text/jinja/strings.h"
#include "text/python_regex.h"
#include "text/unicode.h"

namespace radlads::jinja {
namespace {

// Compiling a pattern, and the steps of a match that backtracks.
constexpr uint64_t kRegexCost = uint64_t{1} << 14;

template <std::string (*kMap)(std::string_view)>
Value mapped(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return text_like(subject.is_markup(), kMap(text_of(site, subject)));
}

// The first character of every word in upper case and the others in lower; words end at spaces, hyphens and
// opening brackets, unlike those of str.title().
std::string titled(std::string_view text) {
  const auto ends_word = [](char32_t c) {
    return is_space(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
  };
  std::string result;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    const bool is_gap = ends_word(next_character(text, i));
    const size_t second = i;
    for (size_t next = i; i < text.size() && ends_word(next_character(text, next)) == is_gap; i = next) {
    }
    result += is_gap ? std::string(text.substr(begin, i - begin))
                     : text::to_upper(text.substr(begin, second - begin)) +
                           text::to_lower(text.substr(second, i - second));
  }
  return result;
}

Value title(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return titled(text_of(site, subject));
}

Value string(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return subject.text() != nullptr ? subject : text_of(site, subject);
}

Value trim(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"chars"});
  const std::string text = text_of(site, subject);
  const bool has_set = given.find(0) != nullptr && !given[0].is_none();
  return text_like(subject.is_markup(),
                   std::string(has_set ? strip(text, given.text(0), Side::kBoth) : strip(text, Side::kBoth)));
}

Value replace(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"old", "new", "count"}, 2);
  return replaced(site, text_of(site, subject), text_of(site, given[0]), text_of(site, given[1]),
                  given.integer(2, -1));
}

Value format(const Site& site, const Value& subject, const Arguments& arguments) {
  if (!arguments.positional.empty() && !arguments.named.empty())
    site.fail("format takes its arguments by position or by name, not both");
  const Value text = subject.text() != nullptr ? subject : Value(text_of(site, subject));
  if (arguments.named.empty()) return print_formatted(site, text, Value::tuple(arguments.positional));
  std::vector<std::pair<Value, Value>> entries;
  for (const auto& [name, value] : arguments.named) entries.emplace_back(name, value);
  return print_formatted(site, text, Value::dict(std::move(entries)));
}

Value wordcount(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  const std::string text = text_of(site, subject);
  int64_t count = 0;
  bool was_word = false;
  for (size_t i = 0; i < text.size();) {
    const bool is_word = text::is_word(next_character(text, i));
    count += is_word && !was_word;
    was_word = is_word;
  }
  return count;
}

// lm-evaluation-harness's filter: re.sub(pattern, repl, subject, count).
Value regex_replace(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"pattern", "repl", "count"}, 2);
  site.require_defined(subject);
  if (subject.text() == nullptr) site.fail("regex_replace: {} is not a string", subject.type_name());
  site.spend(kRegexCost + subject.text()->size());
  std::string result;
  try {
    const text::PythonRegex regex(given.text(0));
    regex.substitute(*subject.text(), given.text(1), given.integer(2, 0),
                     [&](std::string_view piece) { site.append(piece, result); });
  } catch (const std::invalid_argument& error) {
    site.fail("regex_replace: {}", error.what());
  }
  return result;
}

constexpr Filter kTextFilters[] = {{"upper", mapped<text::to_upper>},
                                   {"lower", mapped<text::to_lower>},
                                   {"capitalize", mapped<text::capitalized>},
                                   {"title", title},
                                   {"string", string},
                                   {"trim", trim},
                                   {"replace", replace},
                                   {"format", format},
                                   {"wordcount", wordcount},
                                   {"regex_replace", regex_replace}};

}  // namespace

std::span<const Filter> text_filters() { return kTextFilters; }

namespace {

// A string, or this many spaces.
std::string indentation(const Site& site, const Value* width, int64_t otherwise) {
  if (width != nullptr && width->text() != nullptr) return *width->text();
  Arguments one{.callee = "indent"};
  if (width != nullptr) one.positional.push_back(*width);
  const int64_t spaces = std::max<int64_t>(Bound(site, one, {"width"}).integer(0, otherwise), 0);
  site.spend(static_cast<uint64_t>(spaces));
  return std::string(static_cast<size_t>(spaces), ' ');
}

const std::string& string_of(const Site& site, const Value& subject, const Arguments& arguments) {
  site.require_defined(subject);
  if (subject.text() == nullptr) site.fail("{}: {} is not a string", arguments.callee, subject.type_name());
  return *subject.text();
}

Value indent(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"width", "first", "blank"});
  const std::string& subject_text = string_of(site, subject, arguments);
  const std::string margin = indentation(site, given.find(0), 4);
  const bool first = given.flag(1, false), blank = given.flag(2, false);
  const std::string text = fmt::format("{}\n", subject_text);
  const auto lines = split_lines(text, false);
  std::string result;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) site.append("\n", result);
    if (i == 0 ? first : blank || !lines[i].empty()) site.append(margin, result);
    site.append(lines[i], result);
  }
  return text_like(subject.is_markup(), std::move(result));
}

Value center(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"width"});
  const std::string text = text_of(site, subject);
  const int64_t width = given.integer(0, 80);
  site.spend(static_cast<uint64_t>(std::max<int64_t>(width, 0)));
  return text_like(subject.is_markup(), padded(text, width, " ", Side::kBoth));
}

// The first `length` characters, with `end` in place of the last ones if there are more than `leeway` beyond.
Value truncate(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"length", "killwords", "end", "leeway"});
  const std::string& text = string_of(site, subject, arguments);
  const std::string end = given.find(2) != nullptr ? given.text(2) : "...";
  const int64_t length = given.integer(0, 255), leeway = given.integer(3, 5), kept = length - length_of(end);
  if (kept < 0) site.fail("truncate: the length is less than that of the end {}", in_python_quotes(end));
  if (leeway < 0) site.fail("truncate: the leeway is negative");
  site.spend(text.size());
  if (length_of(text) <= length + leeway) return subject;
  std::string start = text.substr(0, byte_of(text, kept));
  if (!given.flag(1, false)) start.resize(std::min(start.rfind(' '), start.size()));
  return text_like(subject.is_markup(), fmt::format("{}{}", start, subject.is_markup() ? escaped(end) : end));
}

// item and key separators as in JSON, or None.
void set_separators(const Site& site, const Value& given, JsonStyle& style) {
  const Values parts = items_of(site, given);
  if (parts.size() != 2 || parts[0].text() == nullptr || parts[1].text() == nullptr)
    site.fail("tojson: separators are two strings");
  style.item_separator = *parts[0].text();
  style.key_separator = *parts[1].text();
}

// That of json.dumps with `indent`, which may be null.
JsonStyle style_of(const Site& site, const Value* indent) {
  if (indent == nullptr || indent->is_none()) return {};
  return {.indent = indentation(site, indent, 0), .item_separator = std::string(1, ',')};
}

// That of transformers.
Value plain_json(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"ensure_ascii", "indent", "separators", "sort_keys"});
  JsonStyle style = style_of(site, given.find(1));
  style.is_ascii = given.flag(0, false);
  style.sorts_keys = given.flag(3, false);
  if (given.find(2) != nullptr && !given[2].is_none()) set_separators(site, given[2], style);
  return json_text(site, subject, style);
}

// That of jinja2: markup, with the characters of HTML as escapes.
Value html_json(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"indent"});
  JsonStyle style = style_of(site, given.find(0));
  style.is_ascii = true;
  style.sorts_keys = true;
  std::string safe;
  for (const char c : json_text(site, subject, style)) {
    if (c == '<' || c == '>' || c == '&' || c == '\'') {
      site.append(fmt::format("\\u{:04x}", c), safe);
    } else {
      safe += c;
    }
  }
  return Value::markup(std::move(safe));
}

Value tojson(const Site& site, const Value& subject, const Arguments& arguments) {
  const bool is_plain = site.rendering().options.dialect == TemplateDialect::kTransformers;
  return is_plain ? plain_json(site, subject, arguments) : html_json(site, subject, arguments);
}

Value filesizeformat(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"binary"});
  const bool is_binary = given.flag(0, false);
  Arguments none{.callee = "float"};
  const double bytes =
      real_of(site, subject.text() == nullptr ? subject : find_filter("float")->apply(site, subject, none));
  const double base = is_binary ? 1024 : 1000;
  if (bytes == 1) return std::string("1 Byte");
  if (bytes < base) return fmt::format("{} Bytes", static_cast<int64_t>(bytes));
  double unit = base;
  char prefix = '\0';
  for (const char letter : std::string_view(is_binary ? "KMGTPEZY" : "kMGTPEZY")) {
    prefix = letter;
    unit *= base;
    if (bytes < unit) break;
  }
  return fmt::format("{:.1f} {}{}", base * bytes / unit, prefix, is_binary ? "iB" : "B");
}

constexpr Filter kLayoutFilters[] = {{"indent", indent},
                                     {"center", center},
                                     {"truncate", truncate},
                                     {"tojson", tojson},
                                     {"filesizeformat", filesizeformat}};

}  // namespace

std::span<const Filter> layout_filters() { return kLayoutFilters; }

namespace {

Value safe(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return Value::markup(text_of(site, subject));
}

Value escape(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  if (subject.is_markup()) return subject;
  const std::string text = text_of(site, subject);
  std::string safe_text;
  site.append(escaped(text), safe_text);
  return Value::markup(std::move(safe_text));
}

Value forceescape(const Site& site, const Value& subject, const Arguments& arguments) {
  return escape(site, text_of(site, subject), arguments);
}

// The character of an entity, "lt" or "#60", in UTF-8; empty if it is not known.
std::string character_of(std::string_view entity) {
  constexpr std::pair<std::string_view, std::string_view> kNamed[] = {
      {"lt", "<"}, {"gt", ">"}, {"amp", "&"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", "\u00A0"}};
  for (const auto& [name, character] : kNamed) {
    if (name == entity) return std::string(character);
  }
  if (!entity.starts_with('#')) return {};
  const bool is_hex = entity.size() > 1 && (entity[1] | 0x20) == 'x';
  entity.remove_prefix(is_hex ? 2 : 1);
  uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(entity.data(), entity.data() + entity.size(), code, is_hex ? 16 : 10);
  const bool is_character =
      code >= 0x20 && code < 0x110000 && (code < 0x7F || code > 0x9F) && (code < 0xD800 || code > 0xDFFF);
  if (error != std::errc() || end != entity.data() + entity.size() || !is_character) return {};
  std::string character;
  append_utf8(code, character);
  return character;
}

std::string unescaped(const Site& site, std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t end = text[i] == '&' ? text.find(';', i) : text.npos;
    const std::string character = end == text.npos ? "" : character_of(text.substr(i + 1, end - i - 1));
    if (end != text.npos && end - i < 32 && character.empty() && text.find(' ', i) > end)
      site.fail("striptags: the entity {} is not supported", text.substr(i, end + 1 - i));
    site.append(character.empty() ? text.substr(i, 1) : std::string_view(character), out);
    i = character.empty() ? i + 1 : end + 1;
  }
  return out;
}

// Without tags and comments, and with one space for each run of white space.
Value striptags(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  const std::string text = text_of(site, subject);
  std::string kept;
  size_t position = 0;
  for (size_t start = 0; (start = text.find('<', position)) != text.npos;) {
    const bool is_comment = text.compare(start, 4, "<!--") == 0;
    const size_t end = is_comment ? text.find("-->", start + 4) : text.find('>', start);
    if (end == text.npos) break;
    kept += text.substr(position, start - position);
    position = end + (is_comment ? 3 : 1);
  }
  kept += text.substr(position);
  std::string joined;
  for (const std::string_view word : split(kept, -1)) {
    if (!joined.empty()) joined += ' ';
    joined += word;
  }
  return unescaped(site, joined);
}

Value xmlattr(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"autospace"});
  site.require_defined(subject);
  if (subject.dict() == nullptr) site.fail("xmlattr: {} is not a dict", subject.type_name());
  std::string out;
  for (const auto& [key, value] : subject.dict()->entries) {
    if (value.is_none() || value.undefined() != nullptr) continue;
    if (key.text() == nullptr || key.text()->find_first_of(" \t\n\v\f\r/>=") != std::string::npos)
      site.fail("xmlattr: {} cannot be the name of an attribute", text_of(site, key));
    const auto part = [&](const Value& one) {
      return one.is_markup() ? *one.text() : escaped(text_of(site, one));
    };
    site.append(fmt::format("{}{}=\"{}\"", out.empty() ? "" : " ", part(key), part(value)), out);
  }
  return given.flag(0, true) && !out.empty() ? fmt::format(" {}", out) : out;
}

std::string quoted(const Site& site, const Value& value, bool is_query) {
  std::string out;
  for (const char c : text_of(site, value)) {
    const auto byte = static_cast<uint8_t>(c);
    const bool is_plain = (byte < 0x80 && std::isalnum(byte) != 0) || c == '_' || c == '.' || c == '-' ||
                          c == '~' || (c == '/' && !is_query);
    site.append(is_plain               ? std::string(1, c)
                : c == ' ' && is_query ? "+"
                                       : fmt::format("%{:02X}", byte),
                out);
  }
  return out;
}

Value urlencode(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  site.require_usable(subject);
  if (subject.text() != nullptr || !is_iterable(subject)) return quoted(site, subject, false);
  std::string out;
  const auto append = [&](const Value& key, const Value& value) {
    site.append(
        fmt::format("{}{}={}", out.empty() ? "" : "&", quoted(site, key, true), quoted(site, value, true)),
        out);
  };
  if (const Dict* dict = subject.dict()) {
    for (const auto& [key, value] : dict->entries) append(key, value);
    return out;
  }
  for (const Value& pair : items_of(site, subject)) {
    const Values parts = items_of(site, pair);
    if (parts.size() != 2) site.fail("urlencode: {} values for a name and a value", parts.size());
    append(parts[0], parts[1]);
  }
  return out;
}

constexpr Filter kHtmlFilters[] = {
    {"safe", safe},           {"escape", escape},   {"e", escape},           {"forceescape", forceescape},
    {"striptags", striptags}, {"xmlattr", xmlattr}, {"urlencode", urlencode}};

}  // namespace

std::span<const Filter> html_filters() { return kHtmlFilters; }

}  // namespace radlads::jinja
