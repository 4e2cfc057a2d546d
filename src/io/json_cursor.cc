#include "io/json_cursor.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/utf8.h"
#include "io/data_kind.h"

namespace radlads {
namespace {

constexpr int kMaxDepth = 64;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_high_surrogate(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

/// nullopt unless `digits` begins with four hexadecimal digits.
std::optional<char32_t> hex4(std::string_view digits) {
  uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + std::min<size_t>(4, digits.size()), value, 16);
  if (error != std::errc() || end != digits.data() + 4) return std::nullopt;
  return value;
}

/// nullopt for a number with a fraction, and for one that is too large.
template <class T>
std::optional<T> whole_number(std::string_view digits) {
  T value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

JsonCursor::JsonCursor(std::string_view text, const JsonPlace& place, JsonRules rules)
    : text_(text), place_(place), rules_(rules) {
  i_ = valid_utf8_prefix(text);
  if (i_ < text.size()) {
    if (read_utf8(text.substr(i_)).status == Utf8Status::kUnfinished) fail_cut_off();
    fail(utf8_mistake(text), "; convert the file to UTF-8");
  }
  i_ = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
}

void JsonCursor::fail(std::string_view reason, std::string_view remedy) const {
  const std::string line = place_.line > 0 ? fmt::format(" line {}", place_.line) : "";
  radlads::fail("{}{}: {} in {}{}", place_.subject, line, reason, place_.file.string(), remedy);
}

void JsonCursor::fail_cut_off() const {
  if (text_.empty()) fail("there is no JSON");
  fail(fmt::format("the JSON is cut off after byte {}", text_.size()));
}

void JsonCursor::fail_here() const {
  if (i_ >= text_.size()) fail_cut_off();
  if (const auto found = false_download(text_); found && place_.line == 0)
    fail(fmt::format("is {}", found->what), fmt::format("; {}", found->remedy));
  const auto c = static_cast<unsigned char>(text_[i_]);
  const bool is_visible = c > 0x20 && c < 0x7F;
  const auto newlines = std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(i_), '\n');
  fail(fmt::format("invalid JSON: unexpected {} at byte {}{}",
                   is_visible ? fmt::format("'{}'", static_cast<char>(c)) : fmt::format("byte 0x{:02X}", c),
                   i_ + 1, newlines > 0 ? fmt::format(" (line {})", newlines + 1) : ""));
}

void JsonCursor::skip_space() {
  while (i_ < text_.size() && is_space(text_[i_])) ++i_;
}

void JsonCursor::expect(char c) {
  if (peek() != c || i_ >= text_.size()) fail_here();
  ++i_;
}

void JsonCursor::take_word(std::string_view word) {
  for (const char c : word) expect(c);
}

JsonCursor::Kind JsonCursor::kind() {
  skip_space();
  const char c = peek();
  if (c == '{') return Kind::kObject;
  if (c == '[') return Kind::kArray;
  if (c == '"') return Kind::kString;
  if (c == 't' || c == 'f') return Kind::kBool;
  if (c == 'n') return Kind::kNull;
  if (c == '-' || is_digit(c) || (rules_.python_numbers && (c == 'N' || c == 'I'))) return Kind::kNumber;
  fail_here();
}

std::string_view JsonCursor::kind_name() {
  switch (kind()) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return peek() == 't' ? "true" : "false";
    case Kind::kNumber:
      return "a number";
    case Kind::kString:
      return "a string";
    case Kind::kArray:
      return "an array";
    default:
      return "an object";
  }
}

void JsonCursor::require(Kind wanted) {
  if (kind() != wanted) fail_here();
}

void JsonCursor::null() {
  require(Kind::kNull);
  take_word("null");
}

bool JsonCursor::boolean() {
  require(Kind::kBool);
  const bool value = peek() == 't';
  take_word(value ? "true" : "false");
  return value;
}

void JsonCursor::skip_digits() {
  if (!is_digit(peek())) fail_here();
  while (is_digit(peek())) ++i_;
}

std::string_view JsonCursor::scan_number() {
  const size_t begin = i_;
  if (peek() == '-') ++i_;
  if (rules_.python_numbers && (peek() == 'I' || (peek() == 'N' && i_ == begin))) {
    take_word(peek() == 'I' ? "Infinity" : "NaN");
    return text_.substr(begin, i_ - begin);
  }
  if (peek() == '0') {
    ++i_;
  } else {
    skip_digits();
  }
  if (peek() == '.') {
    ++i_;
    skip_digits();
  }
  if (peek() == 'e' || peek() == 'E') {
    ++i_;
    if (peek() == '+' || peek() == '-') ++i_;
    skip_digits();
  }
  return text_.substr(begin, i_ - begin);
}

JsonCursor::Number JsonCursor::number() {
  require(Kind::kNumber);
  const std::string digits(scan_number());
  if (const auto whole = whole_number<int64_t>(digits)) return *whole;
  if (const auto whole = whole_number<uint64_t>(digits)) return *whole;
  const bool is_whole = digits.find_first_not_of("-0123456789") == std::string::npos;
  if (rules_.exact_integers && is_whole)
    fail(fmt::format("the integer that ends at byte {} has more than 64 bits", i_), "; make it a string");
  // Not from_chars: its errors do not distinguish a number that is too large from one that is too small.
  const double value =
      digits == "NaN" ? std::numeric_limits<double>::quiet_NaN() : std::strtod(digits.c_str(), nullptr);
  if (std::isinf(value) && !rules_.python_numbers)
    fail(fmt::format("the number that ends at byte {} is too large", i_));
  return value;
}

std::string_view JsonCursor::scan_string(bool& has_escapes) {
  expect('"');
  const size_t begin = i_;
  has_escapes = false;
  for (;; ++i_) {
    if (i_ >= text_.size() || static_cast<unsigned char>(text_[i_]) < 0x20) fail_here();
    if (text_[i_] == '"') break;
    if (text_[i_] != '\\') continue;
    has_escapes = true;
    ++i_;
    if (peek() == 'u') {
      if (!hex4(text_.substr(i_ + 1))) fail_here();
      i_ += 4;
    } else if (std::string_view("\"\\/bfnrt").find(peek()) == std::string_view::npos) {
      fail_here();
    }
  }
  return text_.substr(begin, i_++ - begin);
}

char32_t JsonCursor::unescape_unicode(std::string_view raw, size_t& i) {
  const char32_t unit = *hex4(raw.substr(i));
  i += 4;
  if (!is_high_surrogate(unit) && !is_low_surrogate(unit)) return unit;
  const bool is_pair = is_high_surrogate(unit) && raw.substr(i).starts_with("\\u");
  const char32_t low = is_pair ? *hex4(raw.substr(i + 2)) : 0;
  if (!is_low_surrogate(low))
    fail(fmt::format("\\u{:04x} is half of a surrogate pair", static_cast<uint32_t>(unit)));
  i += 6;
  return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

void JsonCursor::unescape(std::string_view raw, std::string& out) {
  constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  out.clear();
  for (size_t i = 0; i < raw.size();) {
    const size_t escape = std::min(raw.find('\\', i), raw.size());
    out += raw.substr(i, escape - i);
    i = escape + 2;
    if (escape == raw.size()) return;
    if (raw[escape + 1] == 'u') {
      append_utf8(unescape_unicode(raw, i), out);
    } else {
      out += kMeanings[kLetters.find(raw[escape + 1])];
    }
  }
}

std::string_view JsonCursor::string(std::string& storage) {
  require(Kind::kString);
  bool has_escapes = false;
  const std::string_view raw = scan_string(has_escapes);
  if (!has_escapes) return raw;
  unescape(raw, storage);
  return storage;
}

std::string JsonCursor::string() {
  std::string storage;
  return std::string(string(storage));
}

void JsonCursor::enter(char begin) {
  skip_space();
  expect(begin);
  if (++depth_ > kMaxDepth) fail(fmt::format("JSON nested deeper than {}", kMaxDepth));
  is_first_ = true;
}

void JsonCursor::enter_object() { enter('{'); }
void JsonCursor::enter_array() { enter('['); }

/// Takes the comma before an item, or the end.
bool JsonCursor::next_item(char end) {
  skip_space();
  const bool is_first = std::exchange(is_first_, false);
  if (peek() == end) {
    ++i_;
    --depth_;
    return false;
  }
  if (!is_first) expect(',');
  skip_space();
  return true;
}

std::optional<std::string_view> JsonCursor::next_key() {
  if (!next_item('}')) return std::nullopt;
  bool has_escapes = false;
  std::string_view key = scan_string(has_escapes);
  if (has_escapes) {
    unescape(key, key_);
    key = key_;
  }
  skip_space();
  expect(':');
  return key;
}

bool JsonCursor::next_element() { return next_item(']'); }

void JsonCursor::skip_scalar() {
  bool ignored = false;
  switch (kind()) {
    case Kind::kNull:
      return null();
    case Kind::kBool:
      boolean();
      return;
    case Kind::kNumber:
      scan_number();
      return;
    default:
      scan_string(ignored);
  }
}

std::string_view JsonCursor::skip() {
  skip_space();
  const size_t begin = i_;
  std::string ends;  // of the objects and arrays that are open, outermost first
  do {
    const Kind next = kind();
    if (next == Kind::kObject || next == Kind::kArray) {
      ends += next == Kind::kObject ? '}' : ']';
      ++i_;
      ++depth_;
      is_first_ = true;
    } else {
      skip_scalar();
    }
    while (!ends.empty() && !next_item(ends.back())) ends.pop_back();
    if (!ends.empty() && ends.back() == '}') {
      bool ignored = false;
      scan_string(ignored);
      skip_space();
      expect(':');
    }
  } while (!ends.empty());
  return text_.substr(begin, i_ - begin);
}

void JsonCursor::finish() {
  skip_space();
  if (i_ < text_.size()) fail_here();
}

}  // namespace radlads
