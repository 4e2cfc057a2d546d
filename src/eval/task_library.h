// All tasks and groups by name: those that come with the program, and those of a user's folders.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/embedded_file.h"
#include "eval/task.h"

namespace radlads::eval {

/// A row of its own over the rows of its members.
struct TaskGroup {
  std::string name, alias;
  std::vector<std::string> members;  // tasks or groups
  bool has_figures = false;          // it has an aggregate_metric_list
  bool weight_by_size = true;
  std::string metric = "acc";
  Json version;
};

class TaskLibrary {
 public:
  /// Reads the names in all files; a task is parsed when it is asked for. A file of a user's folder takes the
  /// place of one of the same name. A task that makes its documents is there once for each of `lengths`, as
  /// NAME@LENGTH; under that name it may be asked for with any length. UserError for broken YAML and for one
  /// name in two files.
  TaskLibrary(std::span<const EmbeddedFile> own, std::span<const std::filesystem::path> include_paths,
              std::vector<int64_t> lengths = {});

  bool is_task(const std::string& name) const { return tasks_.contains(split_length(name).name); }
  bool is_group(const std::string& name) const { return groups_.contains(name); }

  /// With keys that replace those of its file; of generation_kwargs, members. UserError, with names that are
  /// near, if there is none.
  Task task(const std::string& name, const Json& overrides = Json::object()) const;
  const TaskGroup& group(const std::string& name) const;

  /// The tasks of a task, a group, a tag, or a pattern such as "mmlu_*", in order, each once.
  std::vector<std::string> tasks_of(const std::string& name) const;

  /// Names of all groups, then of all tasks.
  std::vector<std::string> names() const;

 private:
  struct File {
    std::filesystem::path path;  // embedded files have a name alone
    Json yaml;
  };

  /// NAME@LENGTH of a task that makes its documents; any other name is whole.
  struct SizedName {
    std::string name;
    std::optional<int64_t> length;
  };
  SizedName split_length(const std::string& name) const;
  bool is_synthetic(const std::string& task) const;
  std::vector<std::string> in_all_lengths(const std::string& task) const;

  void add_files(std::vector<File> files);
  void add_group(const File& file);
  Json with_includes(const File& file, int depth) const;
  void collect(const std::string& name, std::vector<std::string>& tasks, int depth) const;
  [[noreturn]] void fail_unknown(const std::string& name) const;

  std::vector<int64_t> lengths_;
  std::map<std::string, File> files_;         // by path
  std::map<std::string, std::string> tasks_;  // name to path
  std::map<std::string, TaskGroup> groups_;
  std::map<std::string, std::vector<std::string>> tags_;
};

}  // namespace radlads::eval
