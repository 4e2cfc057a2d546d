#include "conversion/trainer_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"

namespace radlads {
namespace {

constexpr int kInterruptedStatus = 130;

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

}  // namespace

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

}  // namespace radlads
