#include "text/literal_eval.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/literals.h"

namespace radlads::text {
namespace {

constexpr int kMaxDepth = 200;       // of brackets, in Python's tokenizer
constexpr size_t kMaxDigits = 4300;  // of a decimal integer
constexpr std::string_view kTooLarge = "an integer of more than 64 bits";

/// A value that is being read, and what kind of number it is, if it is one.
struct Item {
  enum class Kind : uint8_t { kOther, kReal, kImaginary, kTuple };
  Json value;
  Kind kind = Kind::kOther;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Python reads all line ends as \n.
std::string with_plain_line_ends(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      plain += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      plain += '\n';
    }
  }
  return plain;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::optional<PythonLiteral> read() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
    if (!skip_empty_lines()) return std::nullopt;
    auto list = expressions('\0');
    if (!list || list->items.empty()) return std::nullopt;
    const Item item = tuple_of(std::move(*list));
    skip_space();
    skip_comment();
    if (!rest_.empty() && (rest_[0] != '\n' || !skip_empty_lines() || !rest_.empty())) return std::nullopt;
    return PythonLiteral{item.value, item.kind == Item::Kind::kTuple, unsupported_};
  }

 private:
  char peek(size_t offset = 0) const { return offset < rest_.size() ? rest_[offset] : '\0'; }

  bool take(char c) {
    if (peek() != c || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void skip_comment() {
    if (peek() == '#') rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
  }

  /// Between tokens. Within brackets lines do not count.
  void skip_space() {
    while (!rest_.empty()) {
      const char c = rest_[0];
      if (c == ' ' || c == '\t' || c == '\f' || (depth_ > 0 && c == '\n')) {
        rest_.remove_prefix(1);
      } else if (rest_.starts_with("\\\n") && rest_.size() > 2) {  // there must be a next line
        rest_.remove_prefix(2);
      } else if (depth_ > 0 && c == '#') {
        skip_comment();
      } else {
        return;
      }
    }
  }

  /// Lines outside brackets that have at most a comment. False if the next one is indented.
  bool skip_empty_lines() {
    std::string_view line = rest_;
    while (!line.empty()) {
      const size_t begin = std::min(line.find_first_not_of(" \t\f"), line.size());
      const bool is_empty = begin == line.size() || line[begin] == '\n' || line[begin] == '#';
      if (!is_empty) {
        rest_ = line;
        return begin == 0;
      }
      line.remove_prefix(std::min(line.find('\n', begin), line.size() - 1) + 1);
    }
    rest_ = line;
    return true;
  }

  struct List {
    std::vector<Item> items;
    bool has_comma = false;
  };

  /// Expressions with commas between them, up to `end`, which is not taken; '\0' is the end of the line.
  std::optional<List> expressions(char end) {
    List list;
    for (;;) {
      skip_space();
      if (end == '\0' ? rest_.empty() || rest_[0] == '\n' || rest_[0] == '#' : peek() == end) break;
      auto item = expression();
      if (!item) return std::nullopt;
      list.items.push_back(std::move(*item));
      skip_space();
      if (!take(',')) break;
      list.has_comma = true;
    }
    return list;
  }

  Json array_of(std::vector<Item> items) {
    Json array = Json::array();
    for (Item& item : items) {
      if (item.kind == Item::Kind::kTuple) unsupported_ = "a tuple in another value";
      array.push_back(std::move(item.value));
    }
    return array;
  }

  /// In parentheses, or on a line of their own: without a comma, one expression is itself.
  Item tuple_of(List list) {
    if (list.items.size() == 1 && !list.has_comma) return std::move(list.items[0]);
    return {array_of(std::move(list.items)), Item::Kind::kTuple};
  }

  /// A number may have a sign, and be the real part of a complex one; nothing else may be calculated.
  std::optional<Item> expression() {
    skip_space();
    const bool is_negative = peek() == '-', has_sign = is_negative || peek() == '+';
    if (has_sign) rest_.remove_prefix(1);
    auto item = atom();
    if (!item) return std::nullopt;
    if (has_sign && !is_number(*item)) return std::nullopt;
    if (is_negative && item->kind == Item::Kind::kReal) negate(item->value);
    skip_space();
    if (item->kind != Item::Kind::kReal || (peek() != '+' && peek() != '-')) return item;
    rest_.remove_prefix(1);
    const auto imaginary = atom();
    if (!imaginary || imaginary->kind != Item::Kind::kImaginary) return std::nullopt;
    return imaginary;
  }

  static bool is_number(const Item& item) {
    return item.kind == Item::Kind::kReal || item.kind == Item::Kind::kImaginary;
  }

  void negate(Json& number) {
    if (number.is_number_float()) {
      number = -number.get<double>();
    } else if (number.is_number_unsigned()) {
      if (number.get<uint64_t>() > uint64_t{1} << 63) unsupported_ = kTooLarge;
      number = INT64_MIN;
    } else {
      number = -number.get<int64_t>();
    }
  }

  std::optional<Item> atom() {
    skip_space();
    const char c = peek();
    if (c == '[' || c == '(' || c == '{') return bracketed(c);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (rest_.starts_with("...")) {
      rest_.remove_prefix(3);
      unsupported_ = "an ellipsis";
      return Item{};
    }
    if (string_prefix()) return strings();
    return constant();
  }

  std::optional<Item> constant() {
    size_t end = 0;
    while (std::isalnum(static_cast<unsigned char>(peek(end))) != 0 || peek(end) == '_') ++end;
    const std::string_view name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (name == "None") return Item{};
    if (name == "True" || name == "False") return Item{name == "True"};
    if (name != "set") return std::nullopt;
    skip_space();
    if (!take('(')) return std::nullopt;
    skip_space();
    if (!take(')')) return std::nullopt;
    unsupported_ = "a set";
    return Item{};
  }

  std::optional<Item> bracketed(char begin) {
    if (++depth_ > kMaxDepth) return std::nullopt;
    rest_.remove_prefix(1);
    const char end = begin == '[' ? ']' : begin == '(' ? ')' : '}';
    Item item;
    if (begin == '{') {
      if (!skip_braced()) return std::nullopt;
    } else {
      auto list = expressions(end);
      if (!list) return std::nullopt;
      item = begin == '[' ? Item{array_of(std::move(list->items))} : tuple_of(std::move(*list));
    }
    if (!take(end)) return std::nullopt;
    --depth_;
    return item;
  }

  /// The inside of a set or dict.
  bool skip_braced() {
    unsupported_ = "a dict";
    for (bool is_first = true, is_dict = false;; is_first = false) {
      skip_space();
      if (peek() == '}') return true;
      if (!expression()) return false;
      skip_space();
      if (is_first) is_dict = peek() == ':';
      if (is_dict && (!take(':') || !expression())) return false;
      if (!is_dict) unsupported_ = "a set";
      skip_space();
      if (!take(',')) return true;
    }
  }

  /// Appends the digits that come next, with single underscores between them, without these.
  void take_digits(std::string& digits) {
    if (!is_digit(peek())) return;
    for (;;) {
      while (is_digit(peek())) {
        digits += peek();
        rest_.remove_prefix(1);
      }
      if (peek() != '_' || !is_digit(peek(1))) return;
      rest_.remove_prefix(1);
    }
  }

  std::optional<Item> number() {
    if (peek() == '0' && std::string_view("xXoObB").find(peek(1)) != std::string_view::npos) {
      std::string digits(rest_.substr(0, jinja::scan_number(rest_, /*may_be_float=*/false).length));
      if (digits.size() < 3) return std::nullopt;
      rest_.remove_prefix(digits.size());
      std::erase(digits, '_');
      return integer(jinja::integer_value(digits).text());
    }
    std::string digits;
    take_digits(digits);
    const size_t whole_digits = digits.size();
    if (take('.')) {
      digits += '.';
      take_digits(digits);
    }
    const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      digits += rest_.substr(0, 1 + sign);
      rest_.remove_prefix(1 + sign);
      take_digits(digits);
    }
    if (take('j') || take('J')) {
      unsupported_ = "a complex number";
      return Item{Json(), Item::Kind::kImaginary};
    }
    if (digits.size() > whole_digits) return Item{std::strtod(digits.c_str(), nullptr), Item::Kind::kReal};
    const bool begins_with_zero = digits[0] == '0';
    if (whole_digits > kMaxDigits || (begins_with_zero && digits.find_first_not_of('0') != std::string::npos))
      return std::nullopt;
    return integer(digits);
  }

  Item integer(const std::string& digits) {
    uint64_t value = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc())
      unsupported_ = kTooLarge;
    return {value > INT64_MAX ? Json(value) : Json(static_cast<int64_t>(value)), Item::Kind::kReal};
  }

  /// Letters before a quote; nullopt if there is no string here.
  std::optional<std::string> string_prefix() const {
    std::string prefix;
    for (size_t i = 0; i < 3; ++i) {
      if (peek(i) == '"' || peek(i) == '\'') return prefix;
      const auto letter = static_cast<unsigned char>(peek(i));
      if (std::isalpha(letter) == 0) return std::nullopt;
      prefix += static_cast<char>(std::tolower(letter));
    }
    return std::nullopt;
  }

  /// Adjacent ones are joined.
  std::optional<Item> strings() {
    std::string text;
    bool is_first = true, are_bytes = false;
    for (auto prefix = string_prefix(); prefix; prefix = string_prefix()) {
      constexpr std::string_view kPrefixes[] = {"", "r", "u", "b", "br", "rb"};
      if (std::find(std::begin(kPrefixes), std::end(kPrefixes), *prefix) == std::end(kPrefixes))
        return std::nullopt;
      const bool is_bytes = prefix->find('b') != std::string::npos;
      if (!is_first && is_bytes != are_bytes) return std::nullopt;
      is_first = false;
      are_bytes = is_bytes;
      rest_.remove_prefix(prefix->size());
      const auto body = string_body();
      if (!body) return std::nullopt;
      const bool is_raw = prefix->find('r') != std::string::npos;
      const auto part = is_raw ? std::string(*body) : jinja::unescape(*body);
      if (!part) return std::nullopt;
      text += *part;
      skip_space();
    }
    if (are_bytes) unsupported_ = "bytes";
    return Item{std::move(text)};
  }

  /// What is between the quotes, three or one.
  std::optional<std::string_view> string_body() {
    const char quote = rest_[0];
    const bool is_triple = peek(1) == quote && peek(2) == quote;
    const std::string end(is_triple ? 3 : 1, quote);
    rest_.remove_prefix(end.size());
    for (size_t i = 0; i < rest_.size(); i += rest_[i] == '\\' ? 2 : 1) {
      if (rest_[i] == '\n' && !is_triple) return std::nullopt;
      if (!rest_.substr(i).starts_with(end)) continue;
      const std::string_view body = rest_.substr(0, i);
      rest_.remove_prefix(i + end.size());
      return body;
    }
    return std::nullopt;
  }

  std::string_view rest_;
  int depth_ = 0;  // of brackets
  std::string_view unsupported_;
};

}  // namespace

std::optional<PythonLiteral> literal_eval(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string plain = with_plain_line_ends(text);
  return Reader(plain).read();
}

}  // namespace radlads::text
