#include "conversion/request_check.h"

#include <algorithm>

#include "core/error.h"
#include "data/tokenize.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

bool is_or_holds(const fs::path& folder, const fs::path& path) {
  const fs::path inside = fs::weakly_canonical(path).lexically_relative(fs::weakly_canonical(folder));
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
  if (recipe.eval_text.empty()) return;
  try {
    check_text_file(recipe.eval_text);
  } catch (const UserError& error) {
    fail("[recipe] eval.text cannot be read: {}", error.what());
  }
}

void check_data_files(const Recipe& recipe) {
  if (writes_own_text(recipe)) return;
  check_data_files(std::vector<fs::path>(recipe.data.begin(), recipe.data.end()));
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
  const auto refuse_if = [&](bool differs, const char* option) {
    if (differs) fail("[{}] {} differs from that of {}: leave it out", request.command, option, from);
  };
  const MixerOptions& is = start.options;
  refuse_if(!recipe.mixer.empty() && recipe.mixer != mixer_name(start.rad_kind()), "mixer");
  refuse_if(!recipe.softmax_layers.empty() && recipe.softmax_layers != start.softmax_layers(),
            "softmax_layers");
  refuse_if(recipe.export_dtype != "teacher" && dtype_from_torch(recipe.export_dtype) != start.dtype,
            "export_dtype");
  refuse_if(recipe.gate_rank_type.value_or(is.gate_rank_type) != is.gate_rank_type, "gate_rank_type");
  refuse_if(recipe.use_rope.value_or(is.use_rope) != is.use_rope, "use_rope");
  refuse_if(recipe.use_tokenshift.value_or(is.use_tokenshift) != is.use_tokenshift, "use_tokenshift");
  refuse_if(recipe.balance_state.value_or(is.balance_state) != is.balance_state, "balance_state");
  refuse_if(recipe.groupnorm_att.value_or(is.groupnorm_att) != is.groupnorm_att, "groupnorm_att");
}

}  // namespace radlads
