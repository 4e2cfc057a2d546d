#include "text/template.h"

#include <fstream>

#include <gtest/gtest.h>

#include "core/error.h"

namespace radlads {
namespace {

std::string render(const std::string& source, const Json& variables = Json::object(),
                   const TemplateOptions& options = {}) {
  return Template::parse(source, "t", options).render(variables);
}

/// The message of the error, without "[template] t: "; "" if there is none.
std::string refusal(const std::string& source, const Json& variables = Json::object(),
                    const TemplateOptions& options = {}) {
  try {
    render(source, variables, options);
  } catch (const UserError& error) {
    const std::string message = error.what(), prefix = "[template] t: ";
    EXPECT_TRUE(message.starts_with(prefix)) << message;
    return message.substr(prefix.size());
  }
  return {};
}

TemplateOptions options_of(const Json& line) {
  const Json given = line.value("options", Json::object());
  TemplateOptions options;
  options.trim_blocks = given.value("trim_blocks", options.trim_blocks);
  options.lstrip_blocks = given.value("lstrip_blocks", options.lstrip_blocks);
  options.keep_trailing_newline = given.value("keep_trailing_newline", options.keep_trailing_newline);
  options.strict = given.value("strict", options.strict);
  if (given.value("dialect", "harness") == "transformers") {
    options.dialect = TemplateDialect::kTransformers;
    options.now = LocalTime::parse("2026-07-04T05:06:07", "test");
  }
  return options;
}

// The table is written by render_templates.py.
TEST(Template, GivesTheTextsOfJinja2) {
  std::ifstream table(RADLADS_SOURCE_DIR "/tests/data/templates.jsonl");
  std::string text;
  ASSERT_TRUE(std::getline(table, text));
  const Json variables = Json::parse(text).at("variables");
  int num_texts = 0, num_errors = 0;
  while (std::getline(table, text)) {
    const Json line = Json::parse(text);
    const std::string source = line.at("template");
    if (line.contains("error")) {
      ++num_errors;
      EXPECT_NE(refusal(source, variables, options_of(line)), "") << text;
    } else {
      ++num_texts;
      const std::string refused = refusal(source, variables, options_of(line));
      const Json got = refused.empty() ? render(source, variables, options_of(line)) : "refused: " + refused;
      EXPECT_EQ(got, line.at("text")) << text;
    }
  }
  EXPECT_GT(num_texts, 600);
  EXPECT_GT(num_errors, 300);
}

TEST(Template, IsImmutableAndCheapToCopy) {
  const Template first = Template::parse("{% set x = x + 1 %}{{ x }}", "t");
  const Template second = first;
  EXPECT_EQ(first.render({{"x", 1}}), "2");
  EXPECT_EQ(second.render({{"x", 1}}), "2");
}

TEST(Template, ErrorsHaveLineAndColumn) {
  const std::pair<std::string, std::string> kCases[] = {
      {"{{ x }}", "line 1, column 4: the variable 'x' is undefined"},
      {"a\n é {{ d.label }}", "line 2, column 8: the field 'label' is undefined"},
      {"\n\n{{ d['label'] + 1 }}", "line 3, column 5: the field 'label' is undefined"},
      {"{{ l[3] }}", "line 1, column 5: the item 3 is undefined"},
      {"{% for a in l %}\n{{ a.b.c }}{% endfor %}", "line 2, column 5: the field 'b' is undefined"},
      {"{% if x %}{% endif %}", "line 1, column 7: the variable 'x' is undefined"},
      {"{{ 1 + 'a' }}", "line 1, column 6: an integer + a string is not supported"},
      {"{{ 'a' % 1 }}", "line 1, column 8: %: not all values are used by the text"},
      {"{{ '%d' % 'a' }}", "line 1, column 9: %d needs an integer, not a string"},
      {"{{ '{} {}'.format(1) }}", "line 1, column 11: format: there are too few arguments for the text"},
      {"{{ 1\n / 0 }}", "line 2, column 2: division by zero"},
      {"{{ none < 1 }}", "line 1, column 9: none and an integer cannot be ordered"},
      {"{{ 'a'|nope }}", "line 1, column 8: there is no filter nope"},
      {"\n{% if l %}{{ 'a'|nope }}{% endif %}", "line 2, column 18: there is no filter nope"},
      {"{{ l|map('nope')|list }}", "line 1, column 6: there is no filter nope"},
      {"{{ 'a' is nope }}", "line 1, column 11: there is no test nope"},
      {"{{ 'a'.nope() }}", "line 1, column 7: the field 'nope' is undefined"},
      {"{{ 'a'.encode() }}", "line 1, column 7: the method encode of a string is not supported"},
      {"{{ d.items }}", "line 1, column 1: items cannot be printed; call it: items()"},
      {"{{ 'a'|join(1, 2, 3) }}", "line 1, column 8: join takes 2 arguments at most"},
      {"{{ 'a'|replace('b') }}", "line 1, column 8: replace needs the argument new"},
      {"{{ 'a'|trim(x=1) }}", "line 1, column 8: trim has no argument x here"},
      {"{{ 'a'|upper(1) }}", "line 1, column 8: upper takes no arguments"},
      {"{{ 'a'|regex_replace('(', '') }}",
       "line 1, column 8: regex_replace: malformed pattern: missing closing parenthesis"},
      {"{{ l|map('upper') }}", "line 1, column 1: an iterator cannot be printed; make it a list with |list"},
      {"{{ range(2) }}", "line 1, column 1: a range cannot be printed; make it a list with |list"},
      {"{{ raise_exception('no ' ~ l) }}", "line 1, column 19: no [1, 2, 3]"},
      {"{{ strftime_now('%Y') }}", "line 1, column 4: the variable 'strftime_now' is undefined"},
      {"{{ lipsum() }}", "line 1, column 4: lipsum is not supported"},
      {"\n {% macro a() %}", "line 2, column 5: the tag macro is not closed by endmacro"},
      {"{% macro a(b) %}{% endmacro %}{{ a(1, 2) }}", "line 1, column 35: a takes 1 arguments at most"},
      {"{% macro a(b) %}{% endmacro %}{{ a(c=2) }}", "line 1, column 35: a has no argument c here"},
      {"{% call l %}{% endcall %}", "line 1, column 9: expected a call, {% call name(...) %}"},
      {"{% generation %}", "line 1, column 4: the tag generation is not supported"},
      {"{% include 'a' %}",
       "line 1, column 4: include: a template cannot use other templates here; put their text into it"},
      {"{% for a in l %}{{ loop(l) }}{% endfor %}",
       "line 1, column 24: the loop is not recursive: write {% for ... recursive %}"},
      {"{% for a in l %}", "line 1, column 4: the tag for is not closed by endfor"},
      {"{% for a in l %}{% endif %}", "line 1, column 20: expected else or endfor, found endif"},
      {"{% endif %}", "line 1, column 4: endif without its opening tag"},
      {"{% for loop in l %}{% endfor %}", "line 1, column 8: loop cannot be the variable of a loop"},
      {"{% set a.b = 1 %}", "line 1, column 8: a is not a namespace"},
      {"{% for a, b in [[1]] %}{% endfor %}", "line 1, column 8: 1 values for 2 variables"},
      {"a {{ 1", "line 1, column 3: the tag is not closed by }}"},
      {"a {# b", "line 1, column 3: the comment is not closed by #}"},
      {"{{ 'a }}", "line 1, column 4: the string is not closed"},
      {"{{ '\\x4' }}", "line 1, column 4: the string has a malformed escape"},
      {"{{ (1] }}", "line 1, column 6: unexpected ]"},
      {"{{ é? }}", "line 1, column 5: unexpected character ?"},
      {"{{ 1 2 }}", "line 1, column 6: expected }}, found 2"},
      {"{{ dict(*l) }}", "line 1, column 8: dict takes named arguments, and one dict at most"},
      {"{{ 2 ** 99999 }}", "line 1, column 6: the result has more than 65536 bits"},
      {"{{ 2 ** 20000 }}", "line 1, column 1: an integer of more than 4300 digits cannot be printed"},
      {"{{ b }}", "line 1, column 4: a variable contains a string that is not valid UTF-8"}};
  const Json variables = {{"l", {1, 2, 3}}, {"d", {{"a", 1}}}, {"b", "\xFF"}};
  for (const auto& [source, message] : kCases) EXPECT_EQ(refusal(source, variables), message) << source;
}

TEST(Template, SourcesAreUtf8) {
  EXPECT_THROW(Template::parse("a\xFF", "t"), UserError);
  EXPECT_EQ(render("é{{ '日' }}"), "é日");
}

TEST(Template, UndefinedIsAnErrorOrEmpty) {
  const TemplateOptions lenient{.strict = false};
  for (const char* source :
       {"[{{ x }}]", "[{{ d.x }}]", "[{{ l[9] }}]", "[{{ x ~ '' }}]", "[{{ x|upper }}]",
        "[{% for a in x %}{% endfor %}]", "[{% if x %}1{% endif %}]", "[{{ x|join }}]"}) {
    const Json variables = {{"d", Json::object()}, {"l", Json::array()}};
    EXPECT_NE(refusal(source, variables), "") << source;
    EXPECT_EQ(render(source, variables, lenient), "[]") << source;
  }
  for (const char* source :
       {"{{ x + 1 }}", "{{ x.y }}", "{{ x() }}", "{{ x < 1 }}", "{{ x|int }}", "{{ x|tojson }}"}) {
    EXPECT_EQ(refusal(source, Json::object(), lenient), "line 1, column 4: the variable 'x' is undefined")
        << source;
  }
}

TEST(Template, AVariableMayHideAFunction) {
  EXPECT_EQ(render("{{ lipsum }}{{ range }}", {{"lipsum", "a"}, {"range", 1}}), "a1");
}

TEST(Template, LargeNumbersOfVariablesAreExact) {
  EXPECT_EQ(render("{{ u }} {{ u + 1 }} {{ u // 2 }}", {{"u", UINT64_MAX}}),
            "18446744073709551615 18446744073709551616 9223372036854775807");
  EXPECT_EQ(Template::parse("{{ u }}", "t").value({{"u", UINT64_MAX}}), Json(UINT64_MAX));
}

TEST(Template, StrftimeNowIsTodayUnlessATimeIsGiven) {
  TemplateOptions options{.dialect = TemplateDialect::kTransformers};
  const std::string before = LocalTime::now().format("%Y-%m-%d"),
                    today = render("{{ strftime_now('%Y-%m-%d') }}", Json::object(), options),
                    after = LocalTime::now().format("%Y-%m-%d");
  EXPECT_TRUE(today == before || today == after) << today;
  options.now = LocalTime::parse("2024-02-29", "test");
  EXPECT_EQ(render("{{ strftime_now('%A, %d %b %Y, day %j, %H:%M:%S') }}", Json::object(), options),
            "Thursday, 29 Feb 2024, day 060, 00:00:00");
  options.now = LocalTime::parse("1999-12-31 23:59:58", "test");
  EXPECT_EQ(render("{{ strftime_now('%c') }}", Json::object(), options), "Fri Dec 31 23:59:58 1999");
}

TEST(LocalTime, DatesAreChecked) {
  EXPECT_EQ(LocalTime::parse("2026-11-29", "x").text(), "2026-11-29T00:00:00");
  for (const char* text : {"", "2026", "2026-13-01", "2026-02-29", "2026-1-1", "2026-11-29T",
                           "2026-11-29T25:00:00", "2026-11-29T10:57", "2026-11-29 10:57:00Z", "today"}) {
    EXPECT_THROW(LocalTime::parse(text, "x"), UserError) << text;
  }
}

TEST(Template, ValueIsThatOfOneExpression) {
  const auto value = [](const std::string& source, const Json& variables = Json::object()) {
    return Template::parse(source, "t").value(variables);
  };
  EXPECT_EQ(value("{{ [1, 'a', none, true, 2.5] }}"), Json({1, "a", nullptr, true, 2.5}));
  EXPECT_EQ(value("{{ x.y }}", {{"x", {{"y", {"a", "b"}}}}}), Json({"a", "b"}));
  EXPECT_EQ(value("{{ (1, 2) }}"), Json({1, 2}));
  EXPECT_EQ(value("{{ range(3) }}"), Json({0, 1, 2}));
  EXPECT_EQ(value("{{ [1, 2]|map('string') }}"), Json({"1", "2"}));
  EXPECT_EQ(value("{{ {'b': 1, 2: 'a'} }}").dump(), R"({"b":1,"2":"a"})");
  EXPECT_EQ(value("{{ 3 }}"), Json(3));
  EXPECT_EQ(value("{{ '3' }}"), Json("3"));
  EXPECT_EQ(value("{{ 1 if false }}"), Json());
  EXPECT_EQ(value("{#- only this -#} {{- 3 }}"), Json(3));
  EXPECT_EQ(value("{{ 3 }} "), Json("3 "));
  EXPECT_EQ(value("{{ 3 }}{{ 4 }}"), Json("34"));
  EXPECT_EQ(value("text"), Json("text"));
  EXPECT_EQ(value(""), Json(""));
  EXPECT_THROW(value("{{ x }}"), UserError);
  EXPECT_THROW(value("{{ [namespace()] }}"), UserError);
}

}  // namespace
}  // namespace radlads
