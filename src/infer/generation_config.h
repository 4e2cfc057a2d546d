// How to continue a text: what generation_config.json says, what a user says, and the two combined.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "infer/generate.h"

namespace radlads::infer {

/// Options of GenerateOptions that somebody has set; the others are empty.
struct GenerationConfig {
  std::optional<double> temperature;  // 0: greedy
  std::optional<int64_t> top_k;
  std::optional<double> top_p, min_p;
  std::optional<double> repetition_penalty;
  std::optional<int64_t> max_new_tokens;
  std::optional<int64_t> max_length;  // of prompt and new tokens; empty where max_new_tokens is not

  /// Replaces what is not empty, but for max_length.
  void apply_to(GenerateOptions& options) const;

  /// UserError if the prompt's tokens are as many as max_length allows.
  void apply_max_length(GenerateOptions& options, int64_t prompt_tokens) const;

  /// "temperature 0.7, top_k 20"; "" if all is empty.
  std::string text() const;
};

/// What FOLDER/generation_config.json says; do_sample: false is temperature 0, do_sample: true without top_k
/// is top_k 50, as in transformers. Nothing where the folder has no such file. UserError naming file and
/// field for an invalid value.
GenerationConfig read_generation_config(const std::filesystem::path& folder);

/// The file's other settings that change what transformers generates, by name; without those that are off.
std::vector<std::string> settings_without_effect(const std::filesystem::path& folder);

/// What remains of the file's settings next to the user's: what the user leaves open. A greedy file does not
/// stop a user from sampling, and where the result is greedy, sampling settings do not count.
GenerationConfig beside(const GenerationConfig& file, const GenerationConfig& user);

}  // namespace radlads::infer
