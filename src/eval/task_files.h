// The YAML files of tasks and groups, what they include, and what a group says of itself.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/embedded_file.h"
#include "text/template.h"

namespace radlads::eval {

struct TaskFile {
  std::filesystem::path path;  // embedded files have a name alone
  Json yaml;                   // a map
};

/// Reads every file once. What it returns lives as long as it does.
class TaskFiles {
 public:
  /// The files that come with the program.
  std::vector<const TaskFile*> add(std::span<const EmbeddedFile> files);

  /// All .yaml and .yml files below a folder, in order of their paths, and whatever they include. A file that
  /// cannot be read is left out with a warning: a folder of hundreds may have one. UserError if it is not a
  /// folder.
  std::vector<const TaskFile*> add_folder(const std::filesystem::path& folder);

  /// The keys of a file, over those of the files that it includes. UserError for a file to include that is
  /// not there or cannot be read, and for files that include each other.
  Json with_includes(const TaskFile& file) const { return merged(file, 0); }

 private:
  const TaskFile* read(const std::filesystem::path& path, std::string_view text);
  const TaskFile* read(const std::filesystem::path& path);
  void read_includes(const TaskFile& file);
  const TaskFile& included(const TaskFile& file, const std::string& name) const;
  Json merged(const TaskFile& file, int depth) const;

  std::map<std::string, TaskFile> files_;      // by path
  std::map<std::string, std::string> faults_;  // of the others: the error
};

/// A figure over the tasks of a group.
struct GroupMetric {
  std::string metric;
  std::vector<std::string> filters;  // empty: all that the tasks have
  bool weight_by_size = true;
};

/// A row of its own over the rows of its members.
struct TaskGroup {
  std::string name, alias;
  std::vector<std::string> members;  // tasks, groups or tags
  std::vector<GroupMetric> metrics;
  Json version;
};

/// All but its members. UserError for a value of the wrong type and for an aggregation other than the mean.
TaskGroup parse_group(const Json& yaml, const std::string& name, const std::filesystem::path& file);

/// Keys about the group itself; its other keys are for all tasks in it.
bool is_group_key(std::string_view key);

}  // namespace radlads::eval
