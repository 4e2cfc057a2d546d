#include "text/jinja/expression_parser.h"

#include <charconv>
#include <cstdlib>

#include "text/jinja/builtins.h"
#include "text/jinja/filters.h"
#include "text/jinja/literals.h"

namespace radlads::jinja {
namespace {

template <class Node>
ExpressionPtr make(Position at, Node node) {
  return std::make_unique<const Expression>(Expression{at, std::move(node)});
}

using Operators = std::pair<std::string_view, BinaryOperator>;
constexpr Operators kSums[] = {{"+", BinaryOperator::kAdd}, {"-", BinaryOperator::kSubtract}};
constexpr Operators kProducts[] = {{"*", BinaryOperator::kMultiply},
                                   {"/", BinaryOperator::kDivide},
                                   {"//", BinaryOperator::kFloorDivide},
                                   {"%", BinaryOperator::kModulo}};
constexpr Operators kPowers[] = {{"**", BinaryOperator::kPower}};

}  // namespace

ExpressionPtr ExpressionParser::expression() {
  const Nesting nesting(cursor_);
  const size_t num_unknown = unknown_.size();
  ExpressionPtr value = disjunction();
  while (cursor_.is_name("if")) {
    const Position at = cursor_.take().at;
    ExpressionPtr test = disjunction();
    ExpressionPtr otherwise = cursor_.skip_name("else") ? expression() : nullptr;
    unknown_.resize(num_unknown);  // those within are errors only if they are reached
    value = make(at, Conditional{std::move(test), std::move(value), std::move(otherwise)});
  }
  return value;
}

ExpressionPtr ExpressionParser::logical(std::string_view word, Parse operand) {
  ExpressionPtr first = (this->*operand)();
  if (!cursor_.is_name(word)) return first;
  const Position at = cursor_.peek().at;
  Expressions operands;
  operands.push_back(std::move(first));
  while (cursor_.skip_name(word)) operands.push_back((this->*operand)());
  return make(at, Logical{word == "and", std::move(operands)});
}

ExpressionPtr ExpressionParser::negation() {
  if (!cursor_.is_name("not")) return comparison();
  const Nesting nesting(cursor_);
  const Position at = cursor_.take().at;
  return make(at, Unary{UnaryOperator::kNot, negation()});
}

std::optional<Relation> ExpressionParser::relation() {
  constexpr std::pair<std::string_view, Relation> kRelations[] = {
      {"==", Relation::kEqual},       {"!=", Relation::kUnequal}, {"<", Relation::kLess},
      {"<=", Relation::kLessOrEqual}, {">", Relation::kGreater},  {">=", Relation::kGreaterOrEqual}};
  for (const auto& [text, relation] : kRelations) {
    if (cursor_.skip_operator(text)) return relation;
  }
  if (cursor_.skip_name("in")) return Relation::kIn;
  if (!cursor_.is_name("not") || !cursor_.is_name("in", 1)) return std::nullopt;
  cursor_.take();
  cursor_.take();
  return Relation::kNotIn;
}

ExpressionPtr ExpressionParser::comparison() {
  ExpressionPtr first = sum();
  std::vector<Comparison::Step> rest;
  for (Position at = cursor_.peek().at; const auto found = relation(); at = cursor_.peek().at) {
    rest.push_back({*found, sum(), at});
  }
  if (rest.empty()) return first;
  const Position at = rest[0].at;
  return make(at, Comparison{std::move(first), std::move(rest)});
}

template <size_t kCount>
ExpressionPtr ExpressionParser::arithmetic(
    const std::pair<std::string_view, BinaryOperator> (&operators)[kCount], Parse operand) {
  ExpressionPtr first = (this->*operand)();
  std::vector<Arithmetic::Step> rest;
  const auto step = [&] {
    for (const auto& [text, op] : operators) {
      const Position at = cursor_.peek().at;
      if (!cursor_.skip_operator(text)) continue;
      rest.push_back({op, (this->*operand)(), at});
      return true;
    }
    return false;
  };
  while (step()) {
  }
  if (rest.empty()) return first;
  const Position at = rest[0].at;
  return make(at, Arithmetic{std::move(first), std::move(rest)});
}

ExpressionPtr ExpressionParser::sum() { return arithmetic(kSums, &ExpressionParser::concatenation); }

ExpressionPtr ExpressionParser::concatenation() {
  ExpressionPtr first = product();
  if (!cursor_.is_operator("~")) return first;
  const Position at = cursor_.peek().at;
  Expressions parts;
  parts.push_back(std::move(first));
  while (cursor_.skip_operator("~")) parts.push_back(product());
  return make(at, Concatenation{std::move(parts)});
}

ExpressionPtr ExpressionParser::product() { return arithmetic(kProducts, &ExpressionParser::power); }

ExpressionPtr ExpressionParser::power() { return arithmetic(kPowers, &ExpressionParser::factor); }

ExpressionPtr ExpressionParser::signed_value(bool with_filters) {
  if (!cursor_.is_operator("-") && !cursor_.is_operator("+")) return with_suffixes(value(), with_filters);
  const Nesting nesting(cursor_);
  const Token& sign = cursor_.take();
  const UnaryOperator op = sign.text == "-" ? UnaryOperator::kMinus : UnaryOperator::kPlus;
  return with_suffixes(make(sign.at, Unary{op, signed_value(false)}), with_filters);
}

ExpressionPtr ExpressionParser::number() {
  const Token& token = cursor_.take();
  if (token.kind == TokenKind::kInteger) {
    constexpr size_t kMaxDigits = 4300;  // as in Python
    if (token.text.size() > kMaxDigits) cursor_.fail(token.at, "a number of more than {} digits", kMaxDigits);
    return make(token.at, Literal{Value(integer_value(token.text))});
  }
  double real = 0;
  const char* end = token.text.data() + token.text.size();
  // from_chars does not distinguish what is too large from what is too small.
  if (std::from_chars(token.text.data(), end, real).ec != std::errc())
    real = std::strtod(token.text.c_str(), nullptr);
  return make(token.at, Literal{real});
}

ExpressionPtr ExpressionParser::value() {
  const Position at = cursor_.peek().at;
  if (cursor_.is(TokenKind::kInteger) || cursor_.is(TokenKind::kFloat)) return number();
  if (cursor_.is(TokenKind::kString)) {
    std::string text;
    while (cursor_.is(TokenKind::kString)) text += cursor_.take().text;
    return make(at, Literal{std::move(text)});
  }
  if (cursor_.is(TokenKind::kName)) {
    const std::string& name = cursor_.take().text;
    if (name == "true" || name == "True") return make(at, Literal{true});
    if (name == "false" || name == "False") return make(at, Literal{false});
    if (name == "none" || name == "None") return make(at, Literal{});
    note_read(name);
    return make(at, Name{name});
  }
  if (cursor_.skip_operator("(")) {
    ExpressionPtr inner = expressions(true, true);
    cursor_.expect_operator(")");
    return inner;
  }
  if (cursor_.is_operator("[")) return list();
  if (cursor_.is_operator("{")) return dict();
  cursor_.fail_expected("an expression");
}

bool ExpressionParser::is_end_of_list() const {
  return cursor_.is(TokenKind::kPrintEnd) || cursor_.is(TokenKind::kTagEnd) || cursor_.is_operator(")");
}

ExpressionPtr ExpressionParser::expressions(bool with_if, bool may_be_empty) {
  const Position at = cursor_.peek().at;
  Expressions items;
  bool is_tuple = may_be_empty && is_end_of_list();
  while (!is_tuple || !is_end_of_list()) {
    items.push_back(with_if ? expression() : expression_without_if());
    if (!cursor_.skip_operator(",")) break;
    is_tuple = true;
  }
  if (!is_tuple) return std::move(items[0]);
  return make(at, Display{SequenceKind::kTuple, std::move(items)});
}

ExpressionPtr ExpressionParser::list() {
  const Position at = cursor_.take().at;
  Expressions items;
  while (!cursor_.is_operator("]")) {
    items.push_back(expression());
    if (!cursor_.skip_operator(",")) break;
  }
  cursor_.expect_operator("]");
  return make(at, Display{SequenceKind::kList, std::move(items)});
}

ExpressionPtr ExpressionParser::dict() {
  const Position at = cursor_.take().at;
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
  while (!cursor_.is_operator("}")) {
    ExpressionPtr key = expression();
    cursor_.expect_operator(":");
    entries.emplace_back(std::move(key), expression());
    if (!cursor_.skip_operator(",")) break;
  }
  cursor_.expect_operator("}");
  return make(at, DictDisplay{std::move(entries)});
}

ExpressionPtr ExpressionParser::with_suffixes(ExpressionPtr subject, bool with_filters) {
  const Position at = subject->at;
  std::vector<Suffix> suffixes;
  while (access(suffixes)) {
  }
  while (with_filters) {
    if (cursor_.skip_operator("|")) {
      suffixes.push_back(filter());
    } else if (cursor_.is_name("is")) {
      suffixes.push_back(test());
    } else {
      break;
    }
  }
  if (suffixes.empty()) return subject;
  return make(at, Chain{std::move(subject), std::move(suffixes)});
}

bool ExpressionParser::access(std::vector<Suffix>& suffixes) {
  const Position at = cursor_.peek().at;
  if (cursor_.skip_operator(".")) {
    attribute(at, suffixes);
  } else if (cursor_.is_operator("[")) {
    suffixes.push_back(subscript(at));
  } else if (cursor_.is_operator("(")) {
    suffixes.push_back({at, Call{arguments()}});
  } else {
    return false;
  }
  return true;
}

void ExpressionParser::attribute(Position at, std::vector<Suffix>& suffixes) {
  if (cursor_.is(TokenKind::kInteger)) {
    suffixes.push_back({at, Item{number()}});
    return;
  }
  const std::string& name = cursor_.expect(TokenKind::kName, "a name or number").text;
  if (cursor_.is_operator("(")) {
    suffixes.push_back({at, MethodCall{name, arguments()}});
  } else {
    suffixes.push_back({at, Attribute{name}});
  }
}

// Null if there is none.
ExpressionPtr ExpressionParser::slice_part() {
  return cursor_.is_operator(":") || cursor_.is_operator("]") ? nullptr : expression();
}

Suffix ExpressionParser::subscript(Position at) {
  cursor_.expect_operator("[");
  ExpressionPtr start = cursor_.is_operator(":") ? nullptr : expression();
  if (!cursor_.skip_operator(":")) {
    cursor_.expect_operator("]");
    return {at, Item{std::move(start)}};
  }
  ExpressionPtr stop = slice_part();
  ExpressionPtr step = cursor_.skip_operator(":") ? slice_part() : nullptr;
  cursor_.expect_operator("]");
  return {at, Slice{std::move(start), std::move(stop), std::move(step)}};
}

std::vector<Suffix> ExpressionParser::filters(bool is_inline) {
  std::vector<Suffix> found;
  if (is_inline) found.push_back(filter());
  while (cursor_.skip_operator("|")) found.push_back(filter());
  return found;
}

void ExpressionParser::note_unknown(std::string_view kind, const Token& name) {
  if (!is_in_branch) unknown_.push_back({kind, name.text, name.at});
}

void ExpressionParser::refuse_unknown() {
  if (unknown_.empty()) return;
  const Unknown& first = unknown_.front();
  cursor_.fail(first.at, "there is no {} {}", first.kind, first.name);
}

void ExpressionParser::note_read(std::string_view name) {
  reads.caller |= name == "caller";
  reads.kwargs |= name == "kwargs";
  reads.varargs |= name == "varargs";
}

Suffix ExpressionParser::filter() {
  Token name = cursor_.expect(TokenKind::kName, "the name of a filter");
  while (cursor_.skip_operator(".")) name.text += "." + cursor_.expect(TokenKind::kName, "a name").text;
  const Filter* found = find_filter(name.text);
  if (found == nullptr) note_unknown("filter", name);
  return {name.at, FilterCall{name.text, found, cursor_.is_operator("(") ? arguments() : CallArguments{}}};
}

Suffix ExpressionParser::test() {
  cursor_.expect_name("is");
  const bool is_negated = cursor_.skip_name("not");
  Token name = cursor_.expect(TokenKind::kName, "the name of a test");
  while (cursor_.skip_operator(".")) name.text += "." + cursor_.expect(TokenKind::kName, "a name").text;
  const Test* found = find_test(name.text);
  if (found == nullptr) note_unknown("test", name);
  CallArguments given;
  const TokenKind next = cursor_.peek().kind;
  if (cursor_.is_operator("(")) {
    given = arguments();
  } else if (next == TokenKind::kString || next == TokenKind::kInteger || next == TokenKind::kFloat ||
             cursor_.is_operator("[") || cursor_.is_operator("{") ||
             (next == TokenKind::kName && !cursor_.is_name("else") && !cursor_.is_name("or") &&
              !cursor_.is_name("and"))) {
    if (cursor_.is_name("is")) cursor_.fail(cursor_.peek().at, "tests cannot be chained");
    given.positional.push_back(with_suffixes(value(), false));
  }
  return {name.at, TestCall{name.text, found, is_negated, std::move(given)}};
}

CallArguments ExpressionParser::arguments() {
  CallArguments found;
  cursor_.expect_operator("(");
  while (!cursor_.is_operator(")")) {
    argument(found);
    if (!cursor_.skip_operator(",")) break;
  }
  cursor_.expect_operator(")");
  return found;
}

void ExpressionParser::argument(CallArguments& out) {
  const bool has_more = out.more_positional != nullptr || out.more_named != nullptr;
  if (!has_more && cursor_.skip_operator("*")) {
    out.more_positional = expression();
  } else if (out.more_named == nullptr && cursor_.skip_operator("**")) {
    out.more_named = expression();
  } else if (out.more_named == nullptr && cursor_.is(TokenKind::kName) && cursor_.is_operator("=", 1)) {
    const Token& name = cursor_.take();
    for (const auto& [other, value] : out.named) {
      if (other == name.text) cursor_.fail(name.at, "the argument {} is given twice", name.text);
    }
    cursor_.take();
    out.named.emplace_back(name.text, expression());
  } else if (has_more || !out.named.empty()) {
    cursor_.fail_expected("an argument by its name");
  } else {
    out.positional.push_back(expression());
  }
}

}  // namespace radlads::jinja
