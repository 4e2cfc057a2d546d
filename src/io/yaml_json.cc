#include "io/yaml_json.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include <yaml-cpp/yaml.h>

#include "core/error.h"

namespace radlads {
namespace {

using Json = nlohmann::ordered_json;

struct Place {
  std::string_view operation;
  const std::filesystem::path& file;

  template <class... Args>
  [[noreturn]] void fail(const YAML::Mark& mark, fmt::format_string<Args...> format, Args&&... args) const {
    radlads::fail("[{}] {} in line {} of {}", operation, fmt::format(format, std::forward<Args>(args)...),
                  mark.line + 1, file.string());
  }
};

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Decimal, hexadecimal (0x1f) or octal (07) whole numbers, with underscores between digits.
std::optional<int64_t> whole_number(std::string digits) {
  if (digits.starts_with('_')) return std::nullopt;
  std::erase(digits, '_');
  std::string_view word = digits;
  const bool negative = word.starts_with('-');
  if (negative || word.starts_with('+')) word.remove_prefix(1);
  int base = 10;
  if (word.starts_with("0x")) {
    base = 16;
    word.remove_prefix(2);
  } else if (word.size() > 1 && word[0] == '0') {
    base = 8;
    word.remove_prefix(1);
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  if (word.empty() || error != std::errc() || end != word.data() + word.size() || word[0] == '-')
    return std::nullopt;
  return negative ? -value : value;
}

/// YAML 1.1 asks for a point, and for a digit behind a sign: "1e3" and "-.5" are strings, 1.0e+3 a number.
std::optional<double> real_number(std::string_view word) {
  const std::string_view digits = word.starts_with('-') || word.starts_with('+') ? word.substr(1) : word;
  const double sign = word.starts_with('-') ? -1 : 1;
  if (is_one_of(digits, {".inf", ".Inf", ".INF"})) return sign * std::numeric_limits<double>::infinity();
  if (is_one_of(word, {".nan", ".NaN", ".NAN"})) return std::nan("");
  if (digits.find('.') == std::string_view::npos || (digits != word && digits.starts_with('.')))
    return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return sign * value;
}

Json plain_scalar(const std::string& word) {
  if (is_one_of(word, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (is_one_of(word, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) return true;
  if (is_one_of(word, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) return false;
  if (const auto value = whole_number(word)) return *value;
  if (const auto value = real_number(word)) return *value;
  return word;
}

Json convert(const YAML::Node& node, const Place& place);

Json convert_map(const YAML::Node& node, const Place& place) {
  Json map = Json::object();
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) place.fail(entry.first.Mark(), "a key must be plain text");
    const std::string key = entry.first.Scalar();
    if (map.contains(key)) place.fail(entry.first.Mark(), "the key {:?} is there twice", key);
    map[key] = convert(entry.second, place);
  }
  return map;
}

Json convert(const YAML::Node& node, const Place& place) {
  const std::string& tag = node.Tag();
  if (tag.size() > 1 && !tag.starts_with("tag:yaml.org"))
    place.fail(node.Mark(), "{} is not supported: a task is data, write it as a template", tag);
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return tag == "?" ? plain_scalar(node.Scalar()) : Json(node.Scalar());
    case YAML::NodeType::Sequence: {
      Json list = Json::array();
      for (const YAML::Node& item : node) list.push_back(convert(item, place));
      return list;
    }
    case YAML::NodeType::Map:
      return convert_map(node, place);
    default:
      return nullptr;
  }
}

}  // namespace

nlohmann::ordered_json parse_yaml(std::string_view text, std::string_view operation,
                                  const std::filesystem::path& file) {
  const Place place = {operation, file};
  try {
    return convert(YAML::Load(std::string(text)), place);
  } catch (const YAML::Exception& error) {
    place.fail(error.mark, "{}", error.msg);
  }
}

}  // namespace radlads
