// Turns trained weights into a complete Hugging Face folder.
#pragma once

#include <filesystem>
#include <string>

#include "model/config.h"

namespace radlads {

/// Copies what belongs to the text side of a model from `source` (tokenizer files, chat template, generation
/// config) into `target`, which exists.
void copy_tokenizer_files(const std::filesystem::path& source, const std::filesystem::path& target);

/// Writes the modeling and configuration files that the config's auto_map names; nothing for a softmax
/// model, which transformers knows.
void write_modeling_files(const ModelConfig& config, const std::filesystem::path& target);

}  // namespace radlads
