// radlads convert | transfer | align | distill | extend | pretrain
#include <algorithm>
#include <memory>

#include "cli/command.h"
#include "conversion/run.h"
#include "recipe/option.h"

namespace radlads::cli {
namespace {

/// One command's arguments as the parser fills them in.
struct Arguments {
  RunRequest request;
  std::filesystem::path recipe_file;
  Recipe defaults;                                                       // for the help text
  std::vector<std::pair<std::string, std::vector<std::string>>> values;  // of every recipe option
};

/// "--align.warmup_steps", and "--align.warmup-steps" for those who expect it.
std::string flag_names(const std::string& option) {
  std::string dashed = option;
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  return dashed == option ? "--" + option : fmt::format("--{},--{}", option, dashed);
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ",") + value;
  return text;
}

void add_recipe_options(CLI::App& command, Arguments& arguments, Command kind) {
  command.add_option("--recipe", arguments.recipe_file,
                     "YAML file with the options below; flags override it");
  const std::vector<Option> options = recipe_options(arguments.defaults, kind);
  for (const Option& option : options) arguments.values.push_back({option.name, {}});
  for (size_t i = 0; i < options.size(); ++i) {
    const size_t dot = options[i].name.find('.');
    CLI::Option* flag =
        command.add_option(flag_names(options[i].name), arguments.values[i].second, options[i].help);
    flag->expected(options[i].is_list ? 0 : 1,
                   options[i].is_list ? CLI::detail::expected_max_vector_size : 1);
    if (!options[i].is_list) flag->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    flag->type_name(options[i].values);
    flag->default_str(joined(options[i].get()));
    flag->group(dot == std::string::npos ? "Recipe" : "Recipe: " + options[i].name.substr(0, dot));
  }
}

void add_run_flags(CLI::App& command, RunRequest& request) {
  auto* resume = command.add_flag("--resume", request.resume, "go on with the run where it stopped");
  command.add_flag("--overwrite", request.overwrite, "start again, over what is there")->excludes(resume);
}

/// The options that were given, as the recipe wants them.
RecipeSources sources_of(const CLI::App& command, const Arguments& arguments) {
  RecipeSources sources;
  if (!arguments.recipe_file.empty()) sources.files.push_back(arguments.recipe_file);
  for (const auto& [name, values] : arguments.values) {
    if (command.count("--" + name) > 0) sources.flags.emplace_back(name, values);
  }
  return sources;
}

void add_conversion(CLI::App& app, Invocation& invocation, const std::string& name, const std::string& help) {
  CLI::App* command = app.add_subcommand(name, help);
  auto arguments = std::make_shared<Arguments>();
  command->add_option("TEACHER", arguments->request.teacher, "Hugging Face folder of a softmax transformer")
      ->required();
  command
      ->add_option("STUDENT", arguments->request.student, "folder to write; the run is kept in STUDENT.run")
      ->required();
  if (name != "convert" && name != "transfer") {
    command->add_option("--from", arguments->request.from, "student to begin with; left out: a fresh one");
  }
  add_run_flags(*command, arguments->request);
  add_recipe_options(*command, *arguments, Command::kConvert);
  command->callback([command, arguments, name, &invocation] {
    arguments->request.command = name;
    arguments->request.tokenizer = arguments->request.teacher;
    arguments->request.sources = sources_of(*command, *arguments);
    invocation.status.value = run_training(arguments->request, invocation.text);
  });
}

void add_pretrain(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("pretrain", "Train a softmax transformer from scratch");
  auto arguments = std::make_shared<Arguments>();
  command
      ->add_option("CONFIG", arguments->request.config,
                   "config.json of the model; its tokenizer lies beside it")
      ->required();
  command->add_option("MODEL", arguments->request.student, "folder to write; the run is kept in MODEL.run")
      ->required();
  command->add_option("--tokenizer", arguments->request.tokenizer,
                      "folder of the tokenizer, if it is another");
  add_run_flags(*command, arguments->request);
  add_recipe_options(*command, *arguments, Command::kPretrain);
  command->callback([command, arguments, &invocation] {
    RunRequest& request = arguments->request;
    request.command = "pretrain";
    if (std::filesystem::is_directory(request.config)) request.config /= "config.json";
    if (request.tokenizer.empty())
      request.tokenizer = std::filesystem::absolute(request.config).parent_path();
    request.sources = sources_of(*command, *arguments);
    invocation.status.value = run_training(request, invocation.text);
  });
}

}  // namespace

void add_training_commands(CLI::App& app, Invocation& invocation) {
  add_conversion(app, invocation, "convert", "Convert a transformer: transfer, align, distill, extend");
  add_conversion(app, invocation, "transfer", "Step 0: the student's first weights, copied and initialised");
  add_conversion(app, invocation, "align", "Step 1: mixers learn the outputs of the teacher's attention");
  add_conversion(app, invocation, "distill", "Step 2: the student learns the teacher's predictions");
  add_conversion(app, invocation, "extend", "Step 3: the student reads longer texts, without the teacher");
  add_pretrain(app, invocation);
}

}  // namespace radlads::cli
