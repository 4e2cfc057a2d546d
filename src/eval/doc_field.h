// A key of a task that says something about each of its documents: a field's name, a template, or a fixed
// value.
#pragma once

#include <optional>
#include <string>
#include <vector>

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

  /// The same as text, as Python's str() writes it; "" for nothing.
  std::string text_of(const Json& doc) const;

  /// The key as it is written.
  const Json& source() const { return value_; }

  /// A list of strings, which a template may also write as Python does: "['no', 'yes']". UserError if it is
  /// none.
  std::vector<std::string> list_of(const Json& doc) const;

  /// What should be answered, as lm-evaluation-harness reads it: a field as it is; of a template a list, else
  /// its text, and a text of digits is the index of a choice where there are choices.
  Json target_of(const Json& doc, bool has_choices) const;

  /// The key is just the name of a field that `doc` has.
  bool names_field_of(const Json& doc) const;

  /// The key looks like the name of a field, which `doc` does not have.
  bool lacks_field_of(const Json& doc) const;

  /// Names the key in messages.
  const std::string& where() const { return where_; }

 private:
  Json value_;
  std::optional<Template> template_;
  std::string where_;
};

/// A value as Python's str() writes it.
std::string python_text(const Json& value);

}  // namespace radlads::eval
