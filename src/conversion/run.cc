#include "conversion/run.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conversion/finish.h"
#include "core/error.h"
#include "io/file.h"
#include "model/init.h"
#include "model/model_folder.h"

namespace radlads {
namespace {

constexpr int kInterruptedStatus = 130;

enum class TrainerExit { kDone, kInterrupted, kFailed };

volatile std::sig_atomic_t g_trainer = 0, g_asked = 0;  // shared with the signal handler

/// While this exists, SIGINT and SIGTERM are passed on to the trainer, which saves and exits; so are those
/// that come before it has started. A terminal's Ctrl-C reaches it twice, which is harmless.
class PassedOnSignals {
 public:
  PassedOnSignals() {
    g_trainer = 0;
    g_asked = 0;
    interrupt_ = std::signal(SIGINT, pass_on);
    terminate_ = std::signal(SIGTERM, pass_on);
  }
  void start(pid_t trainer) {
    g_trainer = trainer;
    if (g_asked != 0) kill(trainer, g_asked);
  }
  ~PassedOnSignals() {
    std::signal(SIGINT, interrupt_);
    std::signal(SIGTERM, terminate_);
  }
  PassedOnSignals(const PassedOnSignals&) = delete;
  PassedOnSignals& operator=(const PassedOnSignals&) = delete;

 private:
  static void pass_on(int signal) {
    g_asked = signal;
    if (g_trainer != 0) kill(g_trainer, signal);
  }

  void (*interrupt_)(int);
  void (*terminate_)(int);
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail("[train] lost the training program: {}", std::strerror(errno));
  }
  return status;
}

/// Runs `radlads-train RUN`, the training half: a program of its own, which is in the same folder as this
/// one. SIGINT and SIGTERM are passed on: the trainer saves and exits, this one waits for it. If it failed,
/// it has said why. UserError if the program is missing or was killed.
TrainerExit run_trainer(const RunFolder& run) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "radlads-train";
  if (!std::filesystem::exists(program)) {
    fail("[train] {} is missing: build with LibTorch (./setup, then cmake --preset release)",
         program.string());
  }
  std::vector<std::string> arguments = {program.string(), run.path.string()};
  PassedOnSignals signals;
  pid_t child = 0;
  const int error =
      posix_spawn(&child, program.c_str(), nullptr, nullptr, pointers(arguments).data(), environ);
  if (error != 0) fail("[train] cannot start {}: {}", program.string(), std::strerror(error));
  signals.start(child);
  const int status = wait_for(child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return TrainerExit::kDone;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kInterruptedStatus) return TrainerExit::kInterrupted;
  if (WIFSIGNALED(status)) {
    fail("[train] the training program was killed by signal {} ({}); continue with --resume",
         WTERMSIG(status), strsignal(WTERMSIG(status)));
  }
  return TrainerExit::kFailed;
}

/// Step 0 on its own, without any training: writes the run's model folder, the initial weights in the
/// export's dtype.
void transfer_weights(const RunRequest& request, const PreparedRun& run) {
  if (std::filesystem::exists(run.folder.model())) return;
  const ModelConfig config = parse_config(read_text_file(run.folder.config()), run.folder.config().string());
  const ModelFolder teacher = open_model(request.teacher);
  const InitOptions init = {run.recipe.seed, run.recipe.gate_init == GateInit::kUniform,
                            run.recipe.reinit_att};
  const std::filesystem::path partial = run.folder.path / "model.partial";
  remove_folder(partial);
  make_folder(partial);
  const auto values = [&](const TensorSpec& spec, std::span<float> out) {
    initial_value(config, spec, teacher, init, out);
  };
  export_model(partial, config, values,
               !run.recipe.export_dtype ? stored_dtypes(teacher, config.dtype) : nullptr);
  rename_folder(partial, run.folder.model());
}

}  // namespace

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
