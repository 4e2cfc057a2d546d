// The fields of a config.json, read one by one and checked: what readers of all kinds of models share.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/config.h"

namespace radlads {

inline constexpr int64_t kLargestSize = int64_t{1} << 31;

// Far above every model, and low enough that sums over all tensors and tokens stay below 2^63.
inline constexpr int64_t kWidest = int64_t{1} << 20, kLargestVocabulary = int64_t{1} << 24;
inline constexpr int64_t kMostLayers = 10'000, kLargestHead = 1024;

/// Of one JSON object, remembered as they are read. UserError naming the field and `where`.
class ConfigFields {
 public:
  ConfigFields(const nlohmann::json& object, std::string where) : object_(object), where_(std::move(where)) {}

  /// nullptr if the field is missing or null.
  const nlohmann::json* find(std::string_view name);

  /// Whether the field is there and null.
  bool is_null(std::string_view name) const;

  /// A whole number from 1 to `most`.
  int64_t size(std::string_view name, int64_t most);
  int64_t size_or(std::string_view name, int64_t fallback, int64_t most = kLargestSize);

  /// A whole number from 0 on.
  int64_t count_or(std::string_view name, int64_t fallback);

  double positive_or(std::string_view name, double fallback);
  bool flag_or(std::string_view name, bool fallback);
  std::string text_or(std::string_view name, const std::string& fallback);

  /// One number or a list of them, each in [0, limit).
  std::vector<int64_t> indices(std::string_view name, int64_t limit);

  /// A mixer's option in the form in which MixerOptions has it.
  int64_t option(const MixerOption& option);

  /// torch_dtype or dtype. "auto" leaves it to the weights, as does no value. Of the two spellings the newer
  /// one counts.
  void read_dtype(ModelConfig& config);

  std::vector<std::string> unread() const;
  const std::string& where() const { return where_; }

 private:
  int64_t whole_number(std::string_view name, const nlohmann::json& field, int64_t least, int64_t most) const;

  const nlohmann::json& object_;
  std::string where_;
  std::set<std::string, std::less<>> read_;
};

/// Reads the config of an RWKV-7 model, in any of its layouts on the Hugging Face hub.
ModelConfig parse_rwkv_config(ConfigFields& fields, const std::string& text);

}  // namespace radlads
