// Real files outside the checkout.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace radlads {

/// RADLADS_SHARED, or ../shared next to the checkout. May not exist; tests are skipped then.
inline std::filesystem::path shared_folder() {
  const char* const chosen = std::getenv("RADLADS_SHARED");
  return chosen != nullptr ? std::filesystem::path(chosen)
                           : std::filesystem::path(RADLADS_SOURCE_DIR "/../shared");
}

}  // namespace radlads
