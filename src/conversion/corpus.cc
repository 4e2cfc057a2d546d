#include "conversion/corpus.h"

#include <algorithm>

#include "conversion/request_check.h"
#include "conversion/resume.h"
#include "conversion/self_text.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "core/units.h"
#include "data/tokenize.h"
#include "infer/weights.h"
#include "io/binidx.h"
#include "io/file.h"

namespace radlads {

void write_corpus(const RunRequest& request, const Recipe& recipe, const ModelConfig& config,
                  const Tokenizer& tokenizer, const std::filesystem::path& target) {
  make_folder(target.parent_path());
  if (recipe.data == std::vector<std::string>{"self"}) {
    int64_t tokens = recipe.self_tokens, context = recipe.self_context;
    for (const StepRecipe* step : active_steps(request, recipe)) {
      if (recipe.self_tokens == 0) tokens = std::max(tokens, step->tokens);
      if (recipe.self_context == 0) context = std::max(context, step->context);
    }
    const int threads = recipe.threads > 0 ? static_cast<int>(recipe.threads) : available_cores();
    write_self_text(infer::load_weights(request.teacher), tokenizer,
                    {.tokens = tokens,
                     .context = context,
                     .temperature = recipe.self_temperature,
                     .seed = recipe.seed,
                     .num_threads = threads,
                     .teacher_mark = mark_of(request.teacher),
                     .memory_bytes = available_memory_bytes()},
                    target);
    return;
  }
  const std::vector<std::filesystem::path> files(recipe.data.begin(), recipe.data.end());
  tokenize_files(files, {recipe.text_key, recipe.skip_bad_lines}, tokenizer, config.V, target);
  const Binidx tokens(target);
  info("{}, {} in {}{}", counted(tokens.num_documents(), "document"), counted(tokens.num_tokens(), "token"),
       recipe.data.front(), files.size() > 1 ? fmt::format(" and {} more", files.size() - 1) : "");
}

}  // namespace radlads
