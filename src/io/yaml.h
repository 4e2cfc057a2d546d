// YAML as a tree, read through libyaml, the parser behind PyYAML's C loader.
//
//   const YamlNode root = read_yaml(text, {"read_recipe", file});
//   for (const YamlMember& member : root.members) ...
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace radlads {

/// What is wrong with a text is the UserError "[OPERATION] REASON in line 3 of FILE". Both views must outlive
/// the reader.
struct YamlPlace {
  std::string_view operation;
  const std::filesystem::path& file;

  template <class... Args>
  [[noreturn]] void fail(int64_t line, fmt::format_string<Args...> format, Args&&... args) const {
    radlads::fail("[{}] {} in line {} of {}", operation, fmt::format(format, std::forward<Args>(args)...),
                  line, file.string());
  }
};

/// What is allowed beyond plain data.
struct YamlRules {
  /// A key twice in a map; the last counts, as in PyYAML.
  bool repeated_keys = false;

  /// Application tags, such as !function, which ask the reader to run code.
  bool foreign_tags = false;
};

struct YamlMember;

/// A value of a document: aliases are copies of what they refer to, merges ("<<") are done.
struct YamlNode {
  enum class Kind : uint8_t { kScalar, kSequence, kMap };

  Kind kind = Kind::kScalar;
  int64_t line = 1;                 // where it begins
  bool is_plain = false;            // a scalar without quotes and tag: its type is what it looks like
  std::string tag;                  // "!function", or "str" for !!str; empty where none was given
  std::string text;                 // of a scalar; valid UTF-8
  std::vector<YamlNode> items;      // of a sequence
  std::vector<YamlMember> members;  // of a map, in the order of the text, each key once

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_map() const { return kind == Kind::kMap; }
  bool has_foreign_tag() const { return tag.starts_with('!'); }

  /// An empty document, "~" or "null", for example.
  bool is_null() const;
};

/// Keys are text: the key 1 is "1".
struct YamlMember {
  std::string key;
  YamlNode value;
};

/// The one document of a text; null if there is none. UserError for what is not YAML, is nested more than
/// 64 deep, or grows beyond 64 MiB by its aliases, and for keys that are lists or maps; also for what `rules`
/// do not allow.
YamlNode read_yaml(std::string_view text, const YamlPlace& place, YamlRules rules = {});

}  // namespace radlads
