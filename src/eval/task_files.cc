#include "eval/task_files.h"

#include <algorithm>

#include "core/error.h"
#include "core/log.h"
#include "eval/task_keys.h"
#include "io/file.h"
#include "io/yaml_json.h"

namespace radlads::eval {
namespace {

constexpr int kMaxDepth = 8;  // of files that include files

/// As the harness reads them; what asks for Python code is refused when it is used.
constexpr YamlRules kTaskRules = {.repeated_keys = true, .foreign_tags = true};

std::vector<std::string> includes_of(const TaskFile& file) {
  return TaskKeys(file.yaml, file.path.filename().string(), file.path).texts("include");
}

/// A path relative to the file that includes it; absolute paths stay.
std::filesystem::path path_beside(const TaskFile& file, const std::string& name) {
  return (file.path.parent_path() / name).lexically_normal();
}

GroupMetric parse_metric(const Json& yaml, const std::string& group, const std::filesystem::path& file) {
  TaskKeys keys(yaml, group + ", aggregate_metric_list", file);
  GroupMetric metric;
  metric.metric = keys.text("metric");
  if (metric.metric.empty()) keys.fail("metric is missing");
  metric.filters = keys.texts("filter_list");
  metric.weight_by_size = keys.flag("weight_by_size", true);
  if (const std::string aggregation = keys.text("aggregation", "mean"); aggregation != "mean")
    keys.fail("the aggregation {:?} is not supported; use mean", aggregation);
  keys.finish();
  return metric;
}

}  // namespace

/// Null for a file that has a fault.
const TaskFile* TaskFiles::read(const std::filesystem::path& path, std::string_view text) {
  try {
    Json yaml = parse_yaml(text, "read_task", path, kTaskRules);
    if (!yaml.is_object()) fail("[read_task] {} is not a map of keys", path.string());
    const TaskFile& file = files_[path.string()] = {path, std::move(yaml)};
    includes_of(file);
    return &file;
  } catch (const UserError& error) {
    faults_[path.string()] = error.what();
    return nullptr;
  }
}

const TaskFile* TaskFiles::read(const std::filesystem::path& path) {
  try {
    return read(path, read_text_file(path));
  } catch (const UserError& error) {
    faults_[path.string()] = error.what();
    return nullptr;
  }
}

std::vector<const TaskFile*> TaskFiles::add(std::span<const EmbeddedFile> files) {
  std::vector<const TaskFile*> added;
  for (const EmbeddedFile& file : files) {
    added.push_back(read(file.name, file.text));
    if (added.back() == nullptr) throw UserError(faults_.at(std::string(file.name)));
  }
  return added;
}

std::vector<const TaskFile*> TaskFiles::add_folder(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) fail("[read_task] {} is not a folder", folder.string());
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".yaml" || extension == ".yml"))
      paths.push_back(entry.path().lexically_normal());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<const TaskFile*> added;
  for (const auto& path : paths) {
    if (const TaskFile* file = read(path)) {
      added.push_back(file);
    } else {
      warn("{}: the file is left out", faults_.at(path.string()));
    }
  }
  for (const TaskFile* file : added) read_includes(*file);
  return added;
}

/// So that all are loaded when a task is asked for; what is missing is reported then.
void TaskFiles::read_includes(const TaskFile& file) {
  for (const std::string& name : includes_of(file)) {
    const std::filesystem::path path = path_beside(file, name);
    const std::string key = path.string();
    if (files_.contains(key) || faults_.contains(key) || !std::filesystem::is_regular_file(path)) continue;
    if (const TaskFile* other = read(path)) read_includes(*other);
  }
}

const TaskFile& TaskFiles::included(const TaskFile& file, const std::string& name) const {
  const std::string beside = path_beside(file, name).string();
  for (const std::string& path : {beside, std::filesystem::path(name).filename().string()}) {
    if (const auto found = files_.find(path); found != files_.end()) return found->second;
  }
  if (const auto fault = faults_.find(beside); fault != faults_.end()) throw UserError(fault->second);
  fail("[read_task] there is no file {} to include, in {}", name, file.path.string());
}

Json TaskFiles::merged(const TaskFile& file, int depth) const {
  if (depth > kMaxDepth) fail("[read_task] files include each other endlessly in {}", file.path.string());
  Json keys = Json::object();
  for (const std::string& name : includes_of(file)) keys.update(merged(included(file, name), depth + 1));
  keys.update(file.yaml);
  keys.erase("include");
  return keys;
}

bool is_group_key(std::string_view key) {
  constexpr std::string_view kKeys[] = {"group",    "group_alias", "task",   "aggregate_metric_list",
                                        "metadata", "tag",         "include"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

TaskGroup parse_group(const Json& yaml, const std::string& name, const std::filesystem::path& file) {
  TaskKeys keys(yaml, name, file);
  TaskGroup group;
  group.name = name;
  group.alias = keys.text("group_alias", name);
  const Json& metadata = keys.take("metadata");
  if (metadata.is_object()) group.version = metadata.value("version", Json());
  const Json& metrics = keys.take("aggregate_metric_list");
  if (metrics.is_object())
    group.metrics.push_back(parse_metric(metrics, name, file));
  else if (!metrics.is_null() && !metrics.is_array())
    keys.fail("aggregate_metric_list must be a list");
  if (metrics.is_array()) {
    for (const Json& metric : metrics) group.metrics.push_back(parse_metric(metric, name, file));
  }
  return group;
}

}  // namespace radlads::eval
