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

/// A switch without a value takes the next argument as its value, for example the teacher's folder.
CLI::Validator one_of_switch(const std::string& name) {
  const auto check = [name](const std::string& text) {
    if (text.empty() || text == "true" || text == "false") return std::string();
    return fmt::format("{} is neither true nor false; before other arguments write --{} true", text, name);
  };
  return {check, ""};
}

}  // namespace

void RecipeArguments::add_to(CLI::App& command, Command kind) {
  command.add_option("--recipe", file_, "YAML file with the options below; flags override it");
  const std::vector<Option> options = recipe_options(defaults_, kind);
  for (const Option& option : options)
    arguments_.push_back({option.name, /*is_switch=*/option.values == kSwitch, {}});
  for (size_t i = 0; i < options.size(); ++i) {
    const auto& [name, values, help, is_list, set, get] = options[i];
    const size_t dot = name.find('.');
    CLI::Option* flag = command.add_option(flag_names(name), arguments_[i].values, help);
    flag->expected(is_list || arguments_[i].is_switch ? 0 : 1,
                   is_list ? CLI::detail::expected_max_vector_size : 1);
    // Without this, what follows `--seed 1` up to the next option is taken as values for it, including the
    // folders.
    if (!is_list) flag->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    const std::string otherwise = fmt::format("{}", fmt::join(get(), ","));
    if (arguments_[i].is_switch) {
      flag->type_name(fmt::format("{}={}", values, otherwise));  // a default would replace a missing value
      flag->check(one_of_switch(name));
    } else {
      flag->type_name(values);
      flag->default_str(otherwise);
    }
    flag->group(dot == std::string::npos ? "Recipe" : "Recipe: " + name.substr(0, dot));
  }
}

RecipeSources RecipeArguments::sources(const CLI::App& command) const {
  RecipeSources sources;
  if (!file_.empty()) sources.files.push_back(file_);
  for (const auto& [name, is_switch, values] : arguments_) {
    if (command.count("--" + name) == 0) continue;
    const bool stands_alone = is_switch && values == std::vector<std::string>{""};
    sources.flags.emplace_back(name, stands_alone ? std::vector<std::string>{"true"} : values);
  }
  return sources;
}

}  // namespace radlads::cli
