#include "conversion/request_check.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/log.h"
#include "core/units.h"
#include "data/tokenize.h"
#include "eval/score.h"
#include "model/tensor_table.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

bool is_or_holds(const fs::path& folder, const fs::path& path) {
  std::error_code error;
  const fs::path place = fs::weakly_canonical(path, error);
  if (error) return false;  // a pipe (/dev/fd/63) has no canonical path, and lies in no folder
  const fs::path inside = place.lexically_relative(fs::weakly_canonical(folder));
  return !inside.empty() && *inside.begin() != "..";
}

bool writes_own_text(const Recipe& recipe) {
  return std::find(recipe.data.begin(), recipe.data.end(), "self") != recipe.data.end();
}

/// Everything that the run reads.
std::vector<fs::path> inputs_of(const RunRequest& request, const Recipe& recipe) {
  std::vector<fs::path> inputs = {request.teacher, request.from, request.tokenizer, request.config,
                                  recipe.eval_text};
  inputs.insert(inputs.end(), request.sources.files.begin(), request.sources.files.end());
  if (!writes_own_text(recipe)) inputs.insert(inputs.end(), recipe.data.begin(), recipe.data.end());
  std::erase_if(inputs, [](const fs::path& path) { return path.empty(); });
  return inputs;
}

}  // namespace

std::vector<const StepRecipe*> active_steps(const RunRequest& request, const Recipe& recipe) {
  std::vector<const StepRecipe*> steps = {&recipe.align, &recipe.distill, &recipe.extend};
  if (request.kind() == Command::kPretrain) steps = {&recipe.pretrain};
  std::erase_if(steps, [](const StepRecipe* step) { return step->tokens == 0; });
  return steps;
}

void check_recipe(const RunRequest& request, const Recipe& recipe) {
  const bool trains = !active_steps(request, recipe).empty(),
             pretrains = request.kind() == Command::kPretrain;
  if (trains && recipe.data.empty()) {
    fail("[{}] give --data FILE...{}", request.command,
         pretrains ? "" : ", or --data self to train on text that the teacher writes");
  }
  if (writes_own_text(recipe) && recipe.data.size() > 1)
    fail("[{}] data: self cannot be combined with files", request.command);
  if (writes_own_text(recipe) && pretrains) fail("[pretrain] data: self needs a teacher; give files");
  if (!trains && request.command != "convert" && request.command != "transfer") {
    fail("[{}] {}.tokens is 0: there is nothing to do", request.command, request.command);
  }
}

void check_eval_text(const Recipe& recipe, const Tokenizer& tokenizer) {
  if (recipe.eval_text.empty() || recipe.eval_documents == 0) return;
  const fs::path file = recipe.eval_text;
  std::error_code ignored;
  if (fs::exists(file, ignored) && !fs::is_regular_file(file, ignored)) {
    fail("[recipe] eval.text: {} is not a file, and is read when training has ended: save it to a file first",
         file.string());
  }
  int64_t num_documents = 0;
  try {
    num_documents = std::ssize(eval::encode_documents({&file, 1}, {recipe.text_key, recipe.skip_bad_lines},
                                                      tokenizer, recipe.eval_documents, recipe.eval_context));
  } catch (const UserError& error) {
    fail("[recipe] eval.text cannot be used: {}", error.what());
  }
  if (num_documents < recipe.eval_documents && recipe.eval_documents != Recipe().eval_documents) {
    warn("eval.documents is {}, but {} has {} of two or more tokens", recipe.eval_documents, recipe.eval_text,
         counted(num_documents, "document"));
  }
}

void check_data_files(const Recipe& recipe) {
  if (writes_own_text(recipe)) return;
  check_data_files(std::vector<fs::path>(recipe.data.begin(), recipe.data.end()));
}

void check_links(const RunRequest& request, const RunFolder& folder) {
  fs::path student = request.student.lexically_normal();
  if (!student.has_filename()) student = student.parent_path();  // "student/"
  for (const fs::path& path : {student, folder.path}) {
    std::error_code ignored;
    if (fs::is_symlink(path, ignored) && !fs::exists(path, ignored)) {
      fail("[{}] {} is a link to nothing: remove it, or choose another name", request.command, path.string());
    }
  }
}

void check_trainable(const RunRequest& request, const Recipe& recipe, const ModelConfig& config) {
  const std::vector<TensorSpec> table = tensor_table(config);
  const std::vector<const StepRecipe*> active = active_steps(request, recipe);
  for (const StepKind kind : kAllSteps) {
    const StepRecipe* const step = &recipe.step(kind);
    const auto trains = [&](const TensorSpec& spec) {
      if (std::ranges::find(step->freeze, part_name(spec.part)) != step->freeze.end()) return false;
      if (step->lora_rank > 0) return spec.part == Part::kMixer || spec.part == Part::kFeedForward;
      return kind != StepKind::kAlign || spec.part == Part::kMixer;
    };
    if (std::ranges::find(active, step) == active.end() || std::ranges::any_of(table, trains)) continue;
    fail("[recipe] {}.freeze: {} leaves nothing to train; set {}.tokens to 0 to leave out the step",
         step_name(kind), fmt::join(step->freeze, ", "), step_name(kind));
  }
}

void check_places(const RunRequest& request, const Recipe& recipe, const RunFolder& folder) {
  const fs::path name = request.student.lexically_normal();
  if (name.empty() || name == "." || name == ".." || name == "/")
    fail("[{}] \"{}\" is not a name for a new folder", request.command, request.student.string());
  std::vector<fs::path> kept = inputs_of(request, recipe);
  kept.push_back(fs::current_path());
  for (const fs::path& target : {request.student, folder.path}) {
    for (const fs::path& path : kept) {
      if (is_or_holds(target, path)) {
        fail("[{}] this run would overwrite {}: choose another place for the student than {}",
             request.command, path.string(), target.string());
      }
    }
  }
}

void check_replaceable(const RunRequest& request, const RunFolder& folder) {
  const auto check = [&](const fs::path& path, const fs::path& sign, const char* kind) {
    if (!fs::exists(path) || fs::exists(sign) || (fs::is_directory(path) && fs::is_empty(path))) return;
    fail("[{}] {} is not a {}, and will not be replaced: choose another name, or move it away",
         request.command, path.string(), kind);
  };
  check(request.student, request.student / "config.json", "model folder");
  check(folder.path, folder.job(), "radlads run");
}

void check_start(const RunRequest& request, const Recipe& recipe, const ModelConfig& start,
                 const ModelConfig& teacher) {
  const std::string from = request.from.string();
  if (start.is_teacher())
    fail("[{}] {} is not a student: leave out --from to start with a fresh one", request.command, from);
  if (start.V != teacher.V || start.C != teacher.C || start.L != teacher.L) {
    fail("[{}] {} is not a student of {}: its sizes differ", request.command, from, request.teacher.string());
  }
  const auto refuse_if = [&](bool differs, std::string_view option) {
    if (differs) fail("[{}] {} differs from that of {}: leave it out", request.command, option, from);
  };
  const MixerOptions& is = start.options;
  refuse_if(!recipe.mixer.empty() && recipe.mixer != start.mixer().name, "mixer");
  refuse_if(!recipe.softmax_layers.empty() && recipe.softmax_layers != start.softmax_layers(),
            "softmax_layers");
  refuse_if(recipe.export_dtype.value_or(start.dtype) != start.dtype, "export_dtype");
  for (const MixerOption& option : start.mixer().options) {
    const auto wish = recipe.mixer_options.find(option.key);
    if (option.kind == MixerOption::Kind::kRank || wish == recipe.mixer_options.end()) continue;
    refuse_if(wish->second.value_or(is[option.key]) != is[option.key], option.key);
  }
}

}  // namespace radlads
