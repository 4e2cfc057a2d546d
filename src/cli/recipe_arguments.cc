#include "cli/recipe_arguments.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "recipe/option.h"

namespace radlads::cli {
namespace {

/// "--align.warmup_steps", and "--align.warmup-steps" for those who expect it.
std::string flag_names(const std::string& option) {
  std::string dashed = option;
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  return dashed == option ? "--" + option : fmt::format("--{},--{}", option, dashed);
}

}  // namespace

void RecipeArguments::add_to(CLI::App& command, Command kind) {
  command.add_option("--recipe", file_, "YAML file with the options below; flags override it");
  const std::vector<Option> options = recipe_options(defaults_, kind);
  for (const Option& option : options) values_.push_back({option.name, {}});
  for (size_t i = 0; i < options.size(); ++i) {
    const size_t dot = options[i].name.find('.');
    CLI::Option* flag = command.add_option(flag_names(options[i].name), values_[i].second, options[i].help);
    flag->expected(options[i].is_list ? 0 : 1,
                   options[i].is_list ? CLI::detail::expected_max_vector_size : 1);
    if (!options[i].is_list) flag->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    flag->type_name(options[i].values);
    flag->default_str(fmt::format("{}", fmt::join(options[i].get(), ",")));
    flag->group(dot == std::string::npos ? "Recipe" : "Recipe: " + options[i].name.substr(0, dot));
  }
}

RecipeSources RecipeArguments::sources(const CLI::App& command) const {
  RecipeSources sources;
  if (!file_.empty()) sources.files.push_back(file_);
  for (const auto& [name, values] : values_) {
    if (command.count("--" + name) > 0) sources.flags.emplace_back(name, values);
  }
  return sources;
}

}  // namespace radlads::cli
