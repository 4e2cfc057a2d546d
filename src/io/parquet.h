// Parquet files, in builds that read them (cmake -DRADLADS_PARQUET=ON, with Apache Arrow).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace radlads {

/// Whether this build can read Parquet.
bool reads_parquet();

/// UserError, which names the file and what to build, if it does not.
void check_reads_parquet(const std::filesystem::path& file);

/// The rows as objects, their columns in the file's order: null, booleans, numbers, texts, lists and structs.
/// UserError naming the file for one that is broken or has columns of other types, and in builds that do not
/// read Parquet.
std::vector<nlohmann::ordered_json> read_parquet(const std::filesystem::path& file);

/// Calls `text` with each row's value of a column of texts, nullopt for null, one row group in memory at a
/// time; the view is valid during the call. Returns false once `text` does, which ends the reading. UserError
/// as above, and for a file without such a column.
bool for_each_text_of_column(const std::filesystem::path& file, const std::string& column,
                             const std::function<bool(std::optional<std::string_view>)>& text);

}  // namespace radlads
