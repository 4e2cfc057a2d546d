#include "recipe/yaml.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/file.h"
#include "io/yaml_scalar.h"
#include "io/yaml_writer.h"

namespace radlads {
namespace {

constexpr std::string_view kOperation = "read_recipe";

/// A scalar as a flag would be given: as it is written, except for the other words that YAML has for true and
/// false.
std::string value_of(const YamlNode& node, const Option& option, const YamlPlace& place) {
  if (option.values != "true|false") return node.text;
  const nlohmann::ordered_json value = yaml_scalar(node, place);
  return value.is_boolean() ? value.dump() : node.text;
}

/// A scalar is one value, a list its items; null is an empty list.
std::vector<std::string> values_of(const YamlNode& node, const Option& option, const YamlPlace& place) {
  if (node.is_null()) return {};
  if (node.is_scalar()) return {value_of(node, option, place)};
  std::vector<std::string> values;
  for (const YamlNode& item : node.items) {
    if (!item.is_scalar()) place.fail(item.line, "{}: a list must contain plain values,", option.name);
    values.push_back(value_of(item, option, place));
  }
  return values;
}

void set_all(const YamlNode& map, const std::string& prefix, const YamlPlace& place,
             std::vector<Option>& options) {
  for (const auto& [key, value] : map.members) {
    const std::string name = prefix + key;
    if (value.is_map()) {
      set_all(value, name + ".", place, options);
      continue;
    }
    Option* option = find_option(options, name);
    if (option == nullptr) place.fail(value.line, "there is no option {},", name);
    try {
      option->set(values_of(value, *option, place));
    } catch (const UserError& error) {
      fail("{}, in line {} of {}", error.what(), value.line, place.file.string());
    }
  }
}

std::string line_of(const Option& option, const std::string& key) {
  const std::vector<std::string> values = option.get();
  return key + ": " + (option.is_list ? yaml_list(values) : yaml_word(values.front())) + "\n";
}

}  // namespace

void read_recipe_file(const std::filesystem::path& file, std::vector<Option>& options) {
  check_readable(file, kOperation);
  const YamlPlace place = {kOperation, file};
  const YamlNode root = read_yaml(read_text_file(file), place);
  if (root.is_null()) return;
  if (!root.is_map()) place.fail(root.line, "a recipe must be a map of options");
  set_all(root, "", place, options);
}

std::string to_yaml(const std::vector<Option>& options) {
  std::string text, group;
  for (const Option& option : options) {
    const size_t dot = option.name.find('.');
    const std::string new_group = dot == std::string::npos ? "" : option.name.substr(0, dot);
    if (new_group != group && !new_group.empty()) text += new_group + ":\n";
    group = new_group;
    text +=
        group.empty() ? line_of(option, option.name) : "  " + line_of(option, option.name.substr(dot + 1));
  }
  return text;
}

}  // namespace radlads
