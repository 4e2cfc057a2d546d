#include "text/jinja/literals.h"

#include <charconv>

#include "core/utf8.h"
#include "text/jinja/character_names.h"
#include "text/python_literal.h"

namespace radlads::jinja {
namespace {

bool is_digit(char c, int base) {
  if (c >= '0' && c <= '9') return c - '0' < base;
  return base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
}

// The end of the digits from `begin` on, including single underscores between them.
size_t end_of_digits(std::string_view text, size_t begin, int base) {
  size_t end = begin;
  while (end < text.size()) {
    const bool is_underscore = text[end] == '_' && end > begin && end + 1 < text.size();
    const size_t digit = is_underscore ? end + 1 : end;
    if (!is_digit(text[digit], base)) break;
    end = digit + 1;
  }
  return end;
}

int base_of(std::string_view text) {
  const char letter = text.size() > 2 && text[0] == '0' ? static_cast<char>(text[1] | 0x20) : '\0';
  return letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
}

size_t end_of_fraction(std::string_view text, size_t begin) {
  if (begin + 1 >= text.size() || text[begin] != '.') return begin;
  const size_t end = end_of_digits(text, begin + 1, 10);
  return end == begin + 1 ? begin : end;
}

size_t end_of_exponent(std::string_view text, size_t begin) {
  if (begin >= text.size() || (text[begin] != 'e' && text[begin] != 'E')) return begin;
  const size_t digits =
      begin + 1 < text.size() && (text[begin + 1] == '+' || text[begin + 1] == '-') ? begin + 2 : begin + 1;
  const size_t end = end_of_digits(text, digits, 10);
  return end == digits ? begin : end;
}

// Up to three octal digits at the start of `rest`.
void append_octal(std::string_view& rest, std::string& out) {
  size_t digits = 0;
  while (digits < 3 && digits < rest.size() && is_digit(rest[digits], 8)) ++digits;
  uint32_t character = 0;
  std::from_chars(rest.data(), rest.data() + digits, character, 8);
  append_utf8(character, out);
  rest.remove_prefix(digits);
}

// N{NAME}
bool append_named(std::string_view& rest, std::string& out) {
  const size_t end = rest.find('}');
  if (!rest.starts_with("N{") || end == rest.npos) return false;
  const auto character = character_named(rest.substr(2, end - 2));
  if (!character) return false;
  append_utf8(*character, out);
  rest.remove_prefix(end + 1);
  return true;
}

// Reads what follows a backslash, and moves past it.
bool append_escape(std::string_view& rest, std::string& out) {
  constexpr std::string_view kPythons = "\\'\"abfnrtvxuU";
  if (rest.empty()) return false;
  if (rest[0] == 'N') return append_named(rest, out);
  if (kPythons.find(rest[0]) != kPythons.npos) return text::append_python_escape(rest, false, out);
  if (is_digit(rest[0], 8)) {
    append_octal(rest, out);
    return true;
  }
  if (rest[0] != '\n') {  // which joins the lines
    out += '\\';
    out += rest[0];
  }
  rest.remove_prefix(1);
  return true;
}

}  // namespace

NumberLiteral scan_number(std::string_view text, bool may_be_float) {
  const size_t whole = end_of_digits(text, 0, 10);
  const size_t fraction = end_of_fraction(text, whole), exponent = end_of_exponent(text, fraction);
  if (may_be_float && exponent > whole) return {exponent, true};
  const int base = base_of(text);
  if (base != 10) {
    const size_t end = end_of_digits(text, 2, base);
    if (end > 2) return {end, false};
  }
  if (text[0] != '0') return {whole, false};
  size_t zeros = 1;  // a number that begins with 0 has no other digits
  while (zeros < whole && (text[zeros] == '0' || (text[zeros] == '_' && text[zeros + 1] == '0'))) ++zeros;
  return {zeros, false};
}

BigInteger integer_value(std::string_view digits) {
  const int base = base_of(digits);
  if (base != 10) digits.remove_prefix(2);
  return BigInteger::parse(digits, static_cast<uint32_t>(base));
}

std::optional<std::string> unescape(std::string_view body) {
  std::string value;
  while (!body.empty()) {
    const char next = body[0];
    body.remove_prefix(1);
    if (next != '\\') {
      value += next;
    } else if (!append_escape(body, value)) {
      return std::nullopt;
    }
  }
  return value;
}

}  // namespace radlads::jinja
