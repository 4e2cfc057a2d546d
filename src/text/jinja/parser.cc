#include "text/jinja/parser.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/ranges.h>

#include "core/utf8.h"
#include "text/jinja/expression_parser.h"

namespace radlads::jinja {
namespace {

// With newlines "\n", and without the last one where it is not kept.
std::string normalized(std::string_view source, bool keep_trailing_newline) {
  std::string result;
  result.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    const bool is_return = source[i] == '\r';
    if (is_return && i + 1 < source.size() && source[i + 1] == '\n') continue;
    result += is_return ? '\n' : source[i];
  }
  if (!keep_trailing_newline && result.ends_with('\n')) result.pop_back();
  return result;
}

bool is_end_tag(std::string_view name) {
  constexpr std::string_view kEnds[] = {"elif", "else", "endif", "endfor", "endset"};
  return std::find(std::begin(kEnds), std::end(kEnds), name) != std::end(kEnds);
}

class Parser {
 public:
  Parser(std::vector<Token> tokens, const std::string& name) : cursor_(std::move(tokens), name) {}

  Body whole() {
    Body body = statements({});
    if (!cursor_.is(TokenKind::kEnd))
      cursor_.fail(cursor_.peek().at, "{} without its beginning", cursor_.peek().text);
    return body;
  }

 private:
  using Words = std::initializer_list<std::string_view>;

  Body statements(Words ends);
  Body block(const char* tag, Position opened, Words ends);
  void end_tag() { cursor_.expect(TokenKind::kTagEnd, "%}"); }
  Statement statement();
  Statement for_statement(Position at);
  Statement if_statement(Position at);
  Statement set_statement(Position at);
  Statement loop_control(const Token& tag);
  Target targets(bool may_be_field);
  Target target(bool may_be_field);

  TokenCursor cursor_;
  ExpressionParser expressions_{cursor_};
  int num_loops_ = 0;  // around the current statement
};

// Up to the end, or a tag of one of these names, at which the cursor then stands.
Body Parser::statements(Words ends) {
  const Nesting nesting(cursor_);
  Body body;
  while (!cursor_.is(TokenKind::kEnd)) {
    const Token& token = cursor_.take();
    if (token.kind == TokenKind::kText) {
      body.push_back({token.at, Text{token.text}});
    } else if (token.kind == TokenKind::kPrintBegin) {
      body.push_back({token.at, Print{expressions_.expressions()}});
      cursor_.expect(TokenKind::kPrintEnd, "}}");
    } else {
      const Token& tag = cursor_.peek();
      const bool is_end = tag.kind == TokenKind::kName && is_end_tag(tag.text);
      if (is_end && (ends.size() == 0 || std::find(ends.begin(), ends.end(), tag.text) != ends.end())) break;
      if (is_end) cursor_.fail_expected(fmt::format("{}", fmt::join(ends, " or ")));
      body.push_back(statement());
      end_tag();
    }
  }
  return body;
}

// The statements of a tag. The cursor stands at the name of the tag that ends them.
Body Parser::block(const char* tag, Position opened, Words ends) {
  cursor_.skip_operator(":");
  end_tag();
  Body body = statements(ends);
  if (cursor_.is(TokenKind::kEnd))
    cursor_.fail(opened, "the tag {} is not closed by {}", tag, *std::prev(ends.end()));
  return body;
}

Statement Parser::statement() {
  const Token& tag = cursor_.expect(TokenKind::kName, "the name of a tag");
  if (tag.text == "for") return for_statement(tag.at);
  if (tag.text == "if") return if_statement(tag.at);
  if (tag.text == "set") return set_statement(tag.at);
  if (tag.text == "break" || tag.text == "continue") return loop_control(tag);
  cursor_.fail(tag.at, "the tag {} is not supported", tag.text);
}

Statement Parser::for_statement(Position at) {
  For loop;
  loop.target = targets(false);
  cursor_.expect_name("in");
  loop.items = expressions_.expressions(false);
  if (cursor_.skip_name("if")) loop.test = expressions_.expression();
  if (cursor_.is_name("recursive")) cursor_.fail(cursor_.peek().at, "recursive loops are not supported");
  ++num_loops_;
  loop.body = block("for", at, {"else", "endfor"});
  --num_loops_;
  if (cursor_.take().text == "else") {
    loop.otherwise = block("for", at, {"endfor"});
    cursor_.take();
  }
  return {at, std::move(loop)};
}

Statement Parser::if_statement(Position at) {
  If choice;
  do {
    ExpressionPtr test = expressions_.expressions(false);
    choice.branches.emplace_back(std::move(test), block("if", at, {"elif", "else", "endif"}));
  } while (cursor_.skip_name("elif"));
  if (cursor_.take().text == "else") {
    choice.otherwise = block("if", at, {"endif"});
    cursor_.take();
  }
  return {at, std::move(choice)};
}

Statement Parser::set_statement(Position at) {
  Target what = targets(true);
  if (cursor_.skip_operator("=")) return {at, Set{std::move(what), expressions_.expressions()}};
  std::vector<Suffix> filters = expressions_.filters();
  Body body = block("set", at, {"endset"});
  cursor_.take();
  return {at, SetBlock{std::move(what), std::move(filters), std::move(body)}};
}

Statement Parser::loop_control(const Token& tag) {
  if (num_loops_ == 0) cursor_.fail(tag.at, "{} outside of a loop", tag.text);
  if (tag.text == "break") return {tag.at, Break{}};
  return {tag.at, Continue{}};
}

Target Parser::targets(bool may_be_field) {
  Target first = target(may_be_field);
  if (!cursor_.is_operator(",")) return first;
  Target all{.at = first.at};
  all.parts.push_back(std::move(first));
  while (cursor_.skip_operator(",") && !cursor_.is_name("in") && !cursor_.is_operator(")")) {
    all.parts.push_back(target(may_be_field));
  }
  return all;
}

Target Parser::target(bool may_be_field) {
  if (cursor_.skip_operator("(")) {
    const Nesting nesting(cursor_);
    Target inner = targets(may_be_field);
    cursor_.expect_operator(")");
    return inner;
  }
  constexpr std::string_view kReserved[] = {"true", "false", "none", "True", "False", "None", "loop"};
  const Token& name = cursor_.expect(TokenKind::kName, "the name of a variable");
  Target found{.at = name.at, .name = name.text};
  if (may_be_field && cursor_.skip_operator(".")) {
    found.field = cursor_.expect(TokenKind::kName, "the name of a field").text;
  } else if (std::find(std::begin(kReserved), std::end(kReserved), name.text) != std::end(kReserved)) {
    cursor_.fail(name.at, "{} cannot be set", name.text);
  }
  return found;
}

}  // namespace

Program parse_program(std::string_view source, std::string name, const TemplateOptions& options) {
  if (!is_utf8(source)) fail("[template] {}: not valid UTF-8", name);
  const std::string text = normalized(source, options.keep_trailing_newline);
  Parser parser(tokenize(text, name, options), name);
  Body body = parser.whole();
  return {std::move(name), options, std::move(body)};
}

}  // namespace radlads::jinja
