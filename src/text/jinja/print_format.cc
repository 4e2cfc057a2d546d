#include "text/jinja/print_format.h"

#include <charconv>

#include "core/utf8.h"
#include "text/jinja/access.h"
#include "text/jinja/format_spec.h"
#include "text/jinja/operators.h"
#include "text/jinja/printing.h"
#include "text/jinja/strings.h"

namespace radlads::jinja {
namespace {

std::string repr_of(const Site& site, const Value& value, bool is_ascii) {
  const std::string text = repr_of(site, value);
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    const auto code = static_cast<uint32_t>(next_character(text, i));
    out += !is_ascii || code < 0x80 ? text.substr(begin, i - begin)
           : code < 0x100           ? fmt::format("\\x{:02x}", code)
           : code < 0x10000         ? fmt::format("\\u{:04x}", code)
                                    : fmt::format("\\U{:08x}", code);
  }
  return out;
}

class PrintFormatter {
 public:
  PrintFormatter(const Site& site, const Value& text, const Value& values)
      : site_(site), is_markup_(text.is_markup()), values_(values), rest_(*text.text()) {
    if (values.is(SequenceKind::kTuple)) {
      items_ = values.sequence()->items;
    } else {
      items_.push_back(values);
    }
  }

  Value run() {
    std::string out;
    while (!rest_.empty()) {
      const size_t percent = std::min(rest_.find('%'), rest_.size());
      site_.append(rest_.substr(0, percent), out);
      rest_.remove_prefix(percent);
      if (!rest_.empty()) site_.append(field(), out);
    }
    const bool may_be_left = values_.dict() != nullptr || values_.is(SequenceKind::kList);
    if (next_ < items_.size() && !may_be_left) site_.fail("%: not all values are used by the text");
    return text_like(is_markup_, std::move(out));
  }

 private:
  char peek() const {
    if (rest_.empty()) site_.fail("%: the text ends within a format");
    return rest_[0];
  }

  Value next_value() {
    if (next_ == items_.size()) site_.fail("%: there are too few values for the text");
    return items_[next_++];
  }

  // (name), or the next value.
  std::optional<Value> named() {
    if (peek() != '(') return std::nullopt;
    const size_t end = rest_.find(')');
    if (end == rest_.npos || values_.dict() == nullptr) site_.fail("%: a format with a name needs a dict");
    const Value key = std::string(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    next_ = items_.size();
    const Value* found = find_key(site_, *values_.dict(), key);
    if (found == nullptr) site_.fail("%: the dict has no key {}", in_python_quotes(*key.text()));
    return *found;
  }

  int64_t number() {
    if (peek() == '*') {
      rest_.remove_prefix(1);
      const auto given = integer_of(next_value());
      if (!given) site_.fail("%: * needs an integer");
      return *given;
    }
    int64_t given = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), given);
    if (error == std::errc()) rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    if (given > (int64_t{1} << 30)) site_.fail("%: a width is too large");
    return given;
  }

  std::string field() {
    rest_.remove_prefix(1);
    const std::optional<Value> by_name = named();
    FormatSpec spec;
    bool is_left = false, fills_zeros = false;
    for (; std::string_view("-+ #0").find(peek()) != std::string_view::npos; rest_.remove_prefix(1)) {
      is_left |= peek() == '-';
      fills_zeros |= peek() == '0';
      spec.is_alternate |= peek() == '#';
      if (peek() == '+' || (peek() == ' ' && spec.sign != '+')) spec.sign = peek();
    }
    if (peek() == '*' || (peek() >= '1' && peek() <= '9')) spec.width = number();
    if (spec.width < 0) {
      is_left = true;
      spec.width = -spec.width;
    }
    if (peek() == '.') {
      rest_.remove_prefix(1);
      spec.precision = std::max<int64_t>(number(), 0);
    }
    while (peek() == 'l' || peek() == 'h' || peek() == 'L') rest_.remove_prefix(1);
    spec.type = peek();
    rest_.remove_prefix(1);
    if (spec.type == '%') return "%";
    spec.align = is_left ? '<' : '>';
    if (fills_zeros && !is_left && spec.type != 's' && spec.type != 'r' && spec.type != 'a' &&
        spec.type != 'c') {
      spec.align = '=';
      spec.fill.assign(1, '0');
    }
    return text_for(by_name ? *by_name : next_value(), spec);
  }

  std::string text_for(const Value& value, FormatSpec& spec) {
    switch (spec.type) {
      case 's':
      case 'r':
      case 'a':
        return string_for(value, spec);
      case 'd':
      case 'i':
      case 'u':
        spec.type = 'd';
        return integer_for(value.real() != nullptr && std::isfinite(*value.real())
                               ? Value(BigInteger::truncated(*value.real()))
                               : value,
                           spec);
      case 'x':
      case 'X':
      case 'o':
        return integer_for(value, spec);
      case 'c':
        if (value.text() != nullptr) {
          spec.type = 's';
          return string_for(value, spec);
        }
        return formatted(site_, value, spec);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        return formatted(site_, real_of(site_, value), spec);
      default:
        site_.fail("%: there is no format %{}", spec.type);
    }
  }

  std::string string_for(const Value& value, FormatSpec& spec) {
    std::string text = spec.type == 's' ? text_of(site_, value) : repr_of(site_, value, spec.type == 'a');
    if (is_markup_ && !(spec.type == 's' && value.is_markup())) text = escaped(text);
    spec.type = 's';
    spec.sign = '-';
    spec.is_alternate = false;
    return formatted(site_, Value(std::move(text)), spec);
  }

  // A precision is the minimum number of digits.
  std::string integer_for(const Value& value, FormatSpec& spec) {
    const auto integer = big_of(value);
    if (!integer) site_.fail("%{} needs an integer, not {}", spec.type, value.type_name());
    const int64_t precision = spec.precision.value_or(0);
    spec.precision.reset();
    if (precision == 0) return formatted(site_, *integer, spec);
    FormatSpec digits{
        .fill = "0", .align = '=', .sign = spec.sign, .is_alternate = spec.is_alternate, .type = spec.type};
    digits.width = precision + (integer->is_negative() || spec.sign != '-' ? 1 : 0);
    FormatSpec outer{.align = spec.align == '<' ? '<' : '>', .width = spec.width, .type = 's'};
    return formatted(site_, Value(formatted(site_, *integer, digits)), outer);
  }

  const Site& site_;
  const bool is_markup_;
  const Value& values_;
  std::string_view rest_;
  Values items_;
  size_t next_ = 0;
};

class BraceFormatter {
 public:
  BraceFormatter(const Site& site, const Value& text, const Arguments& arguments)
      : site_(site), is_markup_(text.is_markup()), arguments_(arguments) {}

  std::string run(std::string_view text, int depth) {
    if (depth > 2) site_.fail("format: the fields are nested too deep");
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const bool is_doubled = i + 1 < text.size() && text[i + 1] == c;
      if (c != '{' && c != '}') {
        out += c;
      } else if (is_doubled) {
        out += c;
        ++i;
      } else if (c == '}') {
        site_.fail("format: a single }} in the text");
      } else {
        const size_t end = end_of_field(text, i + 1);
        site_.append(field(text.substr(i + 1, end - i - 1), depth), out);
        i = end;
      }
    }
    return out;
  }

 private:
  size_t end_of_field(std::string_view text, size_t begin) const {
    int open = 1;
    for (size_t i = begin; i < text.size(); ++i) {
      if (text[i] == '{') ++open;
      if (text[i] == '}' && --open == 0) return i;
    }
    site_.fail("format: a field is not closed by }}");
  }

  // name.attribute[item]!conversion:spec
  std::string field(std::string_view text, int depth) {
    const size_t bracket = text.find('[');
    size_t end = text.find_first_of("!:");
    if (bracket < end) end = text.find_first_of("!:", text.find(']', bracket));
    end = std::min(end, text.size());
    Value value = lookup(text.substr(0, end));
    std::string_view rest = text.substr(end);
    char conversion = '\0';
    if (rest.starts_with('!')) {
      if (rest.size() < 2 || (rest.size() > 2 && rest[2] != ':'))
        site_.fail("format: a malformed conversion");
      conversion = rest[1];
      rest.remove_prefix(2);
    }
    if (conversion == 'r' || conversion == 'a') {
      value = repr_of(site_, value, conversion == 'a');
    } else if (conversion == 's') {
      value = text_of(site_, value);
    } else if (conversion != '\0') {
      site_.fail("format: there is no conversion !{}", conversion);
    }
    const std::string spec = rest.empty() ? "" : run(rest.substr(1), depth + 1);
    if (is_markup_ && value.is_markup() && spec.empty()) return *value.text();
    const std::string result = formatted(site_, value, spec);
    return is_markup_ ? escaped(result) : result;
  }

  Value lookup(std::string_view path) {
    const size_t end = std::min(path.find_first_of(".["), path.size());
    Value value = argument(path.substr(0, end));
    path.remove_prefix(end);
    while (!path.empty()) {
      const bool is_item = path[0] == '[';
      const size_t close = is_item ? path.find(']') : std::min(path.find_first_of(".[", 1), path.size());
      if ((path[0] != '.' && !is_item) || close == path.npos || close < 2)
        site_.fail("format: a malformed field");
      const std::string name(path.substr(1, close - 1));
      path.remove_prefix(close + (is_item ? 1 : 0));
      const bool is_index = is_item && name.find_first_not_of("0123456789") == name.npos && name.size() < 10;
      value = !is_item   ? attribute_of(site_, value, name)
              : is_index ? item_of(site_, value, int64_t{std::atoi(name.c_str())})
                         : item_of(site_, value, name);
      site_.require_defined(value);
    }
    return value;
  }

  Value argument(std::string_view name) {
    const bool is_index = name.find_first_not_of("0123456789") == name.npos;
    if (!is_index) {
      for (const auto& [other, value] : arguments_.named) {
        if (other == name) return value;
      }
      site_.fail("format: there is no argument {}", name);
    }
    (name.empty() ? counts_ : numbers_) = true;
    if (counts_ && numbers_) site_.fail("format: fields both with and without numbers");
    const size_t index = name.empty() ? next_++ : name.size() > 9 ? SIZE_MAX : std::stoul(std::string(name));
    if (index >= arguments_.positional.size()) site_.fail("format: there are too few arguments for the text");
    return arguments_.positional[index];
  }

  const Site& site_;
  const bool is_markup_;
  const Arguments& arguments_;
  size_t next_ = 0;
  bool counts_ = false, numbers_ = false;
};

}  // namespace

Value print_formatted(const Site& site, const Value& text, const Value& values) {
  return PrintFormatter(site, text, values).run();
}

Value brace_formatted(const Site& site, const Value& text, const Arguments& arguments) {
  return text_like(text.is_markup(), BraceFormatter(site, text, arguments).run(*text.text(), 1));
}

}  // namespace radlads::jinja
