#include "conversion/run.h"

#include "conversion/finish.h"
#include "conversion/trainer_process.h"
#include "conversion/transfer.h"
#include "core/log.h"

namespace radlads {

int run_training(const RunRequest& request, const std::string& command_line) {
  const std::optional<PreparedRun> run = prepare_run(request);
  if (!run) return 0;
  if (!run->trains) {
    transfer_weights(request, *run);
  } else if (const TrainerExit exit = run_trainer(run->folder); exit != TrainerExit::kDone) {
    return exit == TrainerExit::kInterrupted ? 130 : 1;
  }
  finish_run(run->folder, run->recipe, {request.student, request.teacher, request.tokenizer, command_line});
  return 0;
}

}  // namespace radlads
