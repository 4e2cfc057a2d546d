// The text of a run as tokens: that of files, or, without a corpus, text that the teacher writes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "conversion/prepare.h"
#include "infer/weights.h"
#include "text/tokenizer.h"

namespace radlads {

/// Writes what a run trains on as TARGET.bin and TARGET.idx: the recipe's data files, or what the teacher
/// writes (data: self), which is as long as the largest step needs if the recipe leaves it open.
void write_corpus(const RunRequest& request, const Recipe& recipe, const ModelConfig& config,
                  const Tokenizer& tokenizer, const std::filesystem::path& target);

struct SelfTextOptions {
  int64_t tokens = 0;   // to write, at least
  int64_t context = 0;  // longest document
  double temperature = 1;
  uint64_t seed = 1;
  int num_threads = 1;
  std::string teacher_mark;  // distinguishes the teacher from others
  int64_t memory_bytes = 0;  // that are free
};

/// Samples documents and writes them as TARGET.bin, TARGET.idx. Each begins as the tokenizer begins a text
/// and ends where the teacher ends it, or at `context` tokens. They are written in batches of up to 32, as
/// many as fit in memory; a batch depends only on its number, the seed and its size, not on threads.
/// Finished batches are in self_text_file(target): after an interruption the same call continues there, and
/// gives the same bytes. UserError if the tokenizer has nothing to start a text with, if not even one
/// document fits in memory, and where the teacher's logits are not finite.
void write_self_text(std::shared_ptr<const infer::Weights> teacher, const Tokenizer& tokenizer,
                     const SelfTextOptions& options, const std::filesystem::path& target);

/// The file with what is written so far; not needed once the target is in place.
std::filesystem::path self_text_file(const std::filesystem::path& target);

}  // namespace radlads
