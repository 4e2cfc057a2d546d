// The folder of one run, STUDENT.run/: what was asked for, the log, checkpoints, and the result until it is
// complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace radlads {

struct RunFolder {
  std::filesystem::path path;

  /// STUDENT.run next to STUDENT.
  static RunFolder of(const std::filesystem::path& student);

  std::filesystem::path recipe() const {
    return path / "recipe.yaml";
  }  // effective: every option has its value
  std::filesystem::path job() const { return path / "job.yaml"; }
  std::filesystem::path config() const { return path / "config.json"; }  // of the model that trains
  std::filesystem::path log() const { return path / "log.jsonl"; }
  std::filesystem::path checkpoints() const { return path / "checkpoints"; }
  std::filesystem::path tokens() const { return path / "data" / "tokens"; }  // .bin and .idx
  std::filesystem::path model() const {
    return path / "model";
  }  // the trained weights, before they move to STUDENT
  std::filesystem::path report() const { return path / "report.html"; }
  std::filesystem::path figures() const { return path / "figures.json"; }

  /// Whether the model has moved to `student`: the last thing that a run does.
  bool is_finished(const std::filesystem::path& student) const;
};

/// What the training program is told besides the recipe. Paths are as the user gave them.
struct Job {
  std::string command;  // convert, align, distill, extend or pretrain
  std::string teacher;  // model folder; empty for extend and pretrain
  std::string
      start;  // model folder with the weights to begin with; empty: from the teacher, or fresh (pretrain)
  std::string tokens;  // binidx
  int64_t end_of_document = -1;
  bool overwrite = false;                // a folder of the model's name is to be replaced
  std::string teacher_mark, start_mark;  // fingerprints of the folders, to recognize them
};

/// UserError naming the file for one that is missing or broken.
Job read_job(const RunFolder& run);

std::string to_yaml(const Job& job);

}  // namespace radlads
