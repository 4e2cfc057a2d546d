#include "eval/evaluate.h"

#include <chrono>

#include "core/log.h"
#include "eval/generated_answers.h"
#include "eval/scored_answers.h"

namespace radlads::eval {

std::vector<TaskResult> ask(const EvalModel& model, std::vector<PreparedTask> tasks,
                            const EvalSettings& settings, const ComputeSettings& compute, Journal* journal) {
  std::vector<TaskResult> results;
  for (PreparedTask& prepared : tasks) {
    TaskResult& result = results.emplace_back();
    result.prepared = std::move(prepared);
    const auto start = std::chrono::steady_clock::now();
    result.answers =
        result.prepared.task.output == OutputType::kGenerateUntil
            ? generated_answers(model, result.prepared, settings, compute, journal, result.num_truncated)
            : scored_answers(model, result.prepared, compute, journal, result.num_truncated);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (result.num_truncated > 0) {
      warn(
          "[eval] {}: {} of {} questions are longer than the model's window of {} tokens and lost their "
          "beginning",
          result.prepared.task.name, result.num_truncated, result.prepared.questions.size(),
          model.encoder.window());
    }
    result.figures =
        measure(result.prepared.task, result.prepared.questions, result.answers, compute.num_threads);
  }
  return results;
}

}  // namespace radlads::eval
