#include "eval/journal_key.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/sha256.h"
#include "io/mapped_file.h"

namespace radlads::eval {
namespace {

void hash_file(const std::filesystem::path& path, Sha256& hash) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  hash.update({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::string journal_key(const EvalModel& model, const std::vector<PreparedTask>& tasks,
                        const EvalSettings& settings, const ComputeSettings& compute,
                        const std::string& dtype) {
  Sha256 hash;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(model.folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    hash.update(file.filename().string());
    hash_file(file, hash);
  }
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
