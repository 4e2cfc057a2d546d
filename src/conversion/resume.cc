#include "conversion/resume.h"

#include <algorithm>
#include <array>

#include <fmt/ranges.h>

#include "core/error.h"
#include "io/file.h"
#include "model/identity.h"
#include "model/model_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

/// Options that may differ between a run and its resumption.
constexpr std::array<std::string_view, 5> kFreeOptions = {"threads", "checkpoint_every", "recompute",
                                                          "eval.context", "eval.speed"};

/// Steps that a command does not have get no tokens.
void keep_steps_of(const std::string& command, Recipe& recipe) {
  if (command == "convert" || command == "pretrain") return;
  for (const StepKind step : kAllSteps) {
    if (step_name(step) != command) recipe.step(step).tokens = 0;
  }
}

void complete(const RunRequest& request, Recipe& recipe) {
  if (recipe.mixer.empty() && !request.from.empty())
    recipe.mixer = open_model(request.from).config.mixer().name;
  keep_steps_of(request.command, recipe);
  settle(recipe, request.kind());
}

/// What the run decided for itself is not decided again.
void keep_decisions(Recipe& before, Recipe& now) {
  if (!now.dtype) now.dtype = before.dtype;
  for (const StepKind step : kAllSteps) {
    int64_t& micro_batch = now.step(step).micro_batch;
    if (micro_batch == 0) micro_batch = before.step(step).micro_batch;
  }
}

/// A text that is read after training may change; whether there is one decides what is kept out of
/// training.
bool is_free(const Option& option, const Recipe& before, const Recipe& now) {
  if (option.name == "eval.text") return !before.eval_text.empty() && !now.eval_text.empty();
  return std::find(kFreeOptions.begin(), kFreeOptions.end(), option.name) != kFreeOptions.end();
}

}  // namespace

Recipe settled_recipe(const RunRequest& request) {
  Recipe recipe = read_recipe(request.sources, request.kind());
  complete(request, recipe);
  return recipe;
}

Recipe resumed_recipe(const RunRequest& request, const RunFolder& folder) {
  RecipeSources sources = request.sources;
  sources.files.insert(sources.files.begin(), folder.recipe());
  Recipe before = read_recipe({{folder.recipe()}, {}}, request.kind());
  if (read_text_file(folder.recipe()).find(':') == std::string::npos) {
    fail("[resume] {} is damaged: it is empty; start over with --overwrite", folder.recipe().string());
  }
  Recipe now = read_recipe(sources, request.kind());
  keep_decisions(before, now);
  complete(request, now);
  const std::vector<Option> old_options = recipe_options(before, request.kind());
  const std::vector<Option> new_options = recipe_options(now, request.kind());
  for (size_t i = 0; i < old_options.size(); ++i) {
    const std::vector<std::string> was = old_options[i].get(), is = new_options[i].get();
    if (was != is && !is_free(old_options[i], before, now)) {
      fail("[resume] {} was {} in {}, now it is {}: give the run's value, or start over with --overwrite",
           old_options[i].name, fmt::join(was, ","), folder.path.string(), fmt::join(is, ","));
    }
  }
  return now;
}

Job resumed_job(const RunRequest& request, const RunFolder& folder) {
  Job job = read_job(folder);
  const auto check = [&](bool same, const std::string& what) {
    if (!same) {
      fail("[resume] {} of the run in {}: give that one, or start over with --overwrite", what,
           folder.path.string());
    }
  };
  check(job.command == request.command, request.command + " is not the command (" + job.command + ")");
  check(job.teacher_mark == mark_of(request.teacher),
        request.teacher.string() + " is not, or no longer, the teacher");
  if (request.kind() == Command::kPretrain) {
    check(parse_config(read_text_file(request.config), request.config.string()).source ==
              read_text_file(folder.config()),
          request.config.string() + " is not, or no longer, the config");
  }
  check(job.start_mark == mark_of(request.from),
        (request.from.empty() ? "a fresh student" : request.from.string()) +
            " is not, or no longer, the start");
  job.teacher = request.teacher;
  job.start = request.from;
  return job;
}

std::string mark_of(const fs::path& model_folder) {
  return model_folder.empty() ? "" : fingerprint(model_folder);
}

}  // namespace radlads
