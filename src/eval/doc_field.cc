#include "eval/doc_field.h"

#include "core/error.h"

namespace radlads::eval {

DocField DocField::parse(const Json& yaml, const std::string& where) {
  DocField field;
  field.value_ = yaml;
  field.where_ = where;
  if (yaml.is_string()) field.template_ = Template::parse(yaml.get_ref<const std::string&>(), where);
  return field;
}

Json DocField::of(const Json& doc) const {
  if (!template_) return value_;
  const auto& name = value_.get_ref<const std::string&>();
  const auto field = doc.find(name);
  return field != doc.end() ? *field : template_->value(doc);
}

std::string DocField::text_of(const Json& doc) const {
  if (!template_)
    return value_.is_null() ? "" : value_.is_string() ? value_.get<std::string>() : value_.dump();
  const auto field = doc.find(value_.get_ref<const std::string&>());
  if (field == doc.end()) return template_->render(doc);
  return field->is_string() ? field->get<std::string>() : field->dump();
}

std::vector<std::string> DocField::list_of(const Json& doc) const {
  const Json list = of(doc);
  if (!list.is_array() && !list.is_object()) fail("[eval] {}: a list is wanted, got {}", where_, list.dump());
  std::vector<std::string> texts;
  for (const Json& item : list) {
    if (!item.is_string()) fail("[eval] {}: a list of texts is wanted, got {}", where_, list.dump());
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

}  // namespace radlads::eval
