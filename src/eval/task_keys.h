// One map of a task's YAML file, read key by key.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "eval/doc_field.h"
#include "io/yaml_json.h"

namespace radlads::eval {

/// The members of one map of a task file, each taken by name; what is left at the end is unknown.
class TaskKeys {
 public:
  TaskKeys(const Json& map, std::string subject, const std::filesystem::path& file)
      : map_(map), subject_(std::move(subject)), file_(file) {
    if (!map.is_object()) fail("a map is wanted");
  }

  /// UserError if a member, or something in it, asks for Python code ("!function utils.process").
  void refuse_code() const {
    for (const auto& entry : map_.items()) {
      if (const auto tag = find_yaml_tag(entry.value()))
        fail("{}: {} (line {}) asks for Python code, which is not run here: write it as a template",
             entry.key(), tag->text, tag->line);
    }
  }

  /// Null if it is not there.
  Json take(std::string_view key) {
    taken_.emplace_back(key);
    const auto found = map_.find(std::string(key));
    return found == map_.end() ? Json() : *found;
  }

  std::string text(std::string_view key, std::string otherwise = "") {
    const Json value = take(key);
    if (value.is_null()) return otherwise;
    if (!value.is_string()) fail("{}: a text is wanted, got {}", key, value.dump());
    return value.get<std::string>();
  }

  int64_t whole(std::string_view key, int64_t otherwise, int64_t least, int64_t most = INT64_MAX) {
    const Json value = take(key);
    if (value.is_null()) return otherwise;
    if (!value.is_number_integer() || value.get<int64_t>() < least)
      fail("{}: a whole number of at least {} is wanted, got {}", key, least, value.dump());
    if (value.get<int64_t>() > most) fail("{}: at most {} is possible, got {}", key, most, value.dump());
    return value.get<int64_t>();
  }

  double number(std::string_view key, double otherwise) {
    const Json value = take(key);
    if (value.is_null()) return otherwise;
    if (!value.is_number()) fail("{}: a number is wanted, got {}", key, value.dump());
    return value.get<double>();
  }

  bool flag(std::string_view key, bool otherwise) {
    const Json value = take(key);
    if (value.is_null()) return otherwise;
    if (!value.is_boolean()) fail("{}: true or false is wanted, got {}", key, value.dump());
    return value.get<bool>();
  }

  DocField field(std::string_view key) { return field(take(key), key); }
  DocField field(const Json& value, std::string_view key) const {
    if (value.is_object()) {
      // Choices may be a map from answers to texts, of which the texts count.
      Json texts = Json::array();
      for (const Json& text : value) texts.push_back(text);
      return field(texts, key);
    }
    return DocField::parse(value, fmt::format("{} of {} in {}", key, subject_, file_.string()));
  }

  /// UserError if there are members that nobody took.
  void finish() const {
    for (const auto& entry : map_.items()) {
      if (std::find(taken_.begin(), taken_.end(), entry.key()) == taken_.end())
        fail("the key {} is not known", entry.key());
    }
  }

  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    radlads::fail("[read_task] {}: {} in {}", subject_, fmt::format(format, std::forward<Args>(args)...),
                  file_.string());
  }

 private:
  const Json& map_;
  std::string subject_;
  const std::filesystem::path& file_;
  std::vector<std::string> taken_;
};

}  // namespace radlads::eval
