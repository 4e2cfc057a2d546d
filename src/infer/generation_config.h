// How a text is to be continued: what generation_config.json says, what a user says, and the two together.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "infer/generate.h"

namespace radlads::infer {

/// Options of GenerateOptions that somebody has an opinion about; the others are empty.
struct GenerationConfig {
  std::optional<double> temperature;  // 0: greedy
  std::optional<int64_t> top_k;
  std::optional<double> top_p, min_p;
  std::optional<double> repetition_penalty;
  std::optional<int64_t> max_new_tokens;

  /// Replaces what is not empty.
  void apply_to(GenerateOptions& options) const;

  /// "temperature 0.7, top_k 20"; "" if all is empty.
  std::string text() const;
};

/// What FOLDER/generation_config.json says; do_sample: false is temperature 0. Nothing where the folder has
/// no such file. Fields that are not of GenerationConfig are read past. UserError naming file and field for a
/// value that the field cannot have.
GenerationConfig read_generation_config(const std::filesystem::path& folder);

/// What counts of the file's word beside the user's: what the user leaves open. A greedy file does not hinder
/// a user who chooses how to sample, and where one wants greedy, nothing of sampling counts.
GenerationConfig beside(const GenerationConfig& file, const GenerationConfig& user);

}  // namespace radlads::infer
