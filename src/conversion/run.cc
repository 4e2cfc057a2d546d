#include "conversion/run.h"

#include "conversion/finish.h"
#include "conversion/trainer_process.h"
#include "conversion/transfer.h"
#include "core/log.h"

namespace radlads {

TrainingOutcome run_training(const RunRequest& request, const std::string& command_line) {
  const std::optional<PreparedRun> run = prepare_run(request);
  if (!run) return {};
  if (!run->trains) {
    transfer_weights(request, *run);
  } else if (const TrainerExit exit = run_trainer(run->folder); exit != TrainerExit::kDone) {
    return {.status = exit == TrainerExit::kInterrupted ? 130 : 1};
  }
  return {.report = finish_run(run->folder, run->recipe,
                               {request.student, request.teacher, request.tokenizer, command_line})};
}

}  // namespace radlads
