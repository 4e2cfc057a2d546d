#include "recipe/yaml.h"

#include <set>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/file.h"
#include "io/yaml_scalar.h"
#include "io/yaml_writer.h"

namespace radlads {
namespace {

constexpr std::string_view kOperation = "read_recipe";

/// A scalar as a flag would be given: as it is written, except for the other ways that YAML has to write
/// true, false and numbers (yes, 010, 1_000).
std::string value_of(const YamlNode& node, const Option& option, const YamlPlace& place) {
  const bool is_flag = option.values.ends_with("true|false"),
             is_number = option.values == "count" || option.values == "counts" || option.values == "number";
  if (!is_flag && !is_number) return node.text;
  const nlohmann::ordered_json value = yaml_scalar(node, place);
  if (is_flag && value.is_boolean()) return value.dump();
  if (is_number && value.is_number_integer()) return value.dump();
  if (is_number && value.is_number_float()) return fmt::format("{}", value.get<double>());
  return node.text;
}

/// A scalar is one value, a list its items; null is an empty list.
std::vector<std::string> values_of(const YamlNode& node, const Option& option, const YamlPlace& place) {
  if (node.is_null() && !option.is_list) place.fail(node.line, "{} has no value,", option.name);
  if (node.is_null()) return {};
  if (node.is_scalar()) return {value_of(node, option, place)};
  std::vector<std::string> values;
  for (const YamlNode& item : node.items) {
    if (!item.is_scalar()) place.fail(item.line, "{}: a list must contain plain values,", option.name);
    values.push_back(value_of(item, option, place));
  }
  return values;
}

[[noreturn]] void fail_unknown(const YamlNode& node, const std::string& name, const YamlPlace& place,
                               const std::vector<Option>& options) {
  for (const Option& option : options) {
    if (option.name.starts_with(name + "."))
      place.fail(node.line, "{} is a group of options (give {}, for example),", name, option.name);
  }
  place.fail(node.line, "there is no option {},", name);
}

/// `names` are the options that were set so far: "a: {b: 1}" and "a.b: 1" are the same one.
void set_all(const YamlNode& map, const std::string& prefix, const YamlPlace& place,
             std::vector<Option>& options, std::set<std::string>& names) {
  for (const auto& [key, value] : map.members) {
    const std::string name = prefix + key;
    if (value.is_map()) {
      set_all(value, name + ".", place, options, names);
      continue;
    }
    Option* option = find_option(options, name);
    if (option == nullptr) fail_unknown(value, name, place, options);
    if (!names.insert(name).second) place.fail(value.line, "{} is given twice,", name);
    const std::vector<std::string> values = values_of(value, *option, place);
    try {
      option->set(values);
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
  std::set<std::string> names;
  set_all(root, "", place, options, names);
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
