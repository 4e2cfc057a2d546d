// A map of a task's YAML file, read key by key; among the keys those that say something about each of the
// task's documents.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "io/json_field.h"
#include "io/yaml_json.h"
#include "text/literal_eval.h"
#include "text/template.h"

namespace radlads::eval {

/// A key that says something about each document: a field's name, a template, or a fixed value.
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

  /// A list of strings, which a template may also write as Python does: "['no', 'yes']"
  /// (text/literal_eval.h). UserError if it is none.
  std::vector<std::string> list_of(const Json& doc) const;

  /// What should be answered, as lm-evaluation-harness reads it: a field as it is; of a template a list,
  /// which it may write as Python does, else its text, and a text of digits is the index of a choice where
  /// there are choices. UserError for a list in Python with what is neither text, number nor list.
  Json target_of(const Json& doc, bool has_choices) const;

  /// The key is just the name of a field that `doc` has.
  bool names_field_of(const Json& doc) const;

  /// The key looks like the name of a field, which `doc` does not have.
  bool lacks_field_of(const Json& doc) const;

  /// Names the key in messages.
  const std::string& where() const { return where_; }

 private:
  void check_supported(const text::PythonLiteral& literal) const;

  Json value_;
  std::optional<Template> template_;
  std::string where_;
};

/// A value as Python's str() writes it.
std::string python_text(const Json& value);

/// The members of one map of a task file, each taken by name; what is left at the end is unknown. UserErrors
/// name subject, key and file.
class TaskKeys {
 public:
  /// The map, and the file's path, must outlive it.
  TaskKeys(const Json& map, std::string subject, const std::filesystem::path& file)
      : map_(map), subject_(std::move(subject)), file_(file) {
    if (!map.is_object()) fail("must be a map, not {}", OrderedJsonField(map, "", "").shown());
  }

  /// UserError if a member, or something in it, asks for Python code ("!function utils.process").
  void refuse_code() const {
    for (const auto& entry : map_.items()) {
      if (const auto tag = find_yaml_tag(entry.value()))
        fail("{}: {} (line {}) asks for Python code, which is not run here: write it as a template",
             entry.key(), tag->text, tag->line);
    }
  }

  /// Null if it is absent.
  const Json& take(std::string_view key) { return member(key).json(); }

  std::string text(std::string_view key, std::string otherwise = "") {
    const auto value = member(key);
    return value.is_null() ? std::move(otherwise) : value.as_string();
  }

  /// One text, or a list of them; empty if it is absent.
  std::vector<std::string> texts(std::string_view key) {
    const auto value = member(key);
    if (value.is_null()) return {};
    return value.is_array() ? value.as_strings() : std::vector<std::string>{value.as_string()};
  }

  int64_t whole(std::string_view key, int64_t otherwise, int64_t least, int64_t most = INT64_MAX) {
    const auto value = member(key);
    if (value.is_null()) return otherwise;
    const int64_t number = value.as_integer();
    if (number < least) value.fail("must be at least {}, not {}", least, number);
    if (number > most) value.fail("must be at most {}, not {}", most, number);
    return number;
  }

  double number(std::string_view key, double otherwise) {
    const auto value = member(key);
    return value.is_null() ? otherwise : value.as_number();
  }

  bool flag(std::string_view key, bool otherwise) {
    const auto value = member(key);
    return value.is_null() ? otherwise : value.as_bool();
  }

  DocField field(std::string_view key) { return field(take(key), key); }
  DocField field(const Json& value, std::string_view key) const {
    if (value.is_object()) {
      // Choices may be a map from answers to texts; the texts are used.
      Json texts = Json::array();
      for (const Json& text : value) texts.push_back(text);
      return field(texts, key);
    }
    return DocField::parse(value, fmt::format("{} of {} in {}", key, subject_, file_.string()));
  }

  /// The indices of a list's items, from 0 on; empty if it is absent.
  std::vector<int64_t> indices(std::string_view key) {
    const auto value = member(key);
    return value.is_null() ? std::vector<int64_t>() : value.as_integers(0, INT64_MAX);
  }

  /// UserError for a key of the harness that is not supported, unless it is null.
  void refuse(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
      if (!member(key).is_null()) fail("{} is not supported", key);
    }
  }

  /// UserError if there are members left that were not taken.
  void finish() const {
    for (const auto& entry : map_.items()) {
      if (std::find(taken_.begin(), taken_.end(), entry.key()) != taken_.end()) continue;
      fail("the key {} is not known", entry.key());
    }
  }

  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    radlads::fail("[read_task] {}: {} in {}", subject_, fmt::format(format, std::forward<Args>(args)...),
                  file_.string());
  }

 private:
  OrderedJsonField member(std::string_view key) {
    static const Json null;
    taken_.emplace_back(key);
    const auto found = map_.find(key);
    const Json& value = found == map_.end() ? null : *found;
    return {value, "read_task", file_.string(), fmt::format("{}: {}", subject_, key)};
  }

  const Json& map_;
  std::string subject_;
  const std::filesystem::path& file_;
  std::vector<std::string> taken_;
};

}  // namespace radlads::eval
