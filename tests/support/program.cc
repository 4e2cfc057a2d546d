#include "support/program.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/temp_folder.h"

namespace radlads {
namespace {

[[noreturn]] void become(const std::vector<std::string>& arguments, const std::string& out,
                         const std::string& err) {
  setpgid(0, 0);
  unsetenv("GOMP_SPINCOUNT");  // the tests' own choice (run_all.py), which would turn the program's off
  dup2(open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
  dup2(open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
  const std::string program = RADLADS_BINARY_DIR "/radlads";
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  _exit(127);
}

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

ProgramResult run_radlads(const std::vector<std::string>& arguments, const Interruption& interruption) {
  const TempFolder folder;
  const std::string out = folder.path() / "out", err = folder.path() / "err";
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) become(arguments, out, err);
  int status = 0;
  bool ended = false;
  while (interruption.when && !ended) {
    if (interruption.when()) {
      ::kill(interruption.to_group ? -child : child, interruption.signal);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ended = waitpid(child, &status, WNOHANG) == child;
  }
  if (!ended) waitpid(child, &status, 0);
  return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), text_of(out), text_of(err)};
}

}  // namespace radlads
