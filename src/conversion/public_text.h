// What a student's published model card says about the run: the command and the recipe, without the folders
// of the machine that they name. The report next to the student keeps them in full.
#pragma once

#include <string>
#include <string_view>

#include "recipe/recipe.h"

namespace radlads {

/// A path without its folders; one in the hub's cache as the model's name there. Other text as it is.
std::string public_path(std::string_view path);

/// A command line, quoted for a shell, with public paths. `teacher` is the teacher's public name, and
/// replaces the argument that names it.
std::string public_command(std::string_view command, std::string_view teacher);

/// The recipe with public paths.
Recipe public_recipe(Recipe recipe);

}  // namespace radlads
