#include "text/json_field.h"

#include <algorithm>

#include "core/utf8.h"

namespace radlads::text {

std::string in_quotes(std::string_view text) {
  constexpr size_t kLongest = 40;
  std::string storage;
  std::string_view valid = mend_utf8(text, storage);
  size_t length = 0;
  while (length < valid.size() && length < kLongest) length += utf8_length(valid[length]);
  const std::string shown = std::string(valid.substr(0, length)) + (length < valid.size() ? "..." : "");
  return nlohmann::json(shown).dump(-1, ' ', true);
}

std::string JsonField::as_string() const {
  if (!value_->is_string()) fail("must be a string, not {}", value_->type_name());
  return value_->get<std::string>();
}

bool JsonField::as_bool() const {
  if (!value_->is_boolean()) fail("must be true or false, not {}", value_->type_name());
  return value_->get<bool>();
}

int64_t JsonField::as_integer(int64_t min, int64_t max) const {
  if (!value_->is_number_integer()) fail("must be a whole number, not {}", value_->type_name());
  const bool fits =
      !value_->is_number_unsigned() || value_->get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX);
  if (!fits || value_->get<int64_t>() < min || value_->get<int64_t>() > max) {
    fail("{} is not between {} and {}", value_->dump(), min, max);
  }
  return value_->get<int64_t>();
}

double JsonField::as_number() const {
  if (!value_->is_number()) fail("must be a number, not {}", value_->type_name());
  return value_->get<double>();
}

char32_t JsonField::as_character() const {
  const std::string text = as_string();
  if (text.empty() || text.size() != utf8_length(text[0]))
    fail("must be one character, not {}", in_quotes(text));
  size_t position = 0;
  return next_character(text, position);
}

JsonField JsonField::at(std::string_view key) const {
  if (!value_->is_object()) fail("must be an object, not {}", value_->type_name());
  const auto found = value_->find(key);
  const std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
  if (found == value_->end()) JsonField(*value_, path, *file_).fail("is missing");
  return {*found, path, *file_};
}

std::optional<JsonField> JsonField::find(std::string_view key) const {
  if (!value_->is_object()) fail("must be an object, not {}", value_->type_name());
  const auto found = value_->find(key);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  return at(key);
}

JsonField JsonField::or_null(std::string_view key) const {
  static const nlohmann::json null;
  const auto member = find(key);
  return member ? *member : JsonField(null, std::string(key), *file_);
}

bool JsonField::flag_or(std::string_view key, bool otherwise) const {
  const auto flag = find(key);
  return flag ? flag->as_bool() : otherwise;
}

std::vector<JsonField> JsonField::elements() const {
  if (!value_->is_array()) fail("must be an array, not {}", value_->type_name());
  std::vector<JsonField> fields;
  for (const auto& element : *value_)
    fields.emplace_back(element, fmt::format("{}[{}]", path_, fields.size()), *file_);
  return fields;
}

void JsonField::allow_only(std::initializer_list<std::string_view> keys) const {
  for (const auto& [key, value] : value_->items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      fail("field {} is not supported", in_quotes(key));
  }
}

}  // namespace radlads::text
