// Untrusted templates: what would take all memory, time or stack is an error instead.

#include <fstream>

#include <gtest/gtest.h>

#include "core/error.h"
#include "io/damage.h"
#include "text/template.h"

namespace radlads {
namespace {

std::string refusal(const std::string& source, const Json& variables = Json::object()) {
  try {
    Template::parse(source, "t", {.strict = false}).render(variables);
  } catch (const UserError& error) {
    return error.what();
  }
  return {};
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

void expect_refusal(const std::string& source, const std::string& what) {
  const std::string message = refusal(source);
  EXPECT_NE(message.find(what), std::string::npos) << source.substr(0, 100) << ": " << message;
}

TEST(TemplateLimits, Nesting) {
  constexpr const char* kWhat = "nested more than 100 deep";
  for (const char* open : {"(", "[", "{1:", "-", "not ", "1 if 1 else ", "f(", "x[", "1|d("}) {
    EXPECT_NE(refusal("{{ " + repeated(open, 10000)), "") << open;
    EXPECT_NE(refusal("{{ " + repeated(open, 10000) + "1 }}"), "") << open;
  }
  expect_refusal("{{ " + repeated("(", 200) + "1" + repeated(")", 200) + " }}", kWhat);
  expect_refusal("{{ " + repeated("[", 200) + "1" + repeated("]", 200) + " }}", kWhat);
  expect_refusal("{{ " + repeated("not ", 200) + "1 }}", kWhat);
  expect_refusal("{{ " + repeated("- ", 200) + "1 }}", kWhat);
  expect_refusal("{{ " + repeated("1 if 1 else ", 200) + "1 }}", kWhat);
  expect_refusal(repeated("{% if 1 %}", 200) + repeated("{% endif %}", 200), kWhat);
  expect_refusal("{% set " + repeated("(", 200) + "a" + repeated(")", 200) + " = 1 %}", kWhat);
}

TEST(TemplateLimits, LongChainsAreNotDeep) {
  EXPECT_EQ(refusal("{{ 1" + repeated(" + 1", 20000) + " }}"), "");
  EXPECT_EQ(refusal("{{ 1" + repeated(" and 1", 20000) + " }}"), "");
  EXPECT_EQ(refusal("{{ 1" + repeated(" < 2", 20000) + " }}"), "");
  EXPECT_EQ(refusal("{{ 1" + repeated("|string", 20000) + " }}"), "");
  EXPECT_EQ(refusal("{% if 0 %}" + repeated("{% elif 0 %}", 20000) + "{% endif %}"), "");
}

TEST(TemplateLimits, Work) {
  constexpr const char* kWhat = "the template takes too much work; shorten its loops or its texts";
  const std::string doubling = "{% set n = namespace(x='ab') %}{% for i in range(99) %}";
  for (const std::string& source :
       {std::string("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}"),
        std::string("{{ range(1000000000000)|length }}"), std::string("{{ 'ab' * 1000000000000 }}"),
        std::string("{{ [1] * 1000000000000 }}"), doubling + "{% set n.x = n.x + n.x %}{% endfor %}",
        doubling + "{% set n.x = n.x ~ n.x %}{% endfor %}",
        doubling + "{% set n.x = n.x|replace('a', n.x) %}{% endfor %}",
        doubling + "{% set n.x = [n.x, n.x]|join(n.x) %}{% endfor %}",
        doubling + "{% set n.x %}{{ n.x }}{{ n.x }}{% endset %}{% endfor %}",
        doubling + "{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x == n.x }}",
        doubling + "{% set n.x = n.x|list + n.x|list %}{% endfor %}",
        std::string("{% set x = [1]*999999 %}{% for i in x %}{{ x|join }}{% endfor %}"),
        std::string("{{ 'a'|indent(1000000000000, true) }}"),
        std::string("{{ [1]|tojson(indent=1000000000000) }}"),
        std::string("{% for i in range(99999) %}{{ 'a'|regex_replace('b', '') }}{% endfor %}")}) {
    expect_refusal(source, kWhat);
  }
}

TEST(TemplateLimits, DepthOfValues) {
  constexpr const char* kWhat = "values nested more than 100 deep";
  const std::string loop = "{% set n = namespace(x=1) %}{% for i in range(9999) %}{% set n.x = ";
  expect_refusal(loop + "[n.x] %}{% endfor %}", kWhat);
  expect_refusal(loop + "(n.x,) %}{% endfor %}", kWhat);
  expect_refusal(loop + "{1: n.x} %}{% endfor %}", kWhat);
  expect_refusal(loop + "dict(a=n.x) %}{% endfor %}", kWhat);
  expect_refusal(
      "{% set n = namespace(x=1) %}{% for i in range(9999) %}{% for j in [n.x] %}{% set n.x = loop %}"
      "{% endfor %}{% endfor %}",
      kWhat);
  expect_refusal("{{ 'a'|map('map'" + repeated(", 'map'", 9999) + ")|list }}",
                 "filters nested more than 100 deep");
  Json deep = 1;
  for (int i = 0; i < 200; ++i) deep = Json::array({deep});
  EXPECT_NE(refusal("{{ x }}", {{"x", deep}}).find(kWhat), std::string::npos);
}

TEST(TemplateLimits, NamespacesMayFormCircles) {
  EXPECT_EQ(refusal("{% set a = namespace() %}{% set a.a = a %}{{ a.a.a is defined }}"), "");
  expect_refusal("{% set a = namespace() %}{% set a.a = [a] %}{{ a.a }}", "nested too deep");
}

TEST(TemplateLimits, MacrosThatCallThemselves) {
  constexpr const char* kWhat = "nested too deep; does a macro call itself?";
  expect_refusal("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", kWhat);
  expect_refusal("{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}", kWhat);
  expect_refusal("{% macro m() %}{{ [[[m()|string]]]|join }}{% endmacro %}{{ m() }}", kWhat);
  expect_refusal("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}", kWhat);
  expect_refusal(
      "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{% macro n(i) %}{% if i %}{{ n(i - 1) }}"
      "{{ n(i - 1) }}{% endif %}{% endmacro %}{{ n(40) }}",
      "too much work");
  EXPECT_EQ(refusal("{% macro m(i) %}{% if i %}{{ m(i - 1) }}{% endif %}{% endmacro %}{{ m(100) }}"), "");
}

// A macro reads the variables of the place that it was defined at, even when that place is gone.
TEST(TemplateLimits, MacrosOutliveTheirScope) {
  EXPECT_EQ(
      refusal(
          "{% set n = namespace() %}{% for i in [1] %}{% macro m() %}{{ i }}{{ loop.index }}{% endmacro %}"
          "{% set n.m = m %}{% endfor %}{{ n.m is defined }}"),
      "");
  expect_refusal(
      "{% set n = namespace() %}{% for i in [1] %}{% macro m() %}{{ loop.index }}{% endmacro %}"
      "{% set n.m = m %}{% endfor %}{{ n.m() }}",
      "this loop has ended");
}

TEST(TemplateLimits, LargeIntegers) {
  expect_refusal("{% set n = namespace(x=3) %}{% for i in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}",
                 "more than 65536 bits");
  expect_refusal("{{ '{:1000000000}'.format(1) }}", "too much work");
  expect_refusal("{{ '%1000000000d' % 1 }}", "too much work");
  expect_refusal("{{ 'a'.center(1000000000) }}", "too much work");
  expect_refusal("{{ 'a'.zfill(1000000000) }}", "too much work");
}

TEST(TemplateLimits, LoopsDoNotAskForThemselves) {
  expect_refusal(
      "{% set n = namespace(l=[1]) %}{% for i in range(9) if n.l|length %}{% set n.l = loop %}{{ loop.length "
      "}}"
      "{% endfor %}",
      "the condition of a loop asks for the loop itself");
  expect_refusal(
      "{% set n = namespace() %}{% for i in [1] %}{% set n.l = loop %}{% endfor %}{{ n.l.length }}",
      "this loop has ended");
}

TEST(TemplateLimits, PatternsThatBacktrack) {
  expect_refusal("{{ '" + repeated("a", 40) + "b'|regex_replace('(a+)+$', '') }}", "match limit exceeded");
}

// Damaged templates are rendered or refused; the sanitizers see the rest.
TEST(TemplateLimits, DamageIsRefused) {
  std::ifstream table(RADLADS_SOURCE_DIR "/tests/data/templates.jsonl");
  std::string text;
  std::getline(table, text);
  const Json variables = Json::parse(text).at("variables");
  Random random(1, Random::stream_of("damage"));
  int num_refused = 0, num_templates = 0;
  while (std::getline(table, text)) {
    const std::string source = Json::parse(text).at("template");
    for (int round = 0; round < 5 && !source.empty(); ++round) {
      ++num_templates;
      num_refused += !refusal(damaged(source, random), variables).empty();
    }
  }
  EXPECT_GT(num_refused, num_templates / 4);
  EXPECT_LT(num_refused, num_templates);
}

}  // namespace
}  // namespace radlads
