#include "cli/recipe_arguments.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "recipe/option.h"

namespace radlads::cli {
namespace {

constexpr std::string_view kSwitch = "true|false";

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
  for (const Option& option : options) arguments_.push_back({option.name, {}});
  for (size_t i = 0; i < options.size(); ++i) {
    const auto& [name, values, help, is_list, set, get] = options[i];
    const size_t dot = name.find('.');
    CLI::Option* flag = command.add_option(flag_names(name), arguments_[i].values, help);
    if (is_list) {
      flag->expected(0, CLI::detail::expected_max_vector_size);
    } else {
      // Otherwise what follows `--seed 1`, up to the next option, is taken as more values, including the
      // folders.
      flag->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
    const std::string otherwise = fmt::format("{}", fmt::join(get(), ","));
    if (values == kSwitch) {
      flag->type_name(fmt::format("{}={}", values, otherwise));
    } else {
      flag->type_name(values);
      flag->default_str(otherwise);
    }
    flag->group(dot == std::string::npos ? "Recipe" : "Recipe: " + name.substr(0, dot));
  }
}

std::vector<std::string> with_values_of_switches(const CLI::App& command, std::span<char* const> arguments) {
  std::vector<std::string> complete;
  for (size_t i = 0; i < arguments.size(); ++i) {
    complete.emplace_back(arguments[i]);
    const CLI::Option* option = command.get_option_no_throw(complete.back());
    if (option == nullptr || !option->get_type_name().starts_with(kSwitch)) continue;
    const std::string_view next = i + 1 < arguments.size() ? arguments[i + 1] : "";
    if (next != "true" && next != "false") complete.emplace_back("true");
  }
  return complete;
}

RecipeSources RecipeArguments::sources(const CLI::App& command) const {
  RecipeSources sources;
  if (command.count("--recipe") > 0) sources.files.push_back(file_);
  for (const auto& [name, values] : arguments_) {
    if (command.count("--" + name) != 0) sources.flags.emplace_back(name, values);
  }
  return sources;
}

}  // namespace radlads::cli
