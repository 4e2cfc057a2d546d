#include "model/config_fields.h"

#include <cmath>

#include "core/error.h"
#include "io/python_json.h"

namespace radlads {

using Json = nlohmann::json;

const Json* ConfigFields::find(std::string_view name) {
  read_.emplace(name);
  const auto it = object_.find(name);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

int64_t ConfigFields::size(std::string_view name, int64_t most) {
  const Json* field = find(name);
  if (field == nullptr) fail("[read_config] {} is missing in {}", name, where_);
  return whole_number(name, *field, 1, most);
}

int64_t ConfigFields::size_or(std::string_view name, int64_t fallback, int64_t most) {
  const Json* field = find(name);
  return field == nullptr ? fallback : whole_number(name, *field, 1, most);
}

int64_t ConfigFields::count_or(std::string_view name, int64_t fallback) {
  const Json* field = find(name);
  return field == nullptr ? fallback : whole_number(name, *field, 0, kLargestSize);
}

bool ConfigFields::is_null(std::string_view name) const {
  const auto it = object_.find(name);
  return it != object_.end() && it->is_null();
}

double ConfigFields::positive_or(std::string_view name, double fallback) {
  const Json* field = find(name);
  if (field == nullptr) return fallback;
  if (!field->is_number() || !(field->get<double>() > 0) || !std::isfinite(field->get<double>())) {
    const std::string found =
        field->is_number_float() ? python_repr_float(field->get<double>()) : field->dump();
    fail("[read_config] {} must be a positive number, not {}, in {}", name, found, where_);
  }
  return field->get<double>();
}

bool ConfigFields::flag_or(std::string_view name, bool fallback) {
  const Json* field = find(name);
  if (field == nullptr) return fallback;
  if (!field->is_boolean())
    fail("[read_config] {} must be true or false, not {}, in {}", name, field->dump(), where_);
  return field->get<bool>();
}

std::string ConfigFields::text_or(std::string_view name, const std::string& fallback) {
  const Json* field = find(name);
  if (field == nullptr) return fallback;
  if (!field->is_string())
    fail("[read_config] {} must be a string, not {}, in {}", name, field->dump(), where_);
  return field->get<std::string>();
}

std::vector<int64_t> ConfigFields::indices(std::string_view name, int64_t limit) {
  const Json* field = find(name);
  if (field == nullptr) return {};
  std::vector<int64_t> result;
  for (const Json& item : field->is_array() ? *field : Json::array({*field})) {
    if (!item.is_number_integer() || item.get<int64_t>() < 0 || item.get<int64_t>() >= limit) {
      fail("[read_config] {} must be whole numbers from 0 to {}, not {}, in {}", name, limit - 1, item.dump(),
           where_);
    }
    result.push_back(item.get<int64_t>());
  }
  return result;
}

std::vector<std::string> ConfigFields::unread() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : object_.items()) {
    if (!read_.contains(name)) names.push_back(name);
  }
  return names;
}

int64_t ConfigFields::whole_number(std::string_view name, const Json& field, int64_t least,
                                   int64_t most) const {
  if (!field.is_number_integer() || field.get<int64_t>() < least || field.get<int64_t>() > most) {
    fail("[read_config] {} must be a whole number from {} to {}, not {}, in {}", name, least, most,
         field.dump(), where_);
  }
  return field.get<int64_t>();
}

int64_t ConfigFields::option(const MixerOption& option) {
  switch (option.kind) {
    case MixerOption::Kind::kFlag:
      return flag_or(option.key, option.unstated != 0) ? 1 : 0;
    case MixerOption::Kind::kCount: {
      const auto given = indices(option.key, option.most + 1);
      return given.empty() ? option.unstated : given.front();
    }
    case MixerOption::Kind::kRank:
      return size_or(option.key, 0, kWidest);
  }
  RADLADS_CHECK(false, "unknown kind of option");
}

void ConfigFields::read_dtype(ModelConfig& config) {
  constexpr std::string_view kPrefix = "torch.";
  std::string name = text_or("torch_dtype", "auto");
  name = text_or("dtype", name);
  if (name.starts_with(kPrefix)) name.erase(0, kPrefix.size());
  if (name == "auto") return;
  const auto dtype = dtype_from_torch(name);
  if (!dtype || !is_floating(*dtype)) {
    fail("[read_config] torch_dtype \"{}\" is not supported in {}", name, where_);
  }
  config.dtype = *dtype;
  config.dtype_is_stated = true;
}

}  // namespace radlads
