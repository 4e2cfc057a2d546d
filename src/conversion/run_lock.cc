#include "conversion/run_lock.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/log.h"
#include "io/input_file.h"

namespace radlads {
namespace {

constexpr auto kPatience = std::chrono::seconds(5);
constexpr auto kBetweenTries = std::chrono::milliseconds(50);

/// Whether the open file is still the one of that name: its folder may have been renamed or removed while we
/// waited.
bool is_at(int descriptor, const std::filesystem::path& file) {
  struct stat opened {
  }, named{};
  return fstat(descriptor, &opened) == 0 && stat(file.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/// 0 once the file is locked, else the reason why it is not.
int lock_in_time(int descriptor) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return 0;
    const int error = errno;
    if (error != EWOULDBLOCK || std::chrono::steady_clock::now() >= end) return error;
    std::this_thread::sleep_for(kBetweenTries);
  }
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "lock";
  descriptor_ = open(file.c_str(), O_RDWR | O_CREAT, 0666);  // no O_CLOEXEC: the trainer holds it too
  if (descriptor_ < 0) fail_with_errno("run", file);
  const int error = lock_in_time(descriptor_);
  if (error == 0 && is_at(descriptor_, file)) return;
  if (error != 0 && error != EWOULDBLOCK) {  // some network file systems have no locks
    warn("{} cannot be locked ({}): make sure that only one process works there", folder.string(),
         std::strerror(error));
    return;
  }
  close(descriptor_);
  fail("[run] another process is working in {}: wait for it, or stop it (its files are kept)",
       folder.string());
}

RunLock::~RunLock() { close(descriptor_); }

}  // namespace radlads
