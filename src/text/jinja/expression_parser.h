// The grammar of expressions, with jinja2's precedences: if-else, or, and, not, comparisons, + and -, ~,
// * / // and %, ** (from left to right, unlike Python's), signs, and what follows a value: .a [b] (c) |d is
// e.
#pragma once

#include "text/jinja/lexer.h"
#include "text/jinja/syntax.h"

namespace radlads::jinja {

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenCursor& cursor) : cursor_(cursor) {}

  ExpressionPtr expression();

  /// An expression that does not end in `if`.
  ExpressionPtr expression_without_if() { return disjunction(); }

  /// Expressions with commas between them are a tuple. `may_be_empty`: in parentheses.
  ExpressionPtr expressions(bool with_if = true, bool may_be_empty = false);

  /// |a|b(c) ..., or nothing. `is_inline`: without the first |.
  std::vector<Suffix> filters(bool is_inline = false);

  /// True within the branches of an if, where an unknown filter or test is an error only if it is reached.
  bool is_in_branch = false;

  /// UserError if an expression that was parsed since the last call has an unknown filter or test.
  void refuse_unknown();

  /// Names that macros get from their callers: which of them were read since the last call to clear().
  struct Reads {
    bool caller = false, kwargs = false, varargs = false;
  };
  Reads reads;

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
  void note_unknown(std::string_view kind, const Token& name);
  void note_read(std::string_view name);
  CallArguments arguments();
  void argument(CallArguments& out);
  bool is_end_of_list() const;

  struct Unknown {
    std::string_view kind;
    std::string name;
    Position at;
  };

  TokenCursor& cursor_;
  std::vector<Unknown> unknown_;
};

}  // namespace radlads::jinja
