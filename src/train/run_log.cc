#include "train/run_log.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace radlads::train {

RunLog::RunLog(const std::filesystem::path& file, int64_t keep_bytes) : file_(file) {
  std::error_code error;
  if (std::filesystem::exists(file)) {
    // It may be shorter: a power cut can take the end of the log, but not the checkpoint.
    bytes_ = std::min(keep_bytes, static_cast<int64_t>(std::filesystem::file_size(file, error)));
    std::filesystem::resize_file(file, static_cast<uintmax_t>(bytes_), error);
  }
  out_.open(file, std::ios::app);
  if (error || !out_) fail("[log] cannot write {}", file.string());
}

void RunLog::write(const UpdateRecord& record) {
  nlohmann::ordered_json json = {
      {"step", record.step},           {"update", record.update},
      {"tokens", record.tokens},       {"loss", record.loss},
      {"grad_norm", record.grad_norm}, {"lr", record.lr},
      {"mixer_lr", record.mixer_lr},   {"tokens_per_second", record.tokens_per_second}};
  if (!record.layer_loss.empty()) json["layer_loss"] = record.layer_loss;
  const std::string line = json.dump() + "\n";
  out_ << line << std::flush;
  if (!out_)
    fail("[log] cannot write {}: make room on the disk, then continue with --resume", file_.string());
  bytes_ += static_cast<int64_t>(line.size());
}

}  // namespace radlads::train
