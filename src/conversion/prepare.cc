#include "conversion/prepare.h"

#include <algorithm>
#include <array>

#include <fmt/ranges.h>

#include "conversion/self_text.h"
#include "core/error.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "data/tokenize.h"
#include "infer/weights.h"
#include "io/binidx.h"
#include "io/file.h"
#include "model/model_folder.h"
#include "recipe/yaml.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

/// Options that may differ between a run and its resumption.
constexpr std::array<std::string_view, 3> kFreeOptions = {"threads", "checkpoint_every", "recompute"};

Command command_of(const RunRequest& request) {
  return request.command == "pretrain" ? Command::kPretrain : Command::kConvert;
}

/// Steps that a command does not have get no tokens.
void keep_steps_of(const std::string& command, Recipe& recipe) {
  if (command == "convert" || command == "pretrain") return;
  for (const auto& [name, step] :
       {std::pair{"align", &recipe.align}, {"distill", &recipe.distill}, {"extend", &recipe.extend}}) {
    if (command != name) step->tokens = 0;
  }
}

std::vector<const StepRecipe*> active_steps(const RunRequest& request, const Recipe& recipe) {
  std::vector<const StepRecipe*> steps = {&recipe.align, &recipe.distill, &recipe.extend};
  if (command_of(request) == Command::kPretrain) steps = {&recipe.pretrain};
  std::erase_if(steps, [](const StepRecipe* step) { return step->tokens == 0; });
  return steps;
}

Recipe settled_recipe(const RunRequest& request, const RecipeSources& sources) {
  Recipe recipe = read_recipe(sources, command_of(request));
  keep_steps_of(request.command, recipe);
  settle(recipe, command_of(request));
  return recipe;
}

/// The run's recipe, overridden by what the user gives now, which must change nothing that matters.
Recipe resumed_recipe(const RunRequest& request, const RunFolder& folder) {
  Recipe before = settled_recipe(request, {{folder.recipe()}, {}});
  RecipeSources sources = request.sources;
  sources.files.insert(sources.files.begin(), folder.recipe());
  Recipe now = settled_recipe(request, sources);
  const std::vector<Option> old_options = recipe_options(before, command_of(request));
  const std::vector<Option> new_options = recipe_options(now, command_of(request));
  for (size_t i = 0; i < old_options.size(); ++i) {
    const std::vector<std::string> was = old_options[i].get(), is = new_options[i].get();
    const bool is_free =
        std::find(kFreeOptions.begin(), kFreeOptions.end(), old_options[i].name) != kFreeOptions.end();
    if (was != is && !is_free) {
      fail("[resume] {} was {} in {}, now it is {}: give the run's value, or start again with --overwrite",
           old_options[i].name, fmt::join(was, ","), folder.path.string(), fmt::join(is, ","));
    }
  }
  return now;
}

/// Refuses to go over finished or unfinished work unasked. Returns whether there is a run to go on with.
bool settle_existing(const RunRequest& request, const RunFolder& folder) {
  const bool has_run = fs::exists(folder.job());  // what a preparation writes last
  if (request.overwrite) {
    remove_folder(folder.path);
    return false;
  }
  if (has_run && !request.resume) {
    fail("[{}] there is a run in {}: go on with --resume, or start again with --overwrite", request.command,
         folder.path.string());
  }
  if (!has_run && fs::exists(request.student)) {
    fail("[{}] {} exists: take another name, or replace it with --overwrite", request.command,
         request.student.string());
  }
  return has_run;
}

void check_same_models(const RunRequest& request, const RunFolder& folder) {
  if (!fs::exists(folder.job())) return;
  const Job job = read_job(folder);
  if (job.command != request.command || job.teacher != request.teacher || job.start != request.from) {
    fail(
        "[resume] the run in {} is {} of {}, not {} of {}: give the same folders, or start again with "
        "--overwrite",
        folder.path.string(), job.command, job.teacher, request.command, request.teacher.string());
  }
}

/// The config of the model that trains; everything about the models that can be refused is refused here.
ModelConfig model_config(const RunRequest& request, const Recipe& recipe) {
  if (request.command == "pretrain") {
    const ModelConfig config = parse_config(read_text_file(request.config), request.config.string());
    if (!config.is_teacher())
      fail("[pretrain] {} is no softmax transformer: {}", config.model_type, request.config.string());
    return config;
  }
  const ModelConfig teacher = open_model(request.teacher).config;
  if (request.from.empty()) return student_of(recipe, teacher);
  ModelConfig start = open_model(request.from).config;
  if (start.V != teacher.V || start.C != teacher.C || start.L != teacher.L) {
    fail("[{}] {} is no student of {}: its sizes differ", request.command, request.from.string(),
         request.teacher.string());
  }
  return start;
}

void write_tokens(const RunRequest& request, const Recipe& recipe, const ModelConfig& config,
                  const Tokenizer& tokenizer, const RunFolder& folder) {
  make_folder(folder.tokens().parent_path());
  if (recipe.data == std::vector<std::string>{"self"}) {
    int64_t tokens = recipe.self_tokens, context = recipe.self_context;
    for (const StepRecipe* step : active_steps(request, recipe)) {
      if (recipe.self_tokens == 0) tokens = std::max(tokens, step->tokens);
      if (recipe.self_context == 0) context = std::max(context, step->context);
    }
    const int threads = recipe.threads > 0 ? static_cast<int>(recipe.threads) : available_cores();
    write_self_text(infer::load_weights(request.teacher), tokenizer,
                    {tokens, context, recipe.self_temperature, recipe.seed, threads}, folder.tokens());
    return;
  }
  const std::vector<fs::path> files(recipe.data.begin(), recipe.data.end());
  tokenize_files(files, tokenizer, config.V, folder.tokens());
  const Binidx tokens(folder.tokens());
  info("{} documents, {} tokens in {}{}", tokens.num_documents(), tokens.num_tokens(), recipe.data.front(),
       files.size() > 1 ? fmt::format(" and {} more", files.size() - 1) : "");
}

void check_request(const RunRequest& request, const Recipe& recipe) {
  const bool trains = !active_steps(request, recipe).empty();
  if (trains && recipe.data.empty()) {
    fail("[{}] give --data FILE..., or --data self to train on text that the teacher writes",
         request.command);
  }
  const bool writes_own = std::find(recipe.data.begin(), recipe.data.end(), "self") != recipe.data.end();
  if (writes_own && recipe.data.size() > 1)
    fail("[{}] data: self stands alone, without files", request.command);
  if (writes_own && request.command == "pretrain") fail("[pretrain] data: self needs a teacher; give files");
  if (!trains && request.command != "convert" && request.command != "transfer") {
    fail("[{}] {}.tokens is 0: there is nothing to do", request.command, request.command);
  }
}

}  // namespace

std::optional<PreparedRun> prepare_run(const RunRequest& request) {
  const RunFolder folder = RunFolder::of(request.student);
  const bool resumes = settle_existing(request, folder);
  Recipe recipe = resumes ? resumed_recipe(request, folder) : settled_recipe(request, request.sources);
  if (resumes) check_same_models(request, folder);
  if (resumes && fs::exists(request.student)) {
    info("{} is finished; there is nothing to do", request.student.string());
    return std::nullopt;
  }
  check_request(request, recipe);
  const ModelConfig config = model_config(request, recipe);
  const std::unique_ptr<Tokenizer> tokenizer = load_tokenizer(request.tokenizer);

  make_folder(folder.path);
  check_writable(folder.path);
  const bool trains = !active_steps(request, recipe).empty();
  if (resumes) return PreparedRun{folder, recipe, trains};
  settle_micro_batches(recipe, config, available_memory_bytes());
  write_text_file(folder.recipe(), to_yaml(recipe_options(recipe, command_of(request))));
  if (trains) write_tokens(request, recipe, config, *tokenizer, folder);
  write_text_file(folder.config(), config.source);
  write_text_file(folder.job(),
                  to_yaml(Job{request.command, request.teacher, request.from,
                              trains ? folder.tokens().string() : "", end_of_document(*tokenizer)}));
  return PreparedRun{folder, recipe, trains};
}

}  // namespace radlads
