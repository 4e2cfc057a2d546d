#include <stdexcept>

#include "core/utf8.h"
#include "text/case_mapping.h"
#include "text/jinja/filters.h"
#include "text/jinja/markup.h"
#include "text/jinja/print_format.h"
#include "text/jinja/printing.h"
#include "text/jinja/replace.h"
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

constexpr Filter kFilters[] = {{"upper", mapped<text::to_upper>},
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

std::span<const Filter> text_filters() { return kFilters; }

}  // namespace radlads::jinja
