#include "text/jinja/token_cursor.h"

namespace radlads::jinja {
namespace {

constexpr int kMaxNesting = 100;

std::string description_of(const Token& token) {
  switch (token.kind) {
    case TokenKind::kText:
      return "text";
    case TokenKind::kPrintBegin:
      return "{{";
    case TokenKind::kPrintEnd:
      return "}}";
    case TokenKind::kTagBegin:
      return "{%";
    case TokenKind::kTagEnd:
      return "%}";
    case TokenKind::kString:
      return "a string";
    case TokenKind::kEnd:
      return "the end of the template";
    default:
      return token.text;
  }
}

}  // namespace

const Token& TokenCursor::take() {
  const Token& token = peek();
  if (token.kind != TokenKind::kEnd) ++next_;
  return token;
}

bool TokenCursor::is_name(std::string_view name, size_t ahead) const {
  return peek(ahead).kind == TokenKind::kName && peek(ahead).text == name;
}

bool TokenCursor::is_operator(std::string_view op, size_t ahead) const {
  return peek(ahead).kind == TokenKind::kOperator && peek(ahead).text == op;
}

bool TokenCursor::skip_name(std::string_view name) {
  if (!is_name(name)) return false;
  take();
  return true;
}

bool TokenCursor::skip_operator(std::string_view op) {
  if (!is_operator(op)) return false;
  take();
  return true;
}

void TokenCursor::expect_name(std::string_view name) {
  if (!skip_name(name)) fail_expected(name);
}

void TokenCursor::expect_operator(std::string_view op) {
  if (!skip_operator(op)) fail_expected(op);
}

const Token& TokenCursor::expect(TokenKind kind, std::string_view what) {
  if (!is(kind)) fail_expected(what);
  return take();
}

void TokenCursor::fail_expected(std::string_view what) const {
  fail(peek().at, "expected {}, found {}", what, description_of(peek()));
}

Nesting::Nesting(TokenCursor& cursor) : cursor_(cursor) {
  if (cursor.depth_ == kMaxNesting) cursor.fail(cursor.peek().at, "nested more than {} deep", kMaxNesting);
  ++cursor.depth_;
}

}  // namespace radlads::jinja
