#include "eval/task_keys.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/error.h"
#include "io/json_field.h"

namespace radlads::eval {
namespace {

bool looks_like_list(std::string_view text) {
  return text.size() >= 2 && text.front() == '[' && text.back() == ']';
}

std::optional<int64_t> parse_index(const std::string& text) {
  int64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  const bool is_index = error == std::errc() && end == text.data() + text.size() && !text.starts_with('-');
  return is_index ? std::optional(index) : std::nullopt;
}

std::string shown(const Json& value) { return OrderedJsonField(value, "eval", "").shown(); }

}  // namespace

DocField DocField::parse(const Json& yaml, const std::string& where) {
  DocField field;
  field.value_ = yaml;
  field.where_ = where;
  if (yaml.is_string()) field.template_ = Template::parse(yaml.get_ref<const std::string&>(), where);
  return field;
}

bool DocField::names_field_of(const Json& doc) const {
  return template_ && doc.contains(value_.get_ref<const std::string&>());
}

bool DocField::lacks_field_of(const Json& doc) const {
  if (!template_ || names_field_of(doc)) return false;
  const auto& name = value_.get_ref<const std::string&>();
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

Json DocField::of(const Json& doc) const {
  if (!template_) return value_;
  return names_field_of(doc) ? doc[value_.get_ref<const std::string&>()] : template_->value(doc);
}

std::string DocField::text_of(const Json& doc) const {
  if (!template_) return value_.is_null() ? "" : python_text(value_);
  return names_field_of(doc) ? python_text(of(doc)) : template_->render(doc);
}

std::vector<std::string> DocField::list_of(const Json& doc) const {
  Json list = of(doc);
  if (list.is_string() && !names_field_of(doc)) {
    if (auto literal = text::literal_eval(list.get_ref<const std::string&>())) {
      check_supported(*literal);
      list = std::move(literal->value);
    } else if (lacks_field_of(doc)) {
      fail("[eval] {}: the document has no field {}", where_, shown(list));
    }
  }
  if (!list.is_array() && !list.is_object())
    fail("[eval] {}: must be a list of texts, not {}", where_, shown(list));
  std::vector<std::string> texts;
  for (const Json& item : list) {
    if (!item.is_string()) fail("[eval] {}: must be a list of texts, but contains {}", where_, shown(item));
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

Json DocField::target_of(const Json& doc, bool has_choices) const {
  const Json value = of(doc);
  if (!template_ || names_field_of(doc) || value.is_array()) return value;
  const std::string text = python_text(value);
  if (const auto index = has_choices ? parse_index(text) : std::nullopt) return *index;
  auto literal = looks_like_list(text) ? text::literal_eval(text) : std::nullopt;
  if (!literal) return text;
  if (literal->is_tuple) literal->unsupported = "several lists";
  check_supported(*literal);
  return std::move(literal->value);
}

void DocField::check_supported(const text::PythonLiteral& literal) const {
  if (!literal.unsupported.empty())
    fail("[eval] {}: its text is, in Python, a value with {}, which is not supported", where_,
         literal.unsupported);
}

std::string python_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  static const Template written = Template::parse("{{ x }}", "target");
  return written.render({{"x", value}});
}

}  // namespace radlads::eval
