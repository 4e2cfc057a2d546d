// Turns the source of a template into tokens, and walks over them. White space that tags strip is already
// removed, and so are comments.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/position.h"
#include "text/template_options.h"

namespace radlads::jinja {

enum class TokenKind : uint8_t {
  kText,
  kPrintBegin,  // {{
  kPrintEnd,
  kTagBegin,  // {%
  kTagEnd,
  kName,
  kString,
  kInteger,
  kFloat,
  kOperator,
  kEnd,
};

/// `text` is the value of a string, a number without underscores, and a name or operator as written.
struct Token {
  TokenKind kind;
  std::string text;
  Position at;
};

/// The last token is kEnd. `source` must be valid UTF-8 with newlines "\n"; `name` is for errors.
std::vector<Token> tokenize(std::string_view source, const std::string& name, const TemplateOptions& options);

class TokenCursor {
 public:
  /// `tokens` end with kEnd; `name` must outlive the cursor.
  TokenCursor(std::vector<Token> tokens, const std::string& name) : tokens_(std::move(tokens)), name_(name) {}

  /// The current token, or one of those that follow.
  const Token& peek(size_t ahead = 0) const { return tokens_[std::min(next_ + ahead, tokens_.size() - 1)]; }

  /// Returns the current token and moves past it; never past kEnd.
  const Token& take();

  bool is(TokenKind kind) const { return peek().kind == kind; }
  bool is_name(std::string_view name, size_t ahead = 0) const;
  bool is_operator(std::string_view op, size_t ahead = 0) const;

  /// Each moves past the token if it is this one.
  bool skip_name(std::string_view name);
  bool skip_operator(std::string_view op);

  /// UserError if the current token is another.
  void expect_name(std::string_view name);
  void expect_operator(std::string_view op);
  const Token& expect(TokenKind kind, std::string_view what);

  /// UserError "expected WHAT, found ...", at the current token.
  [[noreturn]] void fail_expected(std::string_view what) const;

  template <class... Args>
  [[noreturn]] void fail(Position at, fmt::format_string<Args...> format, Args&&... args) const {
    fail_at(name_, at, format, std::forward<Args>(args)...);
  }

 private:
  friend class Nesting;

  std::vector<Token> tokens_;
  size_t next_ = 0;
  const std::string& name_;
  int depth_ = 0;
};

/// Counts how deep brackets and tags are nested while it exists. UserError if that is too deep.
class Nesting {
 public:
  explicit Nesting(TokenCursor& cursor);
  ~Nesting() { --cursor_.depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  TokenCursor& cursor_;
};

}  // namespace radlads::jinja
