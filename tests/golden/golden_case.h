// What the checks of one golden case share: its tensors, its tolerances, and the list of what failed.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "io/safetensors.h"

namespace radlads {

class GoldenCase {
 public:
  /// `folder` may hold a case.json whose "bounds" replace the given ones.
  GoldenCase(std::filesystem::path folder, std::map<std::string, double> bounds);

  double bound(const std::string& kind) const { return bounds_.at(kind); }

  /// err(got, wanted) = max|got - wanted| / max|wanted| against the bound of `kind`.
  void check(const std::string& name, std::span<const float> got, std::span<const float> wanted,
             const std::string& kind);
  void check(const std::string& name, double got, double wanted, const std::string& kind);

  /// A failure in words.
  void fail(const std::string& message);

  const std::filesystem::path& folder() const { return folder_; }
  std::vector<std::string> failures() const { return failures_; }

 private:
  std::filesystem::path folder_;
  std::map<std::string, double> bounds_;
  std::vector<std::string> failures_;
};

/// The tensor of this name as floats, or as token ids; throws UserError if the file has none.
std::span<const float> floats_of(const Safetensors& file, const std::string& name);
std::vector<int32_t> ids_of(const Safetensors& file, const std::string& name);
bool has(const Safetensors& file, const std::string& name);

}  // namespace radlads
