// Parquet files, in builds that read them (cmake -DRADLADS_PARQUET=ON, with Apache Arrow).
#pragma once

#include <filesystem>
#include <vector>

#include <nlohmann/json.hpp>

namespace radlads {

/// Whether this build reads Parquet.
bool reads_parquet();

/// The rows as objects, their columns in the file's order: null, booleans, numbers, texts, lists and structs.
/// UserError naming the file for one that is broken or has columns of other types, and in builds that do not
/// read Parquet.
std::vector<nlohmann::ordered_json> read_parquet(const std::filesystem::path& file);

}  // namespace radlads
