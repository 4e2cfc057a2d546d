// Training text without a corpus: the teacher writes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "infer/weights.h"
#include "text/tokenizer.h"

namespace radlads {

struct SelfTextOptions {
  int64_t tokens = 0;   // to write, at least
  int64_t context = 0;  // longest document
  double temperature = 1;
  uint64_t seed = 1;
  int num_threads = 1;
};

/// Samples documents, many at a time, and writes them as TARGET.bin, TARGET.idx. Each begins as the tokenizer
/// begins a text and ends where the teacher ends it, or at `context` tokens. Document d depends on the seed
/// and d alone. UserError if the tokenizer has nothing to begin a text with.
void write_self_text(std::shared_ptr<const infer::Weights> teacher, const Tokenizer& tokenizer,
                     const SelfTextOptions& options, const std::filesystem::path& target);

}  // namespace radlads
