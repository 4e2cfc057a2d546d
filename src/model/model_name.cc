#include "model/model_name.h"

#include <nlohmann/json.hpp>

#include "io/file.h"
#include "io/hub_cache.h"
#include "io/json.h"
#include "io/json_field.h"

namespace radlads {
namespace {

/// _name_or_path, if it is a name on the hub and not the path of a folder on somebody's machine; else "".
std::string name_in_config(const std::filesystem::path& file) {
  const nlohmann::json root =
      parse_json(read_text_file(file), "[read_config] config.json", file, {.python_numbers = true});
  if (!root.is_object() || !root.contains("_name_or_path")) return "";
  const nlohmann::json& name = root["_name_or_path"];
  if (!name.is_string() || !is_hub_name(name.get_ref<const std::string&>())) return "";
  return name.get<std::string>();
}

}  // namespace

std::string teacher_name(const std::filesystem::path& folder) {
  if (std::string name = hub_name(folder); !name.empty()) return name;
  if (std::string name = name_in_config(folder / "config.json"); !name.empty()) return name;
  return folder_name(folder);
}

std::string model_name(const std::filesystem::path& folder) {
  std::string name = hub_name(folder);
  return name.empty() ? folder_name(folder) : name;
}

}  // namespace radlads
