#include "text/jinja/lexer.h"

#include <array>

#include "core/utf8.h"
#include "text/jinja/literals.h"
#include "text/jinja/strings.h"
#include "text/unicode.h"

namespace radlads::jinja {
namespace {

constexpr auto kLongOperators = std::to_array<std::string_view>({"//", "**", "==", "!=", ">=", "<="});
constexpr std::string_view kOperators = "+-/*%~[](){}><=.:|,;";

class Lexer {
 public:
  Lexer(std::string_view source, const std::string& name, const TemplateOptions& options)
      : source_(source), name_(name), options_(options) {}

  std::vector<Token> run() {
    while (position_ < source_.size()) read_text_and_tag();
    push(TokenKind::kEnd, {}, position_);
    return std::move(tokens_);
  }

 private:
  void read_text_and_tag();
  std::string_view text_before(size_t tag, char sign) const;
  void skip_comment();
  size_t end_of_raw_begin() const;
  void read_raw();
  void read_tag(bool is_print);
  bool read_end(bool is_print);
  void strip_after(char sign, bool is_print);
  void read_token();
  void read_number();
  void read_string();
  void read_name();
  void read_operator();

  char at(size_t position) const { return position < source_.size() ? source_[position] : '\0'; }
  std::string_view rest() const { return source_.substr(position_); }
  void skip_space() { position_ = source_.size() - strip(rest(), Side::kLeft).size(); }

  // Must be asked for in ascending order.
  Position where(size_t offset) {
    for (; seen_ < offset; ++seen_) {
      if (source_[seen_] == '\n') {
        where_ = {where_.line + 1, 1};
      } else if ((static_cast<uint8_t>(source_[seen_]) & 0xC0) != 0x80) {
        ++where_.column;
      }
    }
    return where_;
  }

  void push(TokenKind kind, std::string text, size_t offset) {
    tokens_.push_back({kind, std::move(text), where(offset)});
  }

  std::string_view source_;
  const std::string& name_;
  const TemplateOptions& options_;
  size_t position_ = 0;
  std::string open_;  // brackets of the current tag
  std::vector<Token> tokens_;
  size_t seen_ = 0;
  Position where_;
};

void Lexer::read_text_and_tag() {
  size_t tag = source_.find('{', position_);
  while (tag != source_.npos && at(tag + 1) != '{' && at(tag + 1) != '%' && at(tag + 1) != '#') {
    tag = source_.find('{', tag + 1);
  }
  const bool is_last = tag == source_.npos;
  const char kind = is_last ? '\0' : source_[tag + 1];
  const char sign = is_last || (at(tag + 2) != '-' && at(tag + 2) != '+') ? '\0' : source_[tag + 2];
  const std::string_view text = is_last ? rest() : text_before(tag, sign);
  if (!text.empty()) push(TokenKind::kText, std::string(text), position_);
  if (is_last) {
    position_ = source_.size();
    return;
  }
  where(tag);
  position_ = tag + (sign == '\0' ? 2 : 3);
  if (kind == '#') return skip_comment();
  if (const size_t raw = kind == '%' ? end_of_raw_begin() : 0; raw != 0) {
    position_ = raw;
    return read_raw();
  }
  push(kind == '{' ? TokenKind::kPrintBegin : TokenKind::kTagBegin, {}, tag);
  read_tag(kind == '{');
}

// Without what the tag's sign, or lstrip_blocks, strips from it.
std::string_view Lexer::text_before(size_t tag, char sign) const {
  const std::string_view text = source_.substr(position_, tag - position_);
  if (sign == '-') return strip(text, Side::kRight);
  if (sign == '+' || !options_.lstrip_blocks || source_[tag + 1] == '{') return text;
  const size_t line = text.rfind('\n') + 1;  // 0 where there is none
  const bool is_whole_line = line > 0 || position_ == 0 || source_[position_ - 1] == '\n';
  return is_whole_line && strip(text.substr(line), Side::kLeft).empty() ? text.substr(0, line) : text;
}

void Lexer::strip_after(char sign, bool is_print) {
  if (sign == '-') {
    skip_space();
  } else if (sign == '\0' && options_.trim_blocks && !is_print && at(position_) == '\n') {
    ++position_;
  }
}

void Lexer::skip_comment() {
  const size_t end = source_.find("#}", position_);
  if (end == source_.npos) fail_at(name_, where_, "the comment is not closed by #}}");
  const char last = end > position_ ? source_[end - 1] : '\0';
  position_ = end + 2;
  strip_after(last == '-' || last == '+' ? last : '\0', false);
}

// The byte after the tag raw that the position is within; 0 if it is another tag.
size_t Lexer::end_of_raw_begin() const {
  std::string_view tag = strip(rest(), Side::kLeft);
  if (!tag.starts_with("raw")) return 0;
  tag = strip(tag.substr(3), Side::kLeft);
  if (tag.starts_with("%}")) return source_.size() - tag.size() + 2;
  if (!tag.starts_with("-%}")) return 0;
  return source_.size() - strip(tag.substr(3), Side::kLeft).size();
}

// The text up to {% endraw %}, and that tag.
void Lexer::read_raw() {
  const Position opened = where_;
  for (size_t tag = source_.find("{%", position_); tag != source_.npos; tag = source_.find("{%", tag + 1)) {
    const char sign = at(tag + 2) == '-' || at(tag + 2) == '+' ? source_[tag + 2] : '\0';
    std::string_view end = strip(source_.substr(tag + (sign == '\0' ? 2 : 3)), Side::kLeft);
    if (!end.starts_with("endraw")) continue;
    end = strip(end.substr(6), Side::kLeft);
    const char last = end.empty() ? '\0' : end[0];
    const bool is_signed = last == '-' || last == '+';
    if (!end.substr(is_signed).starts_with("%}")) continue;
    if (const std::string_view text = text_before(tag, sign); !text.empty()) {
      push(TokenKind::kText, std::string(text), position_);
    }
    position_ = source_.size() - end.size() + (is_signed ? 3 : 2);
    return strip_after(is_signed ? last : '\0', false);
  }
  if (position_ == source_.size()) return;  // as in jinja2, nothing need not be closed
  fail_at(name_, opened, "the tag raw is not closed by endraw");
}

void Lexer::read_tag(bool is_print) {
  const Position opened = where_;
  for (skip_space(); !open_.empty() || !read_end(is_print); skip_space()) {
    if (position_ == source_.size()) {
      fail_at(name_, opened, "the tag is not closed by {}", is_print ? "}}" : "%}");
    }
    read_token();
  }
}

bool Lexer::read_end(bool is_print) {
  const bool is_signed = at(position_) == '-' || (!is_print && at(position_) == '+');
  const char sign = is_signed ? source_[position_] : '\0';
  if (!source_.substr(position_).substr(is_signed).starts_with(is_print ? "}}" : "%}")) return false;
  push(is_print ? TokenKind::kPrintEnd : TokenKind::kTagEnd, {}, position_);
  position_ += is_signed ? 3 : 2;
  strip_after(sign, is_print);
  return true;
}

void Lexer::read_token() {
  const char first = source_[position_];
  size_t next = position_;
  if (first >= '0' && first <= '9') return read_number();
  if (first == '\'' || first == '"') return read_string();
  if (text::is_word(next_character(source_, next))) return read_name();
  read_operator();
}

void Lexer::read_number() {
  const bool may_be_float = position_ == 0 || source_[position_ - 1] != '.';
  const NumberLiteral number = scan_number(rest(), may_be_float);
  std::string digits;
  for (const char c : rest().substr(0, number.length)) {
    if (c != '_') digits += c;
  }
  push(number.is_float ? TokenKind::kFloat : TokenKind::kInteger, std::move(digits), position_);
  position_ += number.length;
}

void Lexer::read_string() {
  const char quote = source_[position_];
  size_t end = position_ + 1;
  while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
  if (end >= source_.size()) fail_at(name_, where(position_), "the string is not closed");
  const auto value = unescape(source_.substr(position_ + 1, end - position_ - 1));
  if (!value) fail_at(name_, where(position_), "the string has a malformed escape");
  push(TokenKind::kString, *value, position_);
  position_ = end + 1;
}

void Lexer::read_name() {
  size_t end = position_;
  for (size_t next = end; end < source_.size() && text::is_word(next_character(source_, next)); end = next) {
  }
  push(TokenKind::kName, std::string(source_.substr(position_, end - position_)), position_);
  position_ = end;
}

void Lexer::read_operator() {
  constexpr std::string_view kOpening = "([{", kClosing = ")]}";
  size_t length = 0;
  for (const std::string_view longer : kLongOperators) {
    if (rest().starts_with(longer)) length = 2;
  }
  if (length == 0 && kOperators.find(source_[position_]) != kOperators.npos) length = 1;
  const std::string_view text = rest().substr(0, length == 0 ? utf8_length(source_[position_]) : length);
  if (length == 0) fail_at(name_, where(position_), "unexpected character {}", text);
  if (const size_t kind = kOpening.find(text); kind != kOpening.npos) {
    open_ += kClosing[kind];
  } else if (kClosing.find(text) != kClosing.npos) {
    if (open_.empty() || open_.back() != text[0]) fail_at(name_, where(position_), "unexpected {}", text);
    open_.pop_back();
  }
  push(TokenKind::kOperator, std::string(text), position_);
  position_ += length;
}

}  // namespace

std::vector<Token> tokenize(std::string_view source, const std::string& name,
                            const TemplateOptions& options) {
  return Lexer(source, name, options).run();
}

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
