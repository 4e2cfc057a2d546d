// Filters for layout: margins, widths, JSON.

#include <algorithm>

#include "core/utf8.h"
#include "text/jinja/access.h"
#include "text/jinja/arithmetic.h"
#include "text/jinja/comparison.h"
#include "text/jinja/filters.h"
#include "text/jinja/json.h"
#include "text/jinja/markup.h"
#include "text/jinja/printing.h"
#include "text/jinja/strings.h"

namespace radlads::jinja {
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

constexpr Filter kFilters[] = {{"indent", indent},
                               {"center", center},
                               {"truncate", truncate},
                               {"tojson", tojson},
                               {"filesizeformat", filesizeformat}};

}  // namespace

std::span<const Filter> layout_filters() { return kFilters; }

}  // namespace radlads::jinja
