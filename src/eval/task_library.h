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
#include "eval/task_files.h"

namespace radlads::eval {

/// The tasks that come with the program: the YAML files of assets/tasks.
std::span<const EmbeddedFile> own_tasks();

class TaskLibrary {
 public:
  /// Reads the names in all files; a task is parsed when it is asked for, and errors in it, or in a group,
  /// are reported then. A file of a user's folder replaces one of the same name. A task that a group changes
  /// is listed as GROUP::TASK. A task that generates its documents is listed once for each of `lengths`, as
  /// NAME@LENGTH; under that name it may be asked for with any length.
  TaskLibrary(std::span<const EmbeddedFile> own, std::span<const std::filesystem::path> include_paths,
              std::vector<int64_t> lengths = {});

  bool is_task(const std::string& name) const { return tasks_.contains(split_length(name).name); }
  bool is_group(const std::string& name) const { return groups_.contains(name); }

  /// With keys that replace those of its file; of generation_kwargs, members. UserError, with similar names,
  /// if there is none.
  Task task(const std::string& name, const Json& overrides = Json::object()) const;
  const TaskGroup& group(const std::string& name) const;

  /// The tasks of a task, a group, a tag, or a pattern such as "mmlu_*", in order, each once.
  std::vector<std::string> tasks_of(const std::string& name) const;

  /// Names of all groups, then of all tasks.
  std::vector<std::string> names() const;

 private:
  /// Where a task's keys come from.
  struct Entry {
    const TaskFile* file;        // that has them, or the group that does
    std::string base;            // the task that a group changes; empty for a task of its own
    Json keys = Json::object();  // that the group adds or changes
  };

  /// NAME@LENGTH of a task that generates its documents; any other name is left as it is.
  struct SizedName {
    std::string name;
    std::optional<int64_t> length;
  };
  SizedName split_length(const std::string& name) const;
  bool is_synthetic(const std::string& task) const;
  std::vector<std::string> in_all_lengths(const std::string& task) const;

  Json keys_of(const Entry& entry, const std::string& name) const;
  void add_files(const std::vector<const TaskFile*>& files);
  void define_group(const std::string& name, const Json& yaml, const TaskFile& file, Json keys, int depth);
  void add_member(const Json& item, const TaskFile& file, const Json& keys, int depth, TaskGroup& group);
  void add_changed(const std::string& name, const TaskFile& file, Json keys, int depth, TaskGroup& group);
  void collect(const std::string& name, std::vector<std::string>& tasks, int depth) const;
  void check_usable(const std::string& name) const;
  [[noreturn]] void fail_unknown(const std::string& name) const;

  std::vector<int64_t> lengths_;
  TaskFiles files_;
  std::map<std::string, Entry> tasks_;
  std::map<std::string, const TaskFile*> group_files_;
  std::map<std::string, TaskGroup> groups_;
  std::map<std::string, std::vector<std::string>> tags_;
  std::map<std::string, std::string> faults_;  // of names that cannot be used
};

}  // namespace radlads::eval
