#include "io/yaml_writer.h"

#include "core/error.h"
#include "core/utf8.h"
#include "io/printable.h"

namespace radlads {
namespace {

bool is_safe(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.";
  constexpr std::string_view kRest = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.+- ";
  if (text.starts_with('-') && text.size() > 1) return text.find_first_not_of(kDigits, 1) == text.npos;
  return !text.empty() && kFirst.find(text.front()) != kFirst.npos && text.back() != ' ' &&
         text.find_first_not_of(kRest) == text.npos && !text.starts_with("...");
}

}  // namespace

std::string yaml_word(std::string_view text) {
  if (is_safe(text)) return std::string(text);
  if (!is_utf8(text)) fail("[write_yaml] {} is not UTF-8: rename it", in_quotes(text));
  std::string word = "\"";
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    const char32_t character = next_character(text, i);
    if (character == '"' || character == '\\') {
      word += '\\';
      word += static_cast<char>(character);
    } else if (character < ' ' || (character >= 0x7f && character < 0xa0)) {
      word += fmt::format("\\x{:02x}", static_cast<uint32_t>(character));
    } else if (character == 0x2028 || character == 0x2029 || character == 0xfeff ||
               (character >= 0xfffe && character <= 0xffff)) {  // line breaks, and what YAML does not allow
      word += fmt::format("\\u{:04x}", static_cast<uint32_t>(character));
    } else {
      word += text.substr(begin, i - begin);
    }
  }
  return word + "\"";
}

std::string yaml_list(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() == 1 ? "" : ", ") + yaml_word(text);
  return list + "]";
}

}  // namespace radlads
