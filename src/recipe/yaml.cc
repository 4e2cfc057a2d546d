#include "recipe/yaml.h"

#include <yaml-cpp/yaml.h>

#include "core/error.h"
#include "io/file.h"

namespace radlads {
namespace {

/// A scalar is one value, a list its items; null is an empty list.
std::vector<std::string> values_of(const YAML::Node& node, const std::string& name) {
  if (node.IsNull()) return {};
  if (node.IsScalar()) return {node.Scalar()};
  std::vector<std::string> values;
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) fail("[read_recipe] {}: a list of plain values is wanted", name);
    values.push_back(item.Scalar());
  }
  return values;
}

void set_all(const YAML::Node& map, const std::string& prefix, const std::string& file,
             std::vector<Option>& options) {
  for (const auto& entry : map) {
    if (!entry.first.IsScalar()) fail("[read_recipe] an option's name must be plain text, in {}", file);
    const std::string name = prefix + entry.first.Scalar();
    if (entry.second.IsMap()) {
      set_all(entry.second, name + ".", file, options);
      continue;
    }
    Option* option = find_option(options, name);
    if (option == nullptr) fail("[read_recipe] there is no option {}, in {}", name, file);
    try {
      option->set(values_of(entry.second, name));
    } catch (const UserError& error) {
      fail("{}, in {}", error.what(), file);
    }
  }
}

void emit(YAML::Emitter& out, const Option& option, const std::string& key) {
  out << YAML::Key << key << YAML::Value;
  if (option.is_list) {
    out << YAML::Flow << option.get();
  } else {
    out << option.get().front();
  }
}

}  // namespace

void read_recipe_file(const std::filesystem::path& file, std::vector<Option>& options) {
  check_readable(file, "read_recipe");
  YAML::Node root;
  try {
    root = YAML::LoadFile(file.string());
  } catch (const YAML::Exception& error) {
    fail("[read_recipe] {} in line {} of {}", error.msg, error.mark.line + 1, file.string());
  }
  if (root.IsNull()) return;
  if (!root.IsMap()) fail("[read_recipe] {} is no map of options", file.string());
  set_all(root, "", file.string(), options);
}

std::string to_yaml(const std::vector<Option>& options) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  std::string group;
  for (const Option& option : options) {
    const size_t dot = option.name.find('.');
    const std::string new_group = dot == std::string::npos ? "" : option.name.substr(0, dot);
    if (new_group != group) {
      if (!group.empty()) out << YAML::EndMap;
      if (!new_group.empty()) out << YAML::Key << new_group << YAML::Value << YAML::BeginMap;
      group = new_group;
    }
    emit(out, option, dot == std::string::npos ? option.name : option.name.substr(dot + 1));
  }
  if (!group.empty()) out << YAML::EndMap;
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace radlads
