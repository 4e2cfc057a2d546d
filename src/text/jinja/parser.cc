#include "text/jinja/parser.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <utility>

#include <fmt/ranges.h>

#include "core/utf8.h"
#include "text/jinja/expression_parser.h"

namespace radlads::jinja {
namespace {

// With newlines "\n", and without the last one if it is not kept.
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
  constexpr std::string_view kEnds[] = {"elif",    "else",     "endif",         "endfor",
                                        "endset",  "endmacro", "endcall",       "endfilter",
                                        "endwith", "endblock", "endgeneration", "endautoescape"};
  return std::find(std::begin(kEnds), std::end(kEnds), name) != std::end(kEnds);
}

bool sets_loop(const Target& target) {
  return target.name == "loop" || std::any_of(target.parts.begin(), target.parts.end(), sets_loop);
}

// Sets a variable while it exists.
template <class T>
class Temporarily {
 public:
  Temporarily(T& variable, T value) : variable_(variable), before_(std::exchange(variable, value)) {}
  ~Temporarily() { variable_ = before_; }
  Temporarily(const Temporarily&) = delete;
  Temporarily& operator=(const Temporarily&) = delete;

 private:
  T& variable_;
  const T before_;
};

class Parser {
 public:
  Parser(std::vector<Token> tokens, const std::string& name, TemplateDialect dialect)
      : cursor_(std::move(tokens), name), dialect_(dialect) {}

  Body whole() {
    Body body = statements({});
    if (!cursor_.is(TokenKind::kEnd))
      cursor_.fail(cursor_.peek().at, "{} without its opening tag", cursor_.peek().text);
    return body;
  }

 private:
  using Words = std::initializer_list<std::string_view>;

  Body statements(Words ends);
  Body block(const char* tag, Position opened, Words ends);
  void end_tag() {
    expressions_.refuse_unknown();
    cursor_.expect(TokenKind::kTagEnd, "%}");
  }
  Statement statement();
  Statement for_statement(Position at);
  Statement if_statement(Position at);
  Statement set_statement(Position at);
  Statement loop_control(const Token& tag);
  Statement print_statement(Position at);
  Statement with_statement(Position at);
  Statement filter_statement(Position at);
  Statement macro_statement(Position at);
  Statement call_statement(Position at);
  Statement block_statement(Position at);
  Statement autoescape_statement(Position at);
  Statement foreign_statement(const Token& tag);
  Body scoped_block(const char* tag, Position opened, Words ends);
  Body function_body(const char* tag, Position opened, Words ends);
  void signature(MacroDefinition& macro);
  void macro_body(const char* tag, Position opened, Words ends, MacroDefinition& macro);
  std::string name_to_set();
  Target targets(bool may_be_field);
  Target target(bool may_be_field);

  TokenCursor cursor_;
  ExpressionParser expressions_{cursor_};
  TemplateDialect dialect_;
  std::set<std::string, std::less<>> block_names_;
  int num_loops_ = 0;  // around the current statement, up to a macro
};

// Up to the end, or a tag with one of these names, where the cursor then is.
Body Parser::statements(Words ends) {
  const Nesting nesting(cursor_);
  Body body;
  while (!cursor_.is(TokenKind::kEnd)) {
    const Token& token = cursor_.take();
    if (token.kind == TokenKind::kText) {
      body.push_back({token.at, Text{token.text}});
    } else if (token.kind == TokenKind::kPrintBegin) {
      body.push_back({token.at, Print{expressions_.expressions()}});
      expressions_.refuse_unknown();
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

// The statements of a tag. The cursor is at the name of the tag that ends them.
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
  if (tag.text == "macro") return macro_statement(tag.at);
  if (tag.text == "call") return call_statement(tag.at);
  if (tag.text == "with") return with_statement(tag.at);
  if (tag.text == "filter") return filter_statement(tag.at);
  if (tag.text == "print") return print_statement(tag.at);
  if (tag.text == "block") return block_statement(tag.at);
  if (tag.text == "autoescape") return autoescape_statement(tag.at);
  if (tag.text == "generation" && dialect_ == TemplateDialect::kTransformers) {
    return {tag.at, Scoped{function_body("generation", tag.at, {"endgeneration"})}};
  }
  if (tag.text == "include" || tag.text == "import" || tag.text == "from" || tag.text == "extends") {
    return foreign_statement(tag);
  }
  cursor_.fail(tag.at, "the tag {} is not supported", tag.text);
}

// A block that ends with one tag, with variables of its own.
Body Parser::scoped_block(const char* tag, Position opened, Words ends) {
  const Temporarily outside(expressions_.is_in_branch, false);
  Body body = block(tag, opened, ends);
  cursor_.take();
  return body;
}

// The same, which break and continue cannot leave.
Body Parser::function_body(const char* tag, Position opened, Words ends) {
  const Temporarily outside(num_loops_, 0);
  return scoped_block(tag, opened, ends);
}

Statement Parser::for_statement(Position at) {
  For loop;
  loop.target = targets(false);
  if (sets_loop(loop.target)) cursor_.fail(loop.target.at, "loop cannot be the variable of a loop");
  cursor_.expect_name("in");
  loop.items = expressions_.expressions(false);
  const Temporarily outside(expressions_.is_in_branch, false);
  if (cursor_.skip_name("if")) loop.test = expressions_.expression();
  loop.is_recursive = cursor_.skip_name("recursive");
  {
    const Temporarily inside(num_loops_, num_loops_ + 1);
    loop.body = block("for", at, {"else", "endfor"});
  }
  if (cursor_.take().text == "else") {
    loop.otherwise = block("for", at, {"endfor"});
    cursor_.take();
  }
  return {at, std::move(loop)};
}

Statement Parser::if_statement(Position at) {
  If choice;
  const Temporarily inside(expressions_.is_in_branch, true);
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
  const Temporarily outside(expressions_.is_in_branch, false);
  std::vector<Suffix> filters = expressions_.filters();
  return {at, SetBlock{std::move(what), std::move(filters), scoped_block("set", at, {"endset"})}};
}

Statement Parser::print_statement(Position at) {
  Expressions parts;
  while (!cursor_.is(TokenKind::kTagEnd)) {
    if (!parts.empty()) cursor_.expect_operator(",");
    parts.push_back(expressions_.expression());
  }
  return {at, Print{std::make_unique<const Expression>(Expression{at, Concatenation{std::move(parts)}})}};
}

Statement Parser::with_statement(Position at) {
  With with;
  while (!cursor_.is(TokenKind::kTagEnd)) {
    if (!with.variables.empty()) cursor_.expect_operator(",");
    Target what = targets(false);
    cursor_.expect_operator("=");
    with.variables.emplace_back(std::move(what), expressions_.expression());
  }
  with.body = scoped_block("with", at, {"endwith"});
  return {at, std::move(with)};
}

Statement Parser::filter_statement(Position at) {
  const Temporarily outside(expressions_.is_in_branch, false);
  std::vector<Suffix> filters = expressions_.filters(true);
  return {at, FilterBlock{std::move(filters), scoped_block("filter", at, {"endfilter"})}};
}

void Parser::signature(MacroDefinition& macro) {
  cursor_.expect_operator("(");
  while (!cursor_.is_operator(")")) {
    if (!macro.parameters.empty()) cursor_.expect_operator(",");
    macro.parameters.push_back(name_to_set());
    if (cursor_.skip_operator("=")) {
      macro.defaults.push_back(expressions_.expression());
    } else if (!macro.defaults.empty()) {
      cursor_.fail_expected("= and a default, as the arguments before have one");
    }
  }
  cursor_.expect_operator(")");
}
void Parser::macro_body(const char* tag, Position opened, Words ends, MacroDefinition& macro) {
  using Reads = ExpressionParser::Reads;
  const Reads before = std::exchange(expressions_.reads, Reads{});
  macro.body = function_body(tag, opened, ends);
  Reads& reads = expressions_.reads;
  const auto is_parameter = [&](std::string_view name) {
    return std::find(macro.parameters.begin(), macro.parameters.end(), name) != macro.parameters.end();
  };
  const size_t num_required = macro.parameters.size() - macro.defaults.size();
  const auto caller = std::find(macro.parameters.begin(), macro.parameters.end(), "caller");
  if (reads.caller && caller < macro.parameters.begin() + static_cast<std::ptrdiff_t>(num_required)) {
    cursor_.fail(opened, "the argument caller must have a default");
  }
  macro.names_caller = reads.caller && is_parameter("caller");
  macro.takes_caller = reads.caller && !is_parameter("caller");
  macro.takes_kwargs = reads.kwargs && !is_parameter("kwargs");
  macro.takes_varargs = reads.varargs && !is_parameter("varargs");
  // jinja2 counts what a macro reads as read by those around it, too.
  reads = {reads.caller || before.caller, reads.kwargs || before.kwargs, reads.varargs || before.varargs};
}

Statement Parser::macro_statement(Position at) {
  MacroDefinition macro;
  macro.name = name_to_set();
  {
    const Temporarily outside(expressions_.is_in_branch, false);
    signature(macro);
    expressions_.refuse_unknown();
  }
  macro_body("macro", at, {"endmacro"}, macro);
  return {at, std::move(macro)};
}

Statement Parser::call_statement(Position at) {
  CallBlock block;
  if (cursor_.is_operator("(")) {
    const Temporarily outside(expressions_.is_in_branch, false);
    signature(block.caller);
    expressions_.refuse_unknown();
  }
  block.call = expressions_.expression();
  const auto* chain = std::get_if<Chain>(&block.call->node);
  if (chain == nullptr || (!std::holds_alternative<Call>(chain->suffixes.back().what) &&
                           !std::holds_alternative<MethodCall>(chain->suffixes.back().what))) {
    cursor_.fail(block.call->at, "expected a call, {{% call name(...) %}}");
  }
  macro_body("call", at, {"endcall"}, block.caller);
  return {at, std::move(block)};
}

Statement Parser::block_statement(Position at) {
  const Token& name = cursor_.expect(TokenKind::kName, "the name of a block");
  if (!block_names_.insert(name.text).second) cursor_.fail(name.at, "a second block {}", name.text);
  Block block{.is_scoped = cursor_.skip_name("scoped"), .body = {}};
  cursor_.skip_name("required");
  block.body = function_body("block", at, {"endblock"});
  cursor_.skip_name(name.text);
  return {at, std::move(block)};
}

Statement Parser::autoescape_statement(Position at) {
  const ExpressionPtr is_on = expressions_.expression();
  const auto* literal = std::get_if<Literal>(&is_on->node);
  const bool is_off = literal != nullptr && literal->value.boolean() != nullptr && !*literal->value.boolean();
  if (!is_off) cursor_.fail(at, "autoescape is not supported");
  return {at, Scoped{scoped_block("autoescape", at, {"endautoescape"})}};
}

// include, import, from and extends, whose templates are elsewhere: parsed, but refused when they are
// reached.
Statement Parser::foreign_statement(const Token& tag) {
  expressions_.expression();
  while (!cursor_.is(TokenKind::kTagEnd) && !cursor_.is(TokenKind::kEnd)) cursor_.take();
  return {tag.at, Foreign{tag.text}};
}

Statement Parser::loop_control(const Token& tag) {
  if (num_loops_ == 0) cursor_.fail(tag.at, "{} outside of a loop", tag.text);
  if (tag.text == "break") return {tag.at, Break{}};
  return {tag.at, Continue{}};
}

std::string Parser::name_to_set() {
  if (!cursor_.is(TokenKind::kName)) cursor_.fail_expected("a name");
  return target(false).name;
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
  constexpr std::string_view kReserved[] = {"true", "false", "none", "True", "False", "None"};
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
  Parser parser(tokenize(text, name, options), name, options.dialect);
  Body body = parser.whole();
  return {std::move(name), options, std::move(body)};
}

}  // namespace radlads::jinja
