// Golden files of the tokenizers: the ids of texts, the texts of ids, and streamed texts. All must be equal.
#pragma once

#include <filesystem>

#include "golden/result.h"

namespace radlads {

/// Checks NAME.jsonl, NAME.decode.jsonl or NAME.stream.jsonl as one case, with tokenizer_json/NAME.json next
/// to it (rwkv-world: the vocabulary in `shared`). The case is skipped if the tokenizer is missing.
GoldenResult check_tokenizer_file(const std::filesystem::path& jsonl, const std::filesystem::path& shared);

}  // namespace radlads
