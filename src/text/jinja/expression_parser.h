// The grammar of expressions, with jinja2's precedences: if-else, or, and, not, comparisons, + and -, ~,
// * / // and %, ** (from left to right, unlike Python's), signs, and what follows a value: .a [b] (c) |d is
// e.
#pragma once

#include "text/jinja/syntax.h"
#include "text/jinja/token_cursor.h"

namespace radlads::jinja {

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenCursor& cursor) : cursor_(cursor) {}

  ExpressionPtr expression();

  /// An expression that does not end in `if`.
  ExpressionPtr expression_without_if() { return disjunction(); }

  /// Expressions with commas between them are a tuple. `may_be_empty`: in parentheses.
  ExpressionPtr expressions(bool with_if = true, bool may_be_empty = false);

  /// |a|b(c) ..., or nothing.
  std::vector<Suffix> filters();

 private:
  using Parse = ExpressionPtr (ExpressionParser::*)();

  ExpressionPtr disjunction() { return logical("or", &ExpressionParser::conjunction); }
  ExpressionPtr conjunction() { return logical("and", &ExpressionParser::negation); }
  ExpressionPtr logical(std::string_view word, Parse operand);
  ExpressionPtr negation();
  ExpressionPtr comparison();
  std::optional<Relation> relation();
  ExpressionPtr sum();
  ExpressionPtr concatenation();
  ExpressionPtr product();
  ExpressionPtr power();
  template <size_t kCount>
  ExpressionPtr arithmetic(const std::pair<std::string_view, BinaryOperator> (&operators)[kCount],
                           Parse operand);
  ExpressionPtr factor() { return signed_value(true); }
  ExpressionPtr signed_value(bool with_filters);
  ExpressionPtr value();
  ExpressionPtr number();
  ExpressionPtr list();
  ExpressionPtr dict();
  ExpressionPtr with_suffixes(ExpressionPtr subject, bool with_filters);
  bool access(std::vector<Suffix>& suffixes);
  void attribute(Position at, std::vector<Suffix>& suffixes);
  Suffix subscript(Position at);
  ExpressionPtr slice_part();
  Suffix filter();
  Suffix test();
  CallArguments arguments();
  bool is_end_of_list() const;

  TokenCursor& cursor_;
};

}  // namespace radlads::jinja
