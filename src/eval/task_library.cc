#include "eval/task_library.h"

#include <algorithm>
#include <set>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/units.h"
#include "io/file.h"
#include "io/yaml_json.h"

namespace radlads::eval {
namespace {

/// As the harness reads them; a tag is refused when its key is used.
constexpr YamlRules kTaskRules = {.repeated_keys = true, .foreign_tags = true};

constexpr int kMaxDepth = 8;  // of files that include files, and of groups in groups

std::vector<std::string> texts_of(const Json& value, std::string_view key,
                                  const std::filesystem::path& file) {
  std::vector<std::string> texts;
  if (value.is_null()) return texts;
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    if (!item.is_string())
      fail("[read_task] {}: a name or a list of names is wanted in {}", key, file.string());
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

/// "*" stands for any characters.
bool matches(std::string_view pattern, std::string_view name) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (size_t i = star; i <= name.size(); ++i) {
    if (matches(rest, name.substr(i))) return true;
  }
  return false;
}

/// Single letters to change, add or leave out between two names.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

TaskLibrary::TaskLibrary(std::span<const EmbeddedFile> own,
                         std::span<const std::filesystem::path> include_paths, std::vector<int64_t> lengths)
    : lengths_(std::move(lengths)) {
  std::vector<File> files;
  for (const EmbeddedFile& file : own) {
    const std::filesystem::path path(file.name);
    files.push_back({path, parse_yaml(file.text, "read_task", path, kTaskRules)});
  }
  add_files(std::move(files));
  for (const std::filesystem::path& folder : include_paths) {
    if (!std::filesystem::is_directory(folder)) fail("[read_task] {} is no folder", folder.string());
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      const auto extension = entry.path().extension();
      if (entry.is_regular_file() && (extension == ".yaml" || extension == ".yml"))
        paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<File> users;
    for (const auto& path : paths)
      users.push_back({path, parse_yaml(read_text_file(path), "read_task", path, kTaskRules)});
    add_files(std::move(users));
  }
}

/// Files of one origin. Names that an earlier origin had are theirs now.
void TaskLibrary::add_files(std::vector<File> files) {
  for (const File& file : files) {
    if (!file.yaml.is_object()) fail("[read_task] {} is no map of keys", file.path.string());
    files_[file.path.string()] = file;
  }
  std::map<std::string, std::string> taken;
  for (const File& file : files) {
    const bool is_group = file.yaml.contains("group");
    const Json name = file.yaml.value(is_group ? "group" : "task", Json());
    if (name.is_null()) continue;  // for others to include
    if (!name.is_string())
      fail("[read_task] the name of a task or group must be plain text in {}", file.path.string());
    const auto [other, is_new] = taken.emplace(name.get<std::string>(), file.path.string());
    if (!is_new)
      fail("[read_task] {} is there twice: in {} and in {}", name.get<std::string>(), other->second,
           file.path.string());
    if (is_group) {
      tasks_.erase(name);
      add_group(file);
    } else {
      groups_.erase(name);
      tasks_[name] = file.path.string();
      for (const std::string& tag : texts_of(with_includes(file, 0).value("tag", Json()), "tag", file.path)) {
        auto& members = tags_[tag];
        if (std::find(members.begin(), members.end(), name) == members.end()) members.push_back(name);
      }
    }
  }
}

void TaskLibrary::add_group(const File& file) {
  const Json yaml = with_includes(file, 0);
  static const std::set<std::string> kKeys = {"group",    "group_alias", "task", "aggregate_metric_list",
                                              "metadata", "include"};
  for (const auto& entry : yaml.items()) {
    if (!kKeys.contains(entry.key()))
      fail("[read_task] {}: the key {} is not known in {}", yaml["group"].get<std::string>(), entry.key(),
           file.path.string());
  }
  TaskGroup group;
  group.name = yaml["group"];
  group.alias = yaml.value("group_alias", group.name);
  group.members = texts_of(yaml.value("task", Json()), "task", file.path);
  if (group.members.empty())
    fail("[read_task] the group {} has no members in {}", group.name, file.path.string());
  group.version = yaml.value("metadata", Json::object()).value("version", Json());
  const Json metrics = yaml.value("aggregate_metric_list", Json());
  if (!metrics.is_null()) {
    const Json metric = metrics.is_array() && metrics.size() == 1 ? metrics[0] : metrics;
    if (!metric.is_object() || metric.value("aggregation", "mean") != "mean")
      fail("[read_task] {}: aggregate_metric_list must name one metric and the aggregation mean in {}",
           group.name, file.path.string());
    group.has_figures = true;
    group.metric = metric.value("metric", "acc");
    group.weight_by_size = metric.value("weight_by_size", true);
  }
  groups_[group.name] = std::move(group);
}

Json TaskLibrary::with_includes(const File& file, int depth) const {
  if (depth > kMaxDepth) fail("[read_task] files include each other without end in {}", file.path.string());
  Json merged = Json::object();
  for (const std::string& name : texts_of(file.yaml.value("include", Json()), "include", file.path)) {
    auto found = files_.find((file.path.parent_path() / name).lexically_normal().string());
    if (found == files_.end()) found = files_.find(std::filesystem::path(name).filename().string());
    if (found == files_.end())
      fail("[read_task] there is no file {} to include, in {}", name, file.path.string());
    merged.update(with_includes(found->second, depth + 1));
  }
  merged.update(file.yaml);
  return merged;
}

bool TaskLibrary::is_synthetic(const std::string& task) const {
  const auto found = tasks_.find(task);
  return found != tasks_.end() &&
         with_includes(files_.at(found->second), 0).value("data", Json()).is_object();
}

TaskLibrary::SizedName TaskLibrary::split_length(const std::string& name) const {
  const size_t at = name.rfind('@');
  if (at == std::string::npos || !is_synthetic(name.substr(0, at))) return {name, std::nullopt};
  const auto length = parse_count(name.substr(at + 1));
  if (!length || *length < 1)
    fail("[eval] {}: {:?} is no length: give a number of tokens such as 4096", name, name.substr(at + 1));
  return {name.substr(0, at), length};
}

std::vector<std::string> TaskLibrary::in_all_lengths(const std::string& task) const {
  const auto [base, own_length] = split_length(task);
  if (own_length) return {fmt::format("{}@{}", base, *own_length)};
  if (lengths_.empty() || !is_synthetic(base)) return {base};
  std::vector<std::string> names;
  for (const int64_t length : lengths_) names.push_back(fmt::format("{}@{}", base, length));
  return names;
}

Task TaskLibrary::task(const std::string& name, const Json& overrides) const {
  const auto [base, length] = split_length(name);
  const auto found = tasks_.find(base);
  if (found == tasks_.end()) fail_unknown(name);
  const File& file = files_.at(found->second);
  Json yaml = with_includes(file, 0);
  yaml.erase("include");
  if (length) {
    yaml["data"]["length"] = *length;
    for (const char* key : {"task", "task_alias"}) {
      if (yaml.contains(key)) yaml[key] = fmt::format("{}@{}", yaml[key].get<std::string>(), *length);
    }
  }
  for (const auto& entry : overrides.items()) {
    const std::string& key = entry.key();
    const Json& value = entry.value();
    if (key == "generation_kwargs") {
      if (yaml.value("output_type", "generate_until") != "generate_until") continue;
      if (!yaml.contains(key)) yaml[key] = Json::object();
      yaml[key].update(value);
    } else if (key != "num_fewshot" || yaml.value(key, Json()) != 0) {
      yaml[key] = value;  // a task that says 0 examples means it
    }
  }
  return parse_task(yaml, file.path);
}

const TaskGroup& TaskLibrary::group(const std::string& name) const {
  const auto found = groups_.find(name);
  if (found == groups_.end()) fail_unknown(name);
  return found->second;
}

void TaskLibrary::fail_unknown(const std::string& name) const {
  std::vector<std::pair<size_t, std::string>> near;
  const auto consider = [&](const std::string& other) {
    near.emplace_back(edit_distance(name, other), other);
  };
  for (const auto& [other, file] : tasks_) consider(other);
  for (const auto& [other, group] : groups_) consider(other);
  std::sort(near.begin(), near.end());
  std::string hint;
  if (!near.empty() && near[0].first <= std::max<size_t>(2, name.size() / 3))
    hint = fmt::format(" Is {} meant?", near[0].second);
  fail("[eval] there is no task {}.{} See --tasks list", name, hint);
}

void TaskLibrary::collect(const std::string& name, std::vector<std::string>& tasks, int depth) const {
  if (depth > kMaxDepth) fail("[read_task] the group {} holds itself", name);
  const auto add = [&](const std::string& task) {
    for (const std::string& sized : in_all_lengths(task)) {
      if (std::find(tasks.begin(), tasks.end(), sized) == tasks.end()) tasks.push_back(sized);
    }
  };
  if (is_task(name)) return add(name);
  if (const auto group = groups_.find(name); group != groups_.end()) {
    for (const std::string& member : group->second.members) collect(member, tasks, depth + 1);
    return;
  }
  if (const auto tag = tags_.find(name); tag != tags_.end()) {
    for (const std::string& task : tag->second) add(task);
    return;
  }
  const size_t before = tasks.size();
  if (name.find('*') != std::string::npos) {
    for (const auto& [task, file] : tasks_) {
      if (matches(name, task)) add(task);
    }
  }
  if (tasks.size() == before) fail_unknown(name);
}

std::vector<std::string> TaskLibrary::tasks_of(const std::string& name) const {
  std::vector<std::string> tasks;
  collect(name, tasks, 0);
  return tasks;
}

std::vector<std::string> TaskLibrary::names() const {
  std::vector<std::string> names;
  for (const auto& [name, group] : groups_) names.push_back(name);
  for (const auto& [name, file] : tasks_) names.push_back(name);
  return names;
}

}  // namespace radlads::eval
