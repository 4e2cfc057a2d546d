// What a file of text or of rows is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "io/byte_stream.h"

namespace radlads {

enum class DataKind : uint8_t {
  kText,       // documents, "<|endoftext|>" between them
  kJsonLines,  // an object per line
  kJsonArray,  // of objects
  kParquet,
};

/// By how the file, decompressed, begins, and if that is not conclusive by its name: JSON
/// lines are called .json, .jsonl, .jsonlines, .ndjson or .jl, each also before .gz or .zst, in any case; or
/// they begin as an object with a key in quotes. UserError for what is neither text nor rows, and for rows
/// that are not read (CSV, Arrow ...), with the remedy.
DataKind data_kind(const PeekedStream& stream);

/// "a web page", "download the file itself"
struct FalseDownload {
  std::string_view what, remedy;
};

/// What a text is that Git or a web server gave in place of a file; nullopt for any other.
std::optional<FalseDownload> false_download(std::string_view text);

}  // namespace radlads
