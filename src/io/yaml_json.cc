#include "io/yaml_json.h"

#include "io/yaml_scalar.h"

namespace radlads {
namespace {

using Json = nlohmann::ordered_json;

/// JSON's bytes, with the line as their kind: no type check mistakes them for text.
Json with_foreign_tag(const YamlNode& node) {
  const std::string text = node.text.empty() ? node.tag : node.tag + " " + node.text;
  return Json::binary({text.begin(), text.end()}, static_cast<uint64_t>(node.line));
}

Json to_json(const YamlNode& node, const YamlPlace& place) {
  if (node.has_foreign_tag()) return with_foreign_tag(node);
  if (node.is_scalar()) return yaml_scalar(node, place);
  if (node.is_sequence()) {
    Json list = Json::array();
    for (const YamlNode& item : node.items) list.push_back(to_json(item, place));
    return list;
  }
  Json map = Json::object();
  auto& members = map.get_ref<Json::object_t&>();  // each key is there once: none need be compared
  for (const YamlMember& member : node.members)
    members.emplace_back(member.key, to_json(member.value, place));
  return map;
}

}  // namespace

Json parse_yaml(std::string_view text, std::string_view operation, const std::filesystem::path& file,
                YamlRules rules) {
  const YamlPlace place = {operation, file};
  return to_json(read_yaml(text, place, rules), place);
}

std::optional<YamlTag> yaml_tag(const Json& value) {
  if (!value.is_binary()) return std::nullopt;
  const auto& bytes = value.get_binary();
  return YamlTag{{bytes.begin(), bytes.end()}, static_cast<int64_t>(bytes.subtype())};
}

std::optional<YamlTag> find_yaml_tag(const Json& value) {
  if (!value.is_structured()) return yaml_tag(value);
  for (const Json& item : value) {
    if (auto tag = find_yaml_tag(item)) return tag;
  }
  return std::nullopt;
}

}  // namespace radlads
