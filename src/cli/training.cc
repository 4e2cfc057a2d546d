// radlads convert | transfer | align | distill | extend | pretrain
#include <memory>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/recipe_arguments.h"
#include "conversion/run.h"
#include "core/log.h"

namespace radlads::cli {
namespace {

/// One command's arguments as the parser fills them in.
struct Arguments {
  RunRequest request;
  RecipeArguments recipe;
};

void add_run_flags(CLI::App& command, RunRequest& request) {
  auto* resume = command.add_flag("--resume", request.resume, "continue the run where it stopped");
  command.add_flag("--overwrite", request.overwrite, "start over, replacing what is there")->excludes(resume);
}

int run(const RunRequest& request, const Invocation& invocation) {
  const TrainingOutcome outcome = run_training(request, invocation.text);
  if (outcome.report) {
    fmt::print("{}", text_summary(*outcome.report));
    info("{}: {}    report: {}", request.kind() == Command::kPretrain ? "model" : "student",
         request.student.string(), RunFolder::of(request.student).report().string());
  }
  return outcome.status;
}

void add_conversion(CLI::App& app, Invocation& invocation, const std::string& name, const std::string& help) {
  CLI::App* command = app.add_subcommand(name, help);
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, "TEACHER", arguments->request.teacher, kTeacherHelp)->required();
  command
      ->add_option("STUDENT", arguments->request.student, "folder to write; the run is kept in STUDENT.run")
      ->required();
  if (name != "convert" && name != "transfer") {
    add_model(*command, "--from", arguments->request.from, "student to start from; default: a fresh one");
  }
  add_run_flags(*command, arguments->request);
  arguments->recipe.add_to(*command, Command::kConvert);
  command->callback([command, arguments, name, &invocation] {
    arguments->request.command = name;
    arguments->request.tokenizer = arguments->request.teacher;
    arguments->request.sources = arguments->recipe.sources(*command);
    invocation.status.value = run(arguments->request, invocation);
  });
}

void add_pretrain(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("pretrain", "Train a softmax transformer from scratch");
  auto arguments = std::make_shared<Arguments>();
  command
      ->add_option("CONFIG", arguments->request.config,
                   "config.json of the model; its tokenizer is in the same folder")
      ->required();
  command->add_option("MODEL", arguments->request.student, "folder to write; the run is kept in MODEL.run")
      ->required();
  add_model(*command, "--tokenizer", arguments->request.tokenizer,
            "folder of the tokenizer, if it is a different one");
  add_run_flags(*command, arguments->request);
  arguments->recipe.add_to(*command, Command::kPretrain);
  command->callback([command, arguments, &invocation] {
    RunRequest& request = arguments->request;
    request.command = "pretrain";
    if (std::filesystem::is_directory(request.config)) request.config /= "config.json";
    if (request.tokenizer.empty())
      request.tokenizer = std::filesystem::absolute(request.config).parent_path();
    request.sources = arguments->recipe.sources(*command);
    invocation.status.value = run(request, invocation);
  });
}

}  // namespace

void add_training_commands(CLI::App& app, Invocation& invocation) {
  add_conversion(app, invocation, "convert", "Convert a transformer: transfer, align, distill, extend");
  add_conversion(app, invocation, "transfer", "Step 0: the student's first weights, copied and initialized");
  add_conversion(app, invocation, "align", "Step 1: mixers learn the outputs of the teacher's attention");
  add_conversion(app, invocation, "distill", "Step 2: the student learns the teacher's predictions");
  add_conversion(app, invocation, "extend", "Step 3: the student reads longer texts, without the teacher");
  add_pretrain(app, invocation);
}

}  // namespace radlads::cli
