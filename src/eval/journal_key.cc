#include "eval/journal_key.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/sha256.h"
#include "io/file.h"

namespace radlads::eval {
namespace {

/// Above this, hashing the bytes takes longer than it is worth.
constexpr uintmax_t kSmallBytes = 16 << 20;

/// A small file by its bytes, a large one (weights) by its size and modification time.
void hash_file(const std::filesystem::path& path, Sha256& hash) {
  const uintmax_t size = std::filesystem::file_size(path);
  hash.update(fmt::format("{} {}\n", path.filename().string(), size));
  if (size > kSmallBytes) {
    hash.update(fmt::format("{}", std::filesystem::last_write_time(path).time_since_epoch().count()));
  } else if (size > 0) {
    hash.update(read_text_file(path));
  }
}

}  // namespace

std::string model_identity(const std::filesystem::path& folder) {
  Sha256 hash;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) hash_file(file, hash);
  return hash.hex();
}

std::string journal_key(const EvalModel& model, const std::vector<PreparedTask>& tasks,
                        const EvalSettings& settings, const ComputeSettings& compute,
                        const std::string& dtype) {
  Sha256 hash;
  hash.update(model_identity(model.folder));
  for (const PreparedTask& prepared : tasks) {
    hash.update(prepared.task.config.dump());
    hash.update(prepared.data_sha256);
  }
  hash.update(settings.to_json().dump());
  hash.update(fmt::format("{} {} {} {} {}", compute.batch, compute.reuse_prefixes, compute.num_threads, dtype,
                          RADLADS_VERSION));
  return hash.hex();
}

}  // namespace radlads::eval
