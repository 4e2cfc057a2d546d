// Golden tables: learning rates, sample order, initial values.
#pragma once

#include <filesystem>

#include "golden/result.h"

namespace radlads {

/// NAME.json, with NAME.csv or NAME.safetensors next to it.
GoldenResult check_learning_rates(const std::filesystem::path& json);
GoldenResult check_order(const std::filesystem::path& json);
GoldenResult check_initial_values(const std::filesystem::path& json);

}  // namespace radlads
