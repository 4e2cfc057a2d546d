// Turns trained weights into a complete Hugging Face folder. Its model card, which is published, gives the
// command and the recipe of the run without the folders of the machine that they name; the report next to the
// student keeps them in full.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "model/config.h"
#include "recipe/recipe.h"

namespace radlads {

/// Copies what belongs to the text side of a model from `source` (tokenizer files, chat template, generation
/// config) into `target`, which exists.
void copy_tokenizer_files(const std::filesystem::path& source, const std::filesystem::path& target);

/// Writes the modeling and configuration files that the config's auto_map names; nothing for a softmax
/// model, which transformers knows.
void write_modeling_files(const ModelConfig& config, const std::filesystem::path& target);

/// A path without its folders; one in the hub's cache as the model's name there. Other text as it is.
std::string public_path(std::string_view path);

/// A command line, quoted for a shell, with public paths. `teacher` is the teacher's public name, and
/// replaces the argument that names it.
std::string public_command(std::string_view command, std::string_view teacher);

/// The recipe with public paths.
Recipe public_recipe(Recipe recipe);

}  // namespace radlads
