#include "eval/generated_answers.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "core/error.h"
#include "core/progress.h"
#include "eval/generation.h"

namespace radlads::eval {

std::vector<Answer> generated_answers(const EvalModel& model, const PreparedTask& prepared,
                                      const EvalSettings& settings, const ComputeSettings& compute,
                                      Journal* journal, int64_t& num_truncated) {
  const Task& task = prepared.task;
  const int64_t room = model.encoder.window() - task.generation.max_tokens;
  if (room <= 0) {
    fail(
        "[eval] {}: {} tokens to generate leave no room for the question in the model's window of {}: give "
        "--gen-kwargs max_gen_toks=N",
        task.name, task.generation.max_tokens, model.encoder.window());
  }
  std::vector<GenerationRequest> requests;
  for (const Question& question : prepared.questions) {
    auto encoded = model.encoder.prompt(question.requests[0].context, room);
    num_truncated += encoded.dropped_tokens > 0 ? 1 : 0;
    for (int64_t repeat = 0; repeat < task.repeats; ++repeat) {
      const auto seed = static_cast<uint64_t>(settings.seed + question.doc_id * task.repeats + repeat);
      requests.push_back({encoded.sequence.ids, &task.generation, seed});
    }
  }
  std::vector<std::optional<std::string>> known(requests.size());
  for (size_t i = 0; journal != nullptr && i < known.size(); ++i)
    known[i] = journal->text(task.name, static_cast<int64_t>(i));
  const int64_t done = std::find(known.begin(), known.end(), std::nullopt) - known.begin();
  Progress progress(task.name, "texts", static_cast<int64_t>(requests.size()), done);
  const auto on_batch = [&](size_t first, std::span<const std::string> texts) {
    for (size_t i = 0; journal != nullptr && i < texts.size(); ++i)
      journal->add(task.name, static_cast<int64_t>(first + i), texts[i]);
    if (journal != nullptr) journal->flush();
    progress.update(static_cast<int64_t>(first + texts.size()));
  };
  const auto texts = generate_texts(model.weights, model.encoder, model.stop_ids, requests,
                                    {compute.batch, compute.num_threads}, known, on_batch);
  std::vector<Answer> answers(prepared.questions.size());
  for (size_t i = 0; i < texts.size(); ++i)
    answers[i / static_cast<size_t>(task.repeats)].texts.push_back(texts[i]);
  return answers;
}

}  // namespace radlads::eval
