#include <stdexcept>

#include "core/utf8.h"
#include "text/case_mapping.h"
#include "text/jinja/filters.h"
#include "text/jinja/json.h"
#include "text/jinja/printing.h"
#include "text/jinja/replace.h"
#include "text/jinja/strings.h"
#include "text/python_regex.h"

namespace radlads::jinja {
namespace {

// Compiling a pattern, and the steps of a match that backtracks.
constexpr uint64_t kRegexCost = uint64_t{1} << 14;

template <std::string (*kMap)(std::string_view)>
Value mapped(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return kMap(text_of(site, subject));
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

Value string(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return text_of(site, subject);
}

Value trim(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"chars"});
  const std::string text = text_of(site, subject);
  const bool has_set = given.find(0) != nullptr && !given[0].is_none();
  return std::string(has_set ? strip(text, given.text(0), Side::kBoth) : strip(text, Side::kBoth));
}

Value replace(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"old", "new", "count"}, 2);
  return replaced(site, text_of(site, subject), text_of(site, given[0]), text_of(site, given[1]),
                  given.integer(2, -1));
}

// A string, or so many spaces.
std::string indentation(const Site& site, const Value* width, int64_t otherwise) {
  if (width != nullptr && width->text() != nullptr) return *width->text();
  Arguments one{.callee = "indent"};
  if (width != nullptr) one.positional.push_back(*width);
  const int64_t spaces = std::max<int64_t>(Bound(site, one, {"width"}).integer(0, otherwise), 0);
  site.spend(static_cast<uint64_t>(spaces));
  return std::string(static_cast<size_t>(spaces), ' ');
}

Value indent(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"width", "first", "blank"});
  site.require_defined(subject);
  if (subject.text() == nullptr) site.fail("indent: {} is no string", subject.type_name());
  const std::string margin = indentation(site, given.find(0), 4);
  const bool first = given.flag(1, false), blank = given.flag(2, false);
  const std::string text = *subject.text() + "\n";
  const auto lines = split_lines(text, false);
  std::string result;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) site.append("\n", result);
    if (i == 0 ? first : blank || !lines[i].empty()) site.append(margin, result);
    site.append(lines[i], result);
  }
  return result;
}

// The arguments are named, since the first one of transformers' filter is not that of jinja2's.
Value tojson(const Site& site, const Value& subject, const Arguments& arguments) {
  if (!arguments.positional.empty()) site.fail("tojson: name the argument: indent=... or ensure_ascii=...");
  const Bound given(site, arguments, {"indent", "ensure_ascii"});
  JsonStyle style{.is_ascii = given.flag(1, false)};
  if (given.find(0) != nullptr && !given[0].is_none()) style.indent = indentation(site, given.find(0), 0);
  return json_text(site, subject, style);
}

// lm-evaluation-harness's filter: re.sub(pattern, repl, subject, count).
Value regex_replace(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"pattern", "repl", "count"}, 2);
  site.require_defined(subject);
  if (subject.text() == nullptr) site.fail("regex_replace: {} is no string", subject.type_name());
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

constexpr Filter kFilters[] = {{"upper", mapped<text::to_upper>},
                               {"lower", mapped<text::to_lower>},
                               {"capitalize", mapped<text::capitalized>},
                               {"title", mapped<titled>},
                               {"string", string},
                               {"safe", string},  // nothing is escaped
                               {"trim", trim},
                               {"replace", replace},
                               {"indent", indent},
                               {"tojson", tojson},
                               {"regex_replace", regex_replace}};

}  // namespace

std::span<const Filter> text_filters() { return kFilters; }

}  // namespace radlads::jinja
