// A value of tokenizer.json together with where it stands, so that every mistake is reported with the file
// and the field.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace radlads::text {

/// `text` in quotes on one line of ASCII, cut where it is long: for error messages.
std::string in_quotes(std::string_view text);

/// A view: the JSON value and the file name must outlive it. UserError where a value has the wrong type.
class JsonField {
 public:
  JsonField(const nlohmann::json& value, std::string path, const std::filesystem::path& file)
      : value_(&value), path_(std::move(path)), file_(&file) {}

  bool is_null() const { return value_->is_null(); }
  std::string as_string() const;
  bool as_bool() const;

  /// A whole number of [min, max].
  int64_t as_integer(int64_t min, int64_t max) const;

  double as_number() const;

  /// A string of exactly one character.
  char32_t as_character() const;

  /// A member of an object; UserError if there is none.
  JsonField at(std::string_view key) const;

  /// nullopt if there is no such member, or null.
  std::optional<JsonField> find(std::string_view key) const;

  /// The member, or null where there is none.
  JsonField or_null(std::string_view key) const;

  /// A flag that may be left out.
  bool flag_or(std::string_view key, bool otherwise) const;

  /// The elements of an array.
  std::vector<JsonField> elements() const;

  /// The member "type".
  std::string type() const { return at("type").as_string(); }

  /// UserError if the object has a member other than these: it might change the ids, and would go unnoticed.
  void allow_only(std::initializer_list<std::string_view> keys) const;

  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    radlads::fail("[load_tokenizer] {}: {} in {}", path_.empty() ? "root" : path_,
                  fmt::format(format, std::forward<Args>(args)...), file_->string());
  }

  [[noreturn]] void fail_unsupported_type() const { fail("type {} is not supported", in_quotes(type())); }

 private:
  const nlohmann::json* value_;
  std::string path_;
  const std::filesystem::path* file_;
};

}  // namespace radlads::text
