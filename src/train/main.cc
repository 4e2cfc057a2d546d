// radlads-train RUN: the training half of radlads. It is started by `radlads convert` and related commands,
// which prepare the run folder, and continues from the folder's newest checkpoint.
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

#include <fmt/format.h>
#include <sys/prctl.h>

#include "core/crowd_watch.h"
#include "core/error.h"
#include "core/log.h"
#include "train/trainer.h"

/// Read by jemalloc. Every update needs the same memory again: if it were returned in between, it would have
/// to be cleared each time, which cost a third of the speed.
extern "C" const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:-1,muzzy_decay_ms:-1";

namespace {

volatile std::sig_atomic_t g_stop = 0;  // set by the signal handler, which may touch nothing else

constexpr int kInterrupted = 130;  // 128 + SIGINT, as in shells

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr,
               "usage: radlads-train RUN    (a folder prepared by `radlads convert` or a related command)\n");
    return 2;
  }
  const radlads::CrowdWatch crowd_watch;
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // if the program that waits for us is killed, save and exit
  std::signal(SIGINT, [](int) { g_stop = 1; });
  std::signal(SIGTERM, [](int) { g_stop = 1; });
  try {
    radlads::train::Trainer trainer(radlads::RunFolder{argv[1]});
    if (trainer.run([] { return g_stop != 0; })) return 0;
    radlads::info("stopped; all work is saved in {}: the same command with --resume continues", argv[1]);
    return kInterrupted;
  } catch (const radlads::UserError& error) {
    fmt::print(stderr, "radlads-train: {}\n", error.what());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "radlads-train: [train] out of memory: lower micro_batch or context\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "radlads-train: internal error: {}\n", error.what());
  }
  return 1;
}
