// log.jsonl: one JSON object for each update.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace radlads::train {

struct UpdateRecord {
  std::string step;
  int64_t update = 0;  // from 0
  int64_t tokens = 0;  // read so far in this step, this update included
  double loss = 0;
  double grad_norm = 0;
  double lr = 0, mixer_lr = 0;
  double tokens_per_second = 0;
  std::vector<double> layer_loss;  // step 1
};

class RunLog {
 public:
  /// Opens the file for appending after its first `keep_bytes` (or all of it, if it is shorter); what an
  /// interrupted run wrote after its last checkpoint is dropped. UserError if it cannot be written.
  RunLog(const std::filesystem::path& file, int64_t keep_bytes);

  void write(const UpdateRecord& record);

  int64_t bytes() const { return bytes_; }

 private:
  std::filesystem::path file_;
  std::ofstream out_;
  int64_t bytes_ = 0;
};

}  // namespace radlads::train
