#include "io/python_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/utf8.h"

namespace radlads {
namespace {

using Json = nlohmann::ordered_json;

void append_escaped(char32_t character, std::string& out) {
  if (character >= 0x10000) {
    const uint32_t bits = static_cast<uint32_t>(character) - 0x10000;
    out += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (bits >> 10), 0xdc00 + (bits & 0x3ff));
  } else {
    out += fmt::format("\\u{:04x}", static_cast<uint32_t>(character));
  }
}

void append_string(std::string_view text, bool ensure_ascii, std::string& out) {
  constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";
  out += '"';
  for (size_t i = 0; i < text.size();) {
    const char32_t character = next_character(text, i);
    const size_t special =
        character < 0x80 ? kSpecial.find(static_cast<char>(character)) : std::string_view::npos;
    if (special != std::string_view::npos) {
      out += '\\';
      out += kLetters[special];
    } else if (character < 0x20 || (ensure_ascii && character >= 0x7F)) {
      append_escaped(character, out);
    } else {
      append_utf8(character, out);
    }
  }
  out += '"';
}

/// d.ddd x 10^exponent, without the point.
struct Decimal {
  std::string digits;
  int exponent;
};

/// The fewest digits that `positive` can be read back from.
Decimal shortest_digits(double positive) {
  std::array<char, 32> buffer;
  const char* const end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), positive, std::chars_format::scientific)
          .ptr;
  std::string digits(std::string_view(buffer.data(), end));
  const size_t e = digits.find('e');
  const int exponent = std::stoi(digits.substr(e + 1));
  digits.resize(e);
  std::erase(digits, '.');
  return {digits, exponent};
}

/// Unlike repr(), json.dumps has names of its own for what is not a number.
std::string float_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return python_repr_float(value);
}

class Writer {
 public:
  Writer(int indent, bool ensure_ascii) : indent_(indent), ensure_ascii_(ensure_ascii) {}

  void write(const Json& value) {
    switch (value.type()) {
      case Json::value_t::object:
        return write_items(value, "{", "}", [&](const auto& item) {
          append_string(item.key(), ensure_ascii_, out_);
          out_ += ": ";
          write(item.value());
        });
      case Json::value_t::array:
        return write_items(value, "[", "]", [&](const auto& item) { write(item.value()); });
      case Json::value_t::string:
        return append_string(value.get_ref<const std::string&>(), ensure_ascii_, out_);
      case Json::value_t::number_float:
        out_ += float_text(value.get<double>());
        return;
      default:
        RADLADS_CHECK(value.is_primitive() && !value.is_binary() && !value.is_discarded(), "{} is not JSON",
                      value.type_name());
        out_ += value.dump();  // null, true, false and whole numbers are the same in Python
    }
  }

  std::string take() { return std::move(out_); }

 private:
  template <class WriteItem>
  void write_items(const Json& value, std::string_view open, std::string_view close,
                   const WriteItem& write_item) {
    out_ += open;
    ++depth_;
    std::string_view separator;
    for (const auto& item : value.items()) {
      out_ += separator;
      new_line();
      write_item(item);
      separator = indent_ < 0 ? ", " : ",";
    }
    --depth_;
    if (!value.empty()) new_line();
    out_ += close;
  }

  void new_line() {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<size_t>(indent_) * depth_, ' ');
  }

  int indent_;
  bool ensure_ascii_;
  size_t depth_ = 0;
  std::string out_;
};

}  // namespace

std::string python_json(const Json& value, int indent, bool ensure_ascii) {
  Writer writer(indent, ensure_ascii);
  writer.write(value);
  return writer.take();
}

std::string python_repr_float(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const std::string_view sign = std::signbit(value) ? "-" : "";
  auto [digits, exponent] = shortest_digits(std::fabs(value));
  const int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    if (count > 1) digits.insert(1, 1, '.');
    return fmt::format("{}{}e{}{:02d}", sign, digits, exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0) return fmt::format("{}0.{:0>{}}", sign, digits, count - exponent - 1);
  if (count <= exponent + 1) return fmt::format("{}{:0<{}}.0", sign, digits, exponent + 1);
  digits.insert(static_cast<size_t>(exponent) + 1, 1, '.');
  return fmt::format("{}{}", sign, digits);
}

}  // namespace radlads
