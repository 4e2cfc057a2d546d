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

/// SIGINT and SIGTERM are left to the child while this lives.
class IgnoredSignals {
 public:
  IgnoredSignals() : interrupt_(std::signal(SIGINT, SIG_IGN)), terminate_(std::signal(SIGTERM, SIG_IGN)) {}
  ~IgnoredSignals() {
    std::signal(SIGINT, interrupt_);
    std::signal(SIGTERM, terminate_);
  }
  IgnoredSignals(const IgnoredSignals&) = delete;
  IgnoredSignals& operator=(const IgnoredSignals&) = delete;

 private:
  void (*interrupt_)(int);
  void (*terminate_)(int);
};

/// The environment, with an allocator that keeps large blocks (on huge pages where the system has them)
/// instead of giving them back and faulting them in again in every update. What the user has set stays.
std::vector<std::string> environment() {
  constexpr const char* kDefaults[] = {"GLIBC_TUNABLES=glibc.malloc.hugetlb=1", "MALLOC_MMAP_MAX_=0",
                                       "MALLOC_TRIM_THRESHOLD_=100000000000", "MALLOC_TOP_PAD_=67108864"};
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  for (const std::string setting : kDefaults) {
    const std::string name = setting.substr(0, setting.find('='));
    if (std::getenv(name.c_str()) == nullptr) all.push_back(setting);
  }
  return all;
}

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
  std::vector<std::string> arguments = {program.string(), run.path.string()}, variables = environment();
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGINT);
  sigaddset(&defaults, SIGTERM);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  const IgnoredSignals ignored;
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), nullptr, &attributes, pointers(arguments).data(),
                                pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) fail("[train] cannot start {}: {}", program.string(), std::strerror(error));
  const int status = wait_for(child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return TrainerExit::kDone;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kInterruptedStatus) return TrainerExit::kInterrupted;
  if (WIFSIGNALED(status)) {
    fail("[train] the training program was killed by signal {} ({}); go on with --resume", WTERMSIG(status),
         strsignal(WTERMSIG(status)));
  }
  return TrainerExit::kFailed;
}

}  // namespace radlads
