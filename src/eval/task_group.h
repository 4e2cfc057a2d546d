// A group of tasks as its YAML file describes it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/template.h"

namespace radlads::eval {

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
