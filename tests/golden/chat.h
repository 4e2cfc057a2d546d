// Golden files of chat templates: the texts of conversations, and their ids. All must be equal.
#pragma once

#include <filesystem>

#include "golden/result.h"

namespace radlads {

/// Checks NAME.jsonl as one case, with the template NAME.jinja next to it; the ids with the tokenizer of that
/// name in the folder `tokenizers`. The case is skipped, unless a text differs, where the tokenizer is
/// missing.
GoldenResult check_chat_file(const std::filesystem::path& jsonl, const std::filesystem::path& tokenizers);

}  // namespace radlads
