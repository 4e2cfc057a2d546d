#include "eval/evaluate.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "core/log.h"

namespace radlads::eval {

EvalResult evaluate(const EvalModel& model, const TaskLibrary& library, std::vector<PreparedTask> tasks,
                    const EvalSettings& settings, const ComputeSettings& compute, Journal* journal) {
  EvalResult result;
  result.tasks = ask(model, std::move(tasks), settings, compute, journal);
  result.groups = summarize_groups(library, settings, result.tasks);
  return result;
}

std::vector<TaskResult> ask(const EvalModel& model, std::vector<PreparedTask> tasks,
                            const EvalSettings& settings, const ComputeSettings& compute, Journal* journal) {
  std::vector<TaskResult> results;
  for (PreparedTask& prepared : tasks) {
    TaskResult& result = results.emplace_back();
    result.prepared = std::move(prepared);
    const auto start = std::chrono::steady_clock::now();
    result.answers =
        result.prepared.task.output == OutputType::kGenerateUntil
            ? generated_answers(model, result.prepared, settings, compute, journal, result.num_truncated)
            : scored_answers(model, result.prepared, compute, journal, result.num_truncated);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (result.num_truncated > 0) {
      warn(
          "[eval] {}: {} of {} questions are longer than the model's window of {} tokens and lost their "
          "beginning",
          result.prepared.task.name, result.num_truncated, result.prepared.questions.size(),
          model.encoder.window());
    }
    result.figures =
        measure(result.prepared.task, result.prepared.questions, result.answers, compute.num_threads);
  }
  return results;
}

namespace {

const TaskResult* find_result(const std::vector<TaskResult>& results, const std::string& name) {
  const auto found = std::find_if(results.begin(), results.end(),
                                  [&](const TaskResult& x) { return x.prepared.task.name == name; });
  return found == results.end() ? nullptr : &*found;
}

/// The filters with which any of the tasks has the metric.
std::set<std::string> filters_of(const GroupMetric& metric, const std::vector<const TaskResult*>& tasks) {
  std::set<std::string> filters(metric.filters.begin(), metric.filters.end());
  if (!filters.empty()) return filters;
  for (const TaskResult* task : tasks) {
    for (const Figure& figure : task->figures) {
      if (figure.metric == metric.metric) filters.insert(figure.filter);
    }
  }
  return filters;
}

/// A figure over the tasks that have the metric with this filter; nullopt if none has.
std::optional<Figure> mean_over(const GroupMetric& metric, const std::string& filter,
                                const std::vector<const TaskResult*>& tasks) {
  std::vector<SubtaskEstimate> parts;
  Figure mean = {metric.metric, filter};
  for (const TaskResult* task : tasks) {
    for (const Figure& figure : task->figures) {
      if (figure.metric != metric.metric || figure.filter != filter) continue;
      parts.push_back({figure.estimate, static_cast<int64_t>(figure.values.size())});
      mean.higher_is_better = figure.higher_is_better;
    }
  }
  if (parts.empty()) return std::nullopt;
  mean.estimate = metric.weight_by_size ? mean_by_size(parts) : plain_mean(parts);
  return mean;
}

void summarize(GroupResult& result, const std::vector<TaskResult>& results) {
  std::vector<const TaskResult*> tasks;
  for (const std::string& name : result.tasks) {
    tasks.push_back(find_result(results, name));
    result.num_documents += static_cast<int64_t>(tasks.back()->prepared.questions.size());
  }
  for (const GroupMetric& metric : result.group.metrics) {
    for (const std::string& filter : filters_of(metric, tasks)) {
      if (auto figure = mean_over(metric, filter, tasks)) result.figures.push_back(std::move(*figure));
    }
  }
}

}  // namespace

std::vector<GroupResult> summarize_groups(const TaskLibrary& library, const EvalSettings& settings,
                                          const std::vector<TaskResult>& tasks) {
  std::vector<GroupResult> groups;
  std::vector<std::string> open(settings.tasks.rbegin(), settings.tasks.rend());
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    const auto is_there = [&](const GroupResult& x) { return x.group.name == name; };
    if (!library.is_group(name) || std::any_of(groups.begin(), groups.end(), is_there)) continue;
    GroupResult result;
    result.group = library.group(name);
    const auto was_evaluated = [&](const std::string& task) { return find_result(tasks, task) != nullptr; };
    const std::vector<std::string> possible = library.tasks_of(name);
    result.num_possible = static_cast<int64_t>(possible.size());
    std::copy_if(possible.begin(), possible.end(), std::back_inserter(result.tasks), was_evaluated);
    for (const std::string& member : result.group.members) {
      const std::vector<std::string> below = library.tasks_of(member);
      if (std::none_of(below.begin(), below.end(), was_evaluated)) continue;
      if (library.is_group(member)) {
        result.members.push_back(member);
      } else {
        std::copy_if(below.begin(), below.end(), std::back_inserter(result.members), was_evaluated);
      }
    }
    summarize(result, tasks);
    open.insert(open.end(), result.group.members.rbegin(), result.group.members.rend());
    if (!result.tasks.empty()) groups.push_back(std::move(result));
  }
  return groups;
}

}  // namespace radlads::eval
