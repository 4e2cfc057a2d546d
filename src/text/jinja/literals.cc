#include "text/jinja/literals.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "core/utf8.h"
#include "text/python_literal.h"

namespace radlads::jinja {
namespace {

struct Named {
  std::string_view name;
  char32_t character;
};

// Sorted by name.
// clang-format off
constexpr Named kNamed[] = {
    {"ACTIVATE ARABIC FORM SHAPING", 0x206D},
    {"ACTIVATE SYMMETRIC SWAPPING", 0x206B},
    {"ACUTE ACCENT", 0x00B4},
    {"ALMOST EQUAL TO", 0x2248},
    {"AMPERSAND", 0x0026},
    {"APOSTROPHE", 0x0027},
    {"ASTERISK", 0x002A},
    {"ASTERISM", 0x2042},
    {"BALLOT X", 0x2717},
    {"BLACK CIRCLE", 0x25CF},
    {"BLACK LEFTWARDS BULLET", 0x204C},
    {"BLACK RIGHTWARDS BULLET", 0x204D},
    {"BLACK SQUARE", 0x25A0},
    {"BOM", 0xFEFF},
    {"BROKEN BAR", 0x00A6},
    {"BULLET", 0x2022},
    {"BYTE ORDER MARK", 0xFEFF},
    {"CARET", 0x2038},
    {"CARET INSERTION POINT", 0x2041},
    {"CARRIAGE RETURN", 0x000D},
    {"CEDILLA", 0x00B8},
    {"CENT SIGN", 0x00A2},
    {"CHARACTER TABULATION", 0x0009},
    {"CHARACTER TIE", 0x2040},
    {"CHECK MARK", 0x2713},
    {"CIRCUMFLEX ACCENT", 0x005E},
    {"CLOSE UP", 0x2050},
    {"COLON", 0x003A},
    {"COMMA", 0x002C},
    {"COMMERCIAL AT", 0x0040},
    {"COMMERCIAL MINUS SIGN", 0x2052},
    {"COPYRIGHT SIGN", 0x00A9},
    {"CURRENCY SIGN", 0x00A4},
    {"DAGGER", 0x2020},
    {"DEGREE SIGN", 0x00B0},
    {"DIAERESIS", 0x00A8},
    {"DIVISION SIGN", 0x00F7},
    {"DOLLAR SIGN", 0x0024},
    {"DOTTED CROSS", 0x205C},
    {"DOUBLE DAGGER", 0x2021},
    {"DOUBLE EXCLAMATION MARK", 0x203C},
    {"DOUBLE HIGH-REVERSED-9 QUOTATION MARK", 0x201F},
    {"DOUBLE LOW LINE", 0x2017},
    {"DOUBLE LOW-9 QUOTATION MARK", 0x201E},
    {"DOUBLE PRIME", 0x2033},
    {"DOUBLE QUESTION MARK", 0x2047},
    {"DOUBLE VERTICAL LINE", 0x2016},
    {"DOWNWARDS ARROW", 0x2193},
    {"EM DASH", 0x2014},
    {"EM QUAD", 0x2001},
    {"EM SPACE", 0x2003},
    {"EN DASH", 0x2013},
    {"EN QUAD", 0x2000},
    {"EN SPACE", 0x2002},
    {"EQUALS SIGN", 0x003D},
    {"ESCAPE", 0x001B},
    {"EURO SIGN", 0x20AC},
    {"EXCLAMATION MARK", 0x0021},
    {"EXCLAMATION QUESTION MARK", 0x2049},
    {"FEMININE ORDINAL INDICATOR", 0x00AA},
    {"FIGURE DASH", 0x2012},
    {"FIGURE SPACE", 0x2007},
    {"FIRST STRONG ISOLATE", 0x2068},
    {"FIVE DOT PUNCTUATION", 0x2059},
    {"FLOWER PUNCTUATION MARK", 0x2055},
    {"FOUR DOT MARK", 0x205B},
    {"FOUR DOT PUNCTUATION", 0x2058},
    {"FOUR-PER-EM SPACE", 0x2005},
    {"FRACTION SLASH", 0x2044},
    {"FULL BLOCK", 0x2588},
    {"FULL STOP", 0x002E},
    {"FULLWIDTH VERTICAL LINE", 0xFF5C},
    {"FUNCTION APPLICATION", 0x2061},
    {"GRAVE ACCENT", 0x0060},
    {"GREATER-THAN OR EQUAL TO", 0x2265},
    {"GREATER-THAN SIGN", 0x003E},
    {"HAIR SPACE", 0x200A},
    {"HORIZONTAL BAR", 0x2015},
    {"HORIZONTAL ELLIPSIS", 0x2026},
    {"HYPHEN", 0x2010},
    {"HYPHEN BULLET", 0x2043},
    {"HYPHEN-MINUS", 0x002D},
    {"HYPHENATION POINT", 0x2027},
    {"IDEOGRAPHIC SPACE", 0x3000},
    {"INFINITY", 0x221E},
    {"INHIBIT ARABIC FORM SHAPING", 0x206C},
    {"INHIBIT SYMMETRIC SWAPPING", 0x206A},
    {"INTERROBANG", 0x203D},
    {"INVERTED EXCLAMATION MARK", 0x00A1},
    {"INVERTED QUESTION MARK", 0x00BF},
    {"INVERTED UNDERTIE", 0x2054},
    {"INVISIBLE PLUS", 0x2064},
    {"INVISIBLE SEPARATOR", 0x2063},
    {"INVISIBLE TIMES", 0x2062},
    {"LEFT CURLY BRACKET", 0x007B},
    {"LEFT DOUBLE QUOTATION MARK", 0x201C},
    {"LEFT PARENTHESIS", 0x0028},
    {"LEFT RIGHT ARROW", 0x2194},
    {"LEFT SINGLE QUOTATION MARK", 0x2018},
    {"LEFT SQUARE BRACKET", 0x005B},
    {"LEFT SQUARE BRACKET WITH QUILL", 0x2045},
    {"LEFT-POINTING DOUBLE ANGLE QUOTATION MARK", 0x00AB},
    {"LEFT-TO-RIGHT EMBEDDING", 0x202A},
    {"LEFT-TO-RIGHT ISOLATE", 0x2066},
    {"LEFT-TO-RIGHT MARK", 0x200E},
    {"LEFT-TO-RIGHT OVERRIDE", 0x202D},
    {"LEFTWARDS ARROW", 0x2190},
    {"LESS-THAN OR EQUAL TO", 0x2264},
    {"LESS-THAN SIGN", 0x003C},
    {"LINE FEED", 0x000A},
    {"LINE SEPARATOR", 0x2028},
    {"LOW ASTERISK", 0x204E},
    {"LOW LINE", 0x005F},
    {"LOWER ONE EIGHTH BLOCK", 0x2581},
    {"MACRON", 0x00AF},
    {"MASCULINE ORDINAL INDICATOR", 0x00BA},
    {"MEDIUM MATHEMATICAL SPACE", 0x205F},
    {"MICRO SIGN", 0x00B5},
    {"MIDDLE DOT", 0x00B7},
    {"MINUS SIGN", 0x2212},
    {"MULTIPLICATION SIGN", 0x00D7},
    {"NARROW NO-BREAK SPACE", 0x202F},
    {"NATIONAL DIGIT SHAPES", 0x206E},
    {"NBSP", 0x00A0},
    {"NEW LINE", 0x000A},
    {"NEXT LINE", 0x0085},
    {"NO-BREAK SPACE", 0x00A0},
    {"NOMINAL DIGIT SHAPES", 0x206F},
    {"NON-BREAKING HYPHEN", 0x2011},
    {"NOT EQUAL TO", 0x2260},
    {"NOT SIGN", 0x00AC},
    {"NULL", 0x0000},
    {"NUMBER SIGN", 0x0023},
    {"ONE DOT LEADER", 0x2024},
    {"OVERLINE", 0x203E},
    {"PARAGRAPH SEPARATOR", 0x2029},
    {"PER MILLE SIGN", 0x2030},
    {"PER TEN THOUSAND SIGN", 0x2031},
    {"PERCENT SIGN", 0x0025},
    {"PILCROW SIGN", 0x00B6},
    {"PLUS SIGN", 0x002B},
    {"PLUS-MINUS SIGN", 0x00B1},
    {"POP DIRECTIONAL FORMATTING", 0x202C},
    {"POP DIRECTIONAL ISOLATE", 0x2069},
    {"POUND SIGN", 0x00A3},
    {"PRIME", 0x2032},
    {"PUNCTUATION SPACE", 0x2008},
    {"QUADRUPLE PRIME", 0x2057},
    {"QUESTION EXCLAMATION MARK", 0x2048},
    {"QUESTION MARK", 0x003F},
    {"QUOTATION MARK", 0x0022},
    {"REFERENCE MARK", 0x203B},
    {"REGISTERED SIGN", 0x00AE},
    {"REPLACEMENT CHARACTER", 0xFFFD},
    {"REVERSE SOLIDUS", 0x005C},
    {"REVERSED DOUBLE PRIME", 0x2036},
    {"REVERSED PILCROW SIGN", 0x204B},
    {"REVERSED PRIME", 0x2035},
    {"REVERSED SEMICOLON", 0x204F},
    {"REVERSED TRIPLE PRIME", 0x2037},
    {"RIGHT CURLY BRACKET", 0x007D},
    {"RIGHT DOUBLE QUOTATION MARK", 0x201D},
    {"RIGHT PARENTHESIS", 0x0029},
    {"RIGHT SINGLE QUOTATION MARK", 0x2019},
    {"RIGHT SQUARE BRACKET", 0x005D},
    {"RIGHT SQUARE BRACKET WITH QUILL", 0x2046},
    {"RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK", 0x00BB},
    {"RIGHT-TO-LEFT EMBEDDING", 0x202B},
    {"RIGHT-TO-LEFT ISOLATE", 0x2067},
    {"RIGHT-TO-LEFT MARK", 0x200F},
    {"RIGHT-TO-LEFT OVERRIDE", 0x202E},
    {"RIGHTWARDS ARROW", 0x2192},
    {"RIGHTWARDS DOUBLE ARROW", 0x21D2},
    {"SECTION SIGN", 0x00A7},
    {"SEMICOLON", 0x003B},
    {"SINGLE HIGH-REVERSED-9 QUOTATION MARK", 0x201B},
    {"SINGLE LEFT-POINTING ANGLE QUOTATION MARK", 0x2039},
    {"SINGLE LOW-9 QUOTATION MARK", 0x201A},
    {"SINGLE RIGHT-POINTING ANGLE QUOTATION MARK", 0x203A},
    {"SIX-PER-EM SPACE", 0x2006},
    {"SOFT HYPHEN", 0x00AD},
    {"SOLIDUS", 0x002F},
    {"SPACE", 0x0020},
    {"SUPERSCRIPT ONE", 0x00B9},
    {"SUPERSCRIPT THREE", 0x00B3},
    {"SUPERSCRIPT TWO", 0x00B2},
    {"SWUNG DASH", 0x2053},
    {"TAB", 0x0009},
    {"THIN SPACE", 0x2009},
    {"THREE DOT PUNCTUATION", 0x2056},
    {"THREE-PER-EM SPACE", 0x2004},
    {"TILDE", 0x007E},
    {"TIRONIAN SIGN ET", 0x204A},
    {"TRADE MARK SIGN", 0x2122},
    {"TRIANGULAR BULLET", 0x2023},
    {"TRICOLON", 0x205D},
    {"TRIPLE PRIME", 0x2034},
    {"TWO ASTERISKS ALIGNED VERTICALLY", 0x2051},
    {"TWO DOT LEADER", 0x2025},
    {"TWO DOT PUNCTUATION", 0x205A},
    {"UNDERTIE", 0x203F},
    {"UPWARDS ARROW", 0x2191},
    {"VERTICAL FOUR DOTS", 0x205E},
    {"VERTICAL LINE", 0x007C},
    {"VULGAR FRACTION ONE HALF", 0x00BD},
    {"VULGAR FRACTION ONE QUARTER", 0x00BC},
    {"VULGAR FRACTION THREE QUARTERS", 0x00BE},
    {"WHITE CIRCLE", 0x25CB},
    {"WHITE SQUARE", 0x25A1},
    {"WORD JOINER", 0x2060},
    {"YEN SIGN", 0x00A5},
    {"ZERO WIDTH JOINER", 0x200D},
    {"ZERO WIDTH NO-BREAK SPACE", 0xFEFF},
    {"ZERO WIDTH NON-JOINER", 0x200C},
    {"ZERO WIDTH SPACE", 0x200B},
    {"ZWJ", 0x200D},
    {"ZWNJ", 0x200C},
    {"ZWSP", 0x200B},
};
// clang-format on

}  // namespace

std::optional<char32_t> character_named(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  const auto* found =
      std::lower_bound(std::begin(kNamed), std::end(kNamed), upper,
                       [](const Named& one, const std::string& other) { return one.name < other; });
  if (found == std::end(kNamed) || found->name != upper) return std::nullopt;
  return found->character;
}

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
