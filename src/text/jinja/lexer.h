// Turns the source of a template into tokens. White space that tags strip is already removed, and so are
// comments.
#pragma once

#include <string>
#include <string_view>
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

}  // namespace radlads::jinja
