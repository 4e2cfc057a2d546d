// The options of mixers, by their keys in config.json: what a mixer declares, and the values that a model
// has.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/error.h"

namespace radlads {

/// One option, as recipes, flags and config.json spell it.
struct MixerOption {
  enum class Kind : uint8_t {
    kFlag,   // true or false
    kCount,  // a number from 0 to `most`
    kRank,   // of a low-rank pair; 0: by the width
  };
  std::string_view key;
  Kind kind = Kind::kFlag;
  std::string_view help;
  int64_t unstated = 0;        // what a config.json without the key means
  int64_t fresh = 0;           // of a new student: the paper's (arXiv 2505.03005)
  int64_t most = 1;            // of a count
  std::string_view axis = {};  // of a rank: its symbol among the axes of the tensor table
};

/// The values of a model's mixers. Flags are 0 and 1.
class MixerOptions {
 public:
  /// InternalError if the model's mixers have no such option.
  int64_t operator[](std::string_view key) const {
    const auto it = values_.find(key);
    RADLADS_CHECK(it != values_.end(), "no mixer option {}", key);
    return it->second;
  }

  void set(std::string_view key, int64_t value) { values_.insert_or_assign(std::string(key), value); }

  const std::map<std::string, int64_t, std::less<>>& all() const { return values_; }

 private:
  std::map<std::string, int64_t, std::less<>> values_;
};

}  // namespace radlads
