// A value of a user's JSON or YAML file together with where it is, so that every mistake is reported with
// the operation, the field and the file. No accessor throws anything but a UserError.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/printable.h"

namespace radlads {

/// A view: the value, and what it is part of, must outlive it. Json is nlohmann::json or ordered_json.
template <class Json>
class BasicJsonField {
 public:
  /// The root of a file. Messages are "[OPERATION] model.vocab: WHAT in PLACE"; the place is the file,
  /// perhaps with a line ("line 3 of a.jsonl"). `path` names the root itself.
  BasicJsonField(const Json& value, std::string_view operation, std::string_view place,
                 std::string path = "");

  const Json& json() const { return *value_; }
  const std::string& path() const { return path_; }

  bool is_null() const { return value_->is_null(); }
  bool is_bool() const { return value_->is_boolean(); }
  bool is_number() const { return value_->is_number(); }
  bool is_string() const { return value_->is_string(); }
  bool is_array() const { return value_->is_array(); }
  bool is_object() const { return value_->is_object(); }

  bool as_bool() const;

  /// A whole number of [min, max].
  int64_t as_integer(int64_t min = std::numeric_limits<int64_t>::min(),
                     int64_t max = std::numeric_limits<int64_t>::max()) const;

  /// A finite number.
  double as_number() const;

  /// Valid UTF-8.
  std::string as_string() const;

  /// A string of exactly one character.
  char32_t as_character() const;

  /// The value of one of the names.
  template <class Value>
  Value as_one_of(std::initializer_list<std::pair<std::string_view, Value>> names) const {
    const std::string name = as_string();
    std::string known;
    for (const auto& [candidate, value] : names) {
      if (name == candidate) return value;
      known += fmt::format("{}{}", known.empty() ? "" : ", ", candidate);
    }
    fail("must be one of {}, not {}", known, shown());
  }

  /// An array of strings; of whole numbers of [min, max].
  std::vector<std::string> as_strings() const;
  std::vector<int64_t> as_integers(int64_t min, int64_t max) const;

  /// The elements of an array.
  std::vector<BasicJsonField> elements() const;

  /// The members of an object.
  std::vector<std::pair<std::string, BasicJsonField>> members() const;

  /// A member of an object; UserError if there is none.
  BasicJsonField at(std::string_view key) const;

  /// nullopt if there is no such member, or null.
  std::optional<BasicJsonField> find(std::string_view key) const;

  /// The member, or null if there is none.
  BasicJsonField or_null(std::string_view key) const;

  /// A flag that may be left out.
  bool flag_or(std::string_view key, bool otherwise) const;

  /// The member "type".
  std::string type() const { return at("type").as_string(); }

  /// UserError if the object has a member other than these: it might matter, and would go unnoticed.
  void allow_only(std::initializer_list<std::string_view> keys) const;

  /// The value for a message: a scalar as JSON writes it, cut if it is long; "an array", "an object".
  std::string shown() const;

  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    radlads::fail("[{}] {}: {} in {}", origin_->operation, path_.empty() ? "root" : path_,
                  fmt::format(format, std::forward<Args>(args)...), origin_->place);
  }

  [[noreturn]] void fail_unsupported_type() const { fail("type {} is not supported", at("type").shown()); }

 private:
  struct Origin {
    std::string operation, place;
  };

  BasicJsonField(const Json& value, std::string path, std::shared_ptr<const Origin> origin)
      : value_(&value), path_(std::move(path)), origin_(std::move(origin)) {}

  BasicJsonField member(std::string_view key, const Json& value) const;
  void must_be(bool is_so, std::string_view wanted) const;

  const Json* value_;
  std::string path_;
  std::shared_ptr<const Origin> origin_;
};

using JsonField = BasicJsonField<nlohmann::json>;
using OrderedJsonField = BasicJsonField<nlohmann::ordered_json>;

extern template class BasicJsonField<nlohmann::json>;
extern template class BasicJsonField<nlohmann::ordered_json>;

/// A JSON file, parsed strictly (io/json.h; but numbers are as Python writes them); owns what its fields
/// show.
class JsonFile {
 public:
  /// UserError for a file that cannot be read or is not JSON.
  JsonFile(const std::filesystem::path& file, std::string_view operation);

  const JsonField& root() const { return root_; }
  JsonFile(const JsonFile&) = delete;
  JsonFile& operator=(const JsonFile&) = delete;

 private:
  nlohmann::json value_;
  JsonField root_;
};

}  // namespace radlads
