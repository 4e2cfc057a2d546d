// The text of a run as tokens.
#pragma once

#include "conversion/prepare.h"
#include "text/tokenizer.h"

namespace radlads {

/// Writes what a run trains on as TARGET.bin and TARGET.idx: the recipe's data files, or what the teacher
/// writes (data: self), which is as long as the largest step needs if the recipe leaves it open.
void write_corpus(const RunRequest& request, const Recipe& recipe, const ModelConfig& config,
                  const Tokenizer& tokenizer, const std::filesystem::path& target);

}  // namespace radlads
