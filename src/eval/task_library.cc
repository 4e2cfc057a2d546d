#include "eval/task_library.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/log.h"
#include "core/units.h"
#include "eval/task_keys.h"

namespace radlads::eval {
namespace {

constexpr int kMaxDepth = 8;  // of groups in groups

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

/// "*" stands for any characters.
bool matches_pattern(std::string_view pattern, std::string_view name) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (size_t i = star; i <= name.size(); ++i) {
    if (matches_pattern(rest, name.substr(i))) return true;
  }
  return false;
}

/// The name that was probably meant; nullopt if none is similar.
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> names) {
  std::optional<std::pair<size_t, std::string>> nearest;
  for (const std::string& other : names) {
    auto candidate = std::pair(edit_distance(name, other), other);
    if (!nearest || candidate < *nearest) nearest = std::move(candidate);
  }
  if (!nearest || nearest->first > std::max<size_t>(2, name.size() / 3)) return std::nullopt;
  return nearest->second;
}

}  // namespace

TaskLibrary::TaskLibrary(std::span<const EmbeddedFile> own,
                         std::span<const std::filesystem::path> include_paths, std::vector<int64_t> lengths)
    : lengths_(std::move(lengths)) {
  add_files(files_.add(own));
  for (const std::filesystem::path& folder : include_paths) add_files(files_.add_folder(folder));
  for (const auto& [name, file] : group_files_) {
    try {
      define_group(name, files_.with_includes(*file), *file, Json::object(), 0);
    } catch (const UserError& error) {
      faults_[name] = error.what();
    }
  }
}

/// Files of one origin. They take over names that an earlier origin had.
void TaskLibrary::add_files(const std::vector<const TaskFile*>& files) {
  std::map<std::string, const TaskFile*> taken;
  for (const TaskFile* file : files) {
    const bool is_group = file->yaml.contains("group");
    const Json value = file->yaml.value(is_group ? "group" : "task", Json());
    if (value.is_null()) continue;  // for others to include
    if (!value.is_string()) {
      warn("[read_task] the name of a task or group must be text in {}: the file is left out",
           file->path.string());
      continue;
    }
    const std::string name = value;
    if (const auto [other, is_new] = taken.emplace(name, file); !is_new) {
      faults_[name] = fmt::format("[read_task] {} is defined twice: in {} and in {}", name,
                                  other->second->path.string(), file->path.string());
      continue;
    }
    faults_.erase(name);
    tasks_.erase(name);
    group_files_.erase(name);
    if (is_group) {
      group_files_[name] = file;
      continue;
    }
    tasks_[name] = {file, "", Json::object()};
    try {
      const Json keys = files_.with_includes(*file);
      for (const std::string& tag : TaskKeys(keys, name, file->path).texts("tag")) {
        auto& members = tags_[tag];
        if (std::find(members.begin(), members.end(), name) == members.end()) members.push_back(name);
      }
    } catch (const UserError& error) {
      faults_[name] = error.what();
    }
  }
}

/// With `keys` for all tasks in it.
void TaskLibrary::define_group(const std::string& name, const Json& yaml, const TaskFile& file, Json keys,
                               int depth) {
  if (depth > kMaxDepth) fail("[read_task] the group {} contains itself in {}", name, file.path.string());
  TaskGroup group = parse_group(yaml, name, file.path);
  Json own = Json::object();
  for (const auto& entry : yaml.items()) {
    if (!is_group_key(entry.key())) own[entry.key()] = entry.value();
  }
  own.update(keys);
  const Json members = yaml.value("task", Json());
  if (members.empty()) fail("[read_task] the group {} has no members in {}", name, file.path.string());
  for (const Json& item : members.is_array() ? members : Json::array({members}))
    add_member(item, file, own, depth, group);
  groups_[name] = std::move(group);
}

/// A name, or a map with a name and keys that change what it names, or a group that is defined here.
void TaskLibrary::add_member(const Json& item, const TaskFile& file, const Json& keys, int depth,
                             TaskGroup& group) {
  if (item.is_string()) return add_changed(item, file, keys, depth, group);
  const std::string subject = group.name + ", task";
  if (!item.is_object())
    fail("[read_task] {}: must be a name or a map, not {} in {}", subject,
         OrderedJsonField(item, "", "").shown(), file.path.string());
  TaskKeys fields(item, subject, file.path);
  const bool is_group = item.contains("group");
  const std::string name = fields.text(is_group ? "group" : "task");
  if (name.empty()) fields.fail("a member needs a name");
  if (is_group && !group_files_.contains(name)) {
    Json inner = item;
    if (!inner.contains("group_alias")) inner["group_alias"] = name;
    group.members.push_back(group.name + "::" + name);
    return define_group(group.members.back(), inner, file, keys, depth + 1);
  }
  Json changed = keys;
  changed.update(item);
  changed.erase(is_group ? "group" : "task");
  add_changed(name, file, std::move(changed), depth, group);
}

void TaskLibrary::add_changed(const std::string& name, const TaskFile& file, Json keys, int depth,
                              TaskGroup& group) {
  const std::string full_name = group.name + "::" + name;
  const bool is_own = keys.contains("doc_to_text") || keys.contains("doc_to_target");
  if (keys.empty() ||
      (!tasks_.contains(name) && !group_files_.contains(name) && !tags_.contains(name) && !is_own)) {
    group.members.push_back(name);  // an unknown one is refused when it is asked for
  } else if (const auto other = group_files_.find(name); other != group_files_.end()) {
    group.members.push_back(full_name);
    define_group(full_name, files_.with_includes(*other->second), *other->second, std::move(keys), depth + 1);
  } else if (const auto tag = tags_.find(name); tag != tags_.end() && !tasks_.contains(name)) {
    for (const std::string& task : tag->second) add_changed(task, file, keys, depth, group);
  } else {
    const auto base = tasks_.find(name);
    group.members.push_back(full_name);
    tasks_[full_name] = base == tasks_.end() ? Entry{&file, "", std::move(keys)}
                                             : Entry{base->second.file, name, std::move(keys)};
  }
}

/// All keys of a task.
Json TaskLibrary::keys_of(const Entry& entry, const std::string& name) const {
  const bool is_own = entry.base.empty() && entry.keys.empty();
  if (is_own) return files_.with_includes(*entry.file);
  Json keys = entry.base.empty() ? Json::object() : files_.with_includes(*entry.file);
  keys.update(entry.keys);
  if (!entry.base.empty() && !keys.contains("data")) keys["data"] = entry.base;
  if (!entry.base.empty() && !keys.contains("task_alias")) keys["task_alias"] = entry.base;
  keys["task"] = name;
  return keys;
}

void TaskLibrary::check_usable(const std::string& name) const {
  if (const auto fault = faults_.find(name); fault != faults_.end()) throw UserError(fault->second);
}

bool TaskLibrary::is_synthetic(const std::string& task) const {
  const auto found = tasks_.find(task);
  if (found == tasks_.end() || faults_.contains(task)) return false;
  return keys_of(found->second, task).value("data", Json()).is_object();
}

TaskLibrary::SizedName TaskLibrary::split_length(const std::string& name) const {
  const size_t at = name.rfind('@');
  if (at == std::string::npos || !is_synthetic(name.substr(0, at))) return {name, std::nullopt};
  const auto length = parse_count(name.substr(at + 1));
  if (!length || *length < 1)
    fail("[eval] {}: {:?} is not a length: give a number of tokens such as 4096", name, name.substr(at + 1));
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
  check_usable(base);
  const auto found = tasks_.find(base);
  if (found == tasks_.end()) fail_unknown(name);
  Json yaml = keys_of(found->second, base);
  if (length) {
    yaml["data"]["length"] = *length;
    for (const char* key : {"task", "task_alias"}) {
      if (yaml.contains(key) && yaml[key].is_string())
        yaml[key] = fmt::format("{}@{}", yaml[key].get<std::string>(), *length);
    }
  }
  for (const auto& entry : overrides.items()) {
    const std::string& key = entry.key();
    const Json& value = entry.value();
    if (key == "generation_kwargs") {
      if (yaml.value("output_type", Json("generate_until")) != "generate_until") continue;
      if (yaml.value(key, Json()).is_null()) {
        const Json delimiter = yaml.value("fewshot_delimiter", Json());
        yaml[key] = default_generation(delimiter.is_string() ? delimiter.get<std::string>() : "\n\n");
      }
      if (yaml[key].is_object()) yaml[key].update(value);  // else parse_task refuses it
    } else if (key != "num_fewshot" || yaml.value(key, Json()) != 0) {
      yaml[key] = value;  // a task that says 0 examples keeps 0
    }
  }
  return parse_task(yaml, found->second.file->path);
}

const TaskGroup& TaskLibrary::group(const std::string& name) const {
  check_usable(name);
  const auto found = groups_.find(name);
  if (found == groups_.end()) fail_unknown(name);
  return found->second;
}

void TaskLibrary::fail_unknown(const std::string& name) const {
  const auto near = nearest_name(name, names());
  fail("[eval] there is no task {}.{} See --tasks list", name,
       near ? fmt::format(" Did you mean {}?", *near) : std::string());
}

void TaskLibrary::collect(const std::string& name, std::vector<std::string>& tasks, int depth) const {
  if (depth > kMaxDepth) fail("[read_task] the group {} contains itself", name);
  check_usable(name);
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
      if (matches_pattern(name, task)) add(task);
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
