// What a comparison with golden files found.
#pragma once

#include <string>
#include <vector>

namespace radlads {

struct GoldenResult {
  int passed = 0, failed = 0, skipped = 0;  // cases
  std::vector<std::string> messages;        // of the failed and the skipped cases
};

/// One case: passed if no check of it failed.
inline GoldenResult case_result(std::vector<std::string> failures) {
  GoldenResult result;
  (failures.empty() ? result.passed : result.failed) = 1;
  result.messages = std::move(failures);
  return result;
}

}  // namespace radlads
