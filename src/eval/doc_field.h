// A key of a task that says something about each of its documents: a field's name, a template, or a fixed
// value.
#pragma once

#include <optional>
#include <string>

#include "text/template.h"

namespace radlads::eval {

class DocField {
 public:
  DocField() = default;

  /// `yaml`: a string (template or name of a field), a number, a list, or null for nothing. `where` names it
  /// in messages ("doc_to_text in FILE").
  static DocField parse(const Json& yaml, const std::string& where);

  explicit operator bool() const { return !value_.is_null(); }

  /// Of a document: the field itself where the key is just its name, the value of a template that is one
  /// expression, else the text of the template. UserError if the document lacks a field.
  Json of(const Json& doc) const;

  /// The same as text, numbers written out; "" for nothing.
  std::string text_of(const Json& doc) const;

  /// A list of strings. UserError if it is none.
  std::vector<std::string> list_of(const Json& doc) const;

 private:
  Json value_;
  std::optional<Template> template_;
  std::string where_;
};

}  // namespace radlads::eval
