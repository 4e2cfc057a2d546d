#include "io/json_field.h"

#include <algorithm>
#include <cmath>

#include "core/utf8.h"
#include "io/file.h"
#include "io/json.h"
#include "io/printable.h"
#include "io/python_json.h"

namespace radlads {

template <class Json>
BasicJsonField<Json>::BasicJsonField(const Json& value, std::string_view operation, std::string_view place,
                                     std::string path)
    : BasicJsonField(value, std::move(path),
                     std::make_shared<Origin>(Origin{std::string(operation), std::string(place)})) {}

template <class Json>
bool BasicJsonField<Json>::as_bool() const {
  must_be(is_bool(), "true or false");
  return value_->template get<bool>();
}

template <class Json>
int64_t BasicJsonField<Json>::as_integer(int64_t min, int64_t max) const {
  must_be(value_->is_number_integer(), "a whole number");
  const bool fits =
      !value_->is_number_unsigned() || value_->template get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX);
  const auto value = value_->template get<int64_t>();
  if (!fits || value < min || value > max) fail("{} is not between {} and {}", shown(), min, max);
  return value;
}

template <class Json>
double BasicJsonField<Json>::as_number() const {
  must_be(is_number(), "a number");
  const auto value = value_->template get<double>();
  must_be(std::isfinite(value), "a finite number");
  return value;
}

template <class Json>
std::string BasicJsonField<Json>::as_string() const {
  must_be(is_string(), "a string");
  const auto& text = value_->template get_ref<const std::string&>();
  must_be(is_utf8(text), "valid UTF-8");
  return text;
}

template <class Json>
char32_t BasicJsonField<Json>::as_character() const {
  const std::string text = as_string();
  must_be(!text.empty() && text.size() == utf8_length(text[0]), "one character");
  size_t position = 0;
  return next_character(text, position);
}

template <class Json>
std::vector<std::string> BasicJsonField<Json>::as_strings() const {
  std::vector<std::string> strings;
  for (const BasicJsonField& element : elements()) strings.push_back(element.as_string());
  return strings;
}

template <class Json>
std::vector<int64_t> BasicJsonField<Json>::as_integers(int64_t min, int64_t max) const {
  std::vector<int64_t> integers;
  for (const BasicJsonField& element : elements()) integers.push_back(element.as_integer(min, max));
  return integers;
}

template <class Json>
std::vector<BasicJsonField<Json>> BasicJsonField<Json>::elements() const {
  must_be(is_array(), "an array");
  std::vector<BasicJsonField> fields;
  for (const Json& element : *value_)
    fields.push_back({element, fmt::format("{}[{}]", path_, fields.size()), origin_});
  return fields;
}

template <class Json>
std::vector<std::pair<std::string, BasicJsonField<Json>>> BasicJsonField<Json>::members() const {
  must_be(is_object(), "an object");
  std::vector<std::pair<std::string, BasicJsonField>> fields;
  for (const auto& [key, value] : value_->items()) fields.emplace_back(key, member(key, value));
  return fields;
}

template <class Json>
BasicJsonField<Json> BasicJsonField<Json>::at(std::string_view key) const {
  const BasicJsonField field = or_null(key);
  if (!value_->contains(key)) field.fail("is missing");
  return field;
}

template <class Json>
std::optional<BasicJsonField<Json>> BasicJsonField<Json>::find(std::string_view key) const {
  BasicJsonField field = or_null(key);
  return field.is_null() ? std::nullopt : std::optional(std::move(field));
}

template <class Json>
BasicJsonField<Json> BasicJsonField<Json>::or_null(std::string_view key) const {
  static const Json null;
  must_be(is_object(), "an object");
  const auto found = value_->find(key);
  return member(key, found == value_->end() ? null : *found);
}

template <class Json>
bool BasicJsonField<Json>::flag_or(std::string_view key, bool otherwise) const {
  const auto flag = find(key);
  return flag ? flag->as_bool() : otherwise;
}

template <class Json>
void BasicJsonField<Json>::allow_only(std::initializer_list<std::string_view> keys) const {
  must_be(is_object(), "an object");
  for (const auto& [key, value] : value_->items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      fail("field {} is not supported", in_quotes(key));
  }
}

template <class Json>
std::string BasicJsonField<Json>::shown() const {
  if (is_array()) return "an array";
  if (is_object()) return "an object";
  if (is_string()) return in_quotes(value_->template get_ref<const std::string&>());
  if (value_->is_number_float()) return python_repr_float(value_->template get<double>());
  return value_->dump();
}

template <class Json>
BasicJsonField<Json> BasicJsonField<Json>::member(std::string_view key, const Json& value) const {
  return {value, path_.empty() ? printable(key) : fmt::format("{}.{}", path_, printable(key)), origin_};
}

template <class Json>
void BasicJsonField<Json>::must_be(bool is_so, std::string_view wanted) const {
  if (is_so) return;
  if (!path_.empty()) fail("must be {}, not {}", wanted, shown());
  radlads::fail("[{}] the file must contain {}, not {}, in {}", origin_->operation,
                wanted == "an object" ? "a JSON object" : wanted, shown(), origin_->place);
}

template class BasicJsonField<nlohmann::json>;
template class BasicJsonField<nlohmann::ordered_json>;

JsonFile::JsonFile(const std::filesystem::path& file, std::string_view operation)
    : value_(parse_json(read_text_file(file), fmt::format("[{}] {}", operation, file.filename().string()),
                        file, {.python_numbers = true})),
      root_(value_, operation, file.string()) {}

}  // namespace radlads
