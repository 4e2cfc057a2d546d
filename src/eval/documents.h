// Texts to score: each is encoded with the tokenizer's special tokens, cut, and read alone from a fresh
// state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "io/text_source.h"
#include "text/tokenizer.h"

namespace radlads {

/// The first `count` documents (all, if negative) of the files, each cut to its first `context` ids.
/// Documents of fewer than two ids have nothing to predict and are left out. UserError if none is left.
std::vector<std::vector<TokenId>> encode_documents(std::span<const std::filesystem::path> files,
                                                   const TextOptions& options, const Tokenizer& tokenizer,
                                                   int64_t count, int64_t context);

}  // namespace radlads
