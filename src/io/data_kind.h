// What a file of text or of rows is.
#pragma once

#include <cstdint>

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
/// the first line is an object. UserError for what is neither text nor rows, and for rows that are not read
/// (CSV, Arrow ...), with the remedy.
DataKind data_kind(const PeekedStream& stream);

}  // namespace radlads
