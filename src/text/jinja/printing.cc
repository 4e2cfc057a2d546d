#include "text/jinja/printing.h"

#include <cmath>

#include "core/utf8.h"
#include "text/jinja/callable.h"
#include "text/jinja/loop.h"
#include "text/unicode.h"

namespace radlads::jinja {
namespace {

void append_repr(const Site& site, const Value& value, std::string& out);

void append_items(const Site& site, const Values& items, std::string& out) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) site.append(", ", out);
    append_repr(site, items[i], out);
  }
}

void append_sequence(const Site& site, const Sequence& sequence, std::string& out) {
  const bool is_tuple = sequence.kind == SequenceKind::kTuple;
  site.append(is_tuple ? "(" : "[", out);
  append_items(site, sequence.items, out);
  site.append(!is_tuple ? "]" : sequence.items.size() == 1 ? ",)" : ")", out);
}

void append_dict(const Site& site, const Dict& dict, std::string& out) {
  site.append("{", out);
  for (size_t i = 0; i < dict.entries.size(); ++i) {
    if (i > 0) site.append(", ", out);
    append_repr(site, dict.entries[i].first, out);
    site.append(": ", out);
    append_repr(site, dict.entries[i].second, out);
  }
  site.append("}", out);
}

void append_namespace(const Site& site, const Namespace& space, std::string& out) {
  site.append("<Namespace {", out);
  for (size_t i = 0; i < space.fields.size(); ++i) {
    site.append(fmt::format("{}{}: ", i > 0 ? ", " : "", in_python_quotes(space.fields[i].first)), out);
    append_repr(site, space.fields[i].second, out);
  }
  site.append("}>", out);
}

// For macros and loops; nullopt for other values.
std::optional<std::string> callable_text(const Site& site, const Value& value) {
  if (const Callable* callable = value.callable()) return callable->text();
  Loop* loop = value.loop();
  if (loop == nullptr) return std::nullopt;
  return fmt::format("<LoopContext {}/{}>", *loop->attribute(site, "index").integer(), loop->length());
}

void append_repr(const Site& site, const Value& value, std::string& out) {
  const Descent descent(site);
  if (value.is_none()) {
    site.append("None", out);
  } else if (const bool* flag = value.boolean()) {
    site.append(*flag ? "True" : "False", out);
  } else if (const int64_t* integer = value.integer()) {
    site.append(std::to_string(*integer), out);
  } else if (const BigInteger* big = value.big()) {
    site.append(text_of(site, *big), out);
  } else if (const double* real = value.real()) {
    site.append(text_of(*real), out);
  } else if (const std::string* text = value.text()) {
    const std::string quoted = in_python_quotes(*text);
    site.append(value.is_markup() ? fmt::format("Markup({})", quoted) : quoted, out);
  } else if (value.is(SequenceKind::kList) || value.is(SequenceKind::kTuple)) {
    append_sequence(site, *value.sequence(), out);
  } else if (const Dict* dict = value.dict()) {
    append_dict(site, *dict, out);
  } else if (const Namespace* space = value.space()) {
    append_namespace(site, *space, out);
  } else if (value.undefined() != nullptr) {
    site.require_usable(value);
    site.append("Undefined", out);
  } else if (const auto description = callable_text(site, value)) {
    site.append(*description, out);
  } else if (const Callable* callable = value.callable()) {
    site.fail("{} cannot be printed; call it: {}()", callable->name(), callable->name());
  } else {
    site.fail(
        "{} cannot be printed{}", value.type_name(),
        value.sequence() != nullptr || value.iterator() != nullptr ? "; make it a list with |list" : "");
  }
}

}  // namespace

std::string text_of(const Site& site, const Value& value) {
  if (const std::string* text = value.text()) {
    site.spend(text->size());
    return *text;
  }
  site.require_usable(value);
  std::string out;
  if (value.undefined() == nullptr) append_repr(site, value, out);
  return out;
}

std::string repr_of(const Site& site, const Value& value) {
  std::string out;
  append_repr(site, value, out);
  return out;
}

std::string text_of(const Site& site, const BigInteger& number) {
  constexpr size_t kMaxBits = 14284;  // of 4300 digits, where Python's str() gives up
  if (number.num_bits() > kMaxBits) site.fail("an integer of more than 4300 digits cannot be printed");
  return number.text();
}

std::string text_of(double number) {
  if (std::isnan(number)) return "nan";  // whatever its sign
  std::string digits = fmt::format("{}", number);
  if (digits.find_first_not_of("-0123456789") == digits.npos) digits += ".0";
  return digits;
}

std::string in_python_quotes(std::string_view text) {
  const char quote = text.find('\'') != text.npos && text.find('"') == text.npos ? '"' : '\'';
  std::string out(1, quote);
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    const char32_t character = next_character(text, i);
    if (character == '\n') {
      out += "\\n";
    } else if (character == '\r') {
      out += "\\r";
    } else if (character == '\t') {
      out += "\\t";
    } else if (character == '\\' || character == static_cast<char32_t>(quote)) {
      out += '\\';
      out += static_cast<char>(character);
    } else if (text::is_printable(character)) {
      out += text.substr(begin, i - begin);
    } else {
      const auto code = static_cast<uint32_t>(character);
      out += code < 0x100     ? fmt::format("\\x{:02x}", code)
             : code < 0x10000 ? fmt::format("\\u{:04x}", code)
                              : fmt::format("\\U{:08x}", code);
    }
  }
  out += quote;
  return out;
}

}  // namespace radlads::jinja
