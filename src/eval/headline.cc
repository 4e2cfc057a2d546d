#include "eval/headline.h"

#include <algorithm>

namespace radlads::eval {
namespace {

constexpr const char* kMetrics[] = {"acc_norm", "acc", "exact_match", "string_match"};

/// Null if the task does not have the metric.
const Figure* figure_of(const TaskResult& task, std::string_view metric) {
  const auto found = std::find_if(task.figures.begin(), task.figures.end(),
                                  [&](const Figure& figure) { return figure.metric == metric; });
  return found == task.figures.end() ? nullptr : &*found;
}

/// The mean chance of the tasks that have the headline's metric, which becomes its parts.
void add_parts(const std::vector<const TaskResult*>& tasks, Headline& headline) {
  double sum = 0, num_documents = 0;
  bool is_known = true;
  for (const TaskResult* task : tasks) {
    const Figure* figure = figure_of(*task, headline.metric);
    if (figure == nullptr) continue;
    const auto size = static_cast<double>(figure->values.size());
    headline.parts.push_back(figure);
    is_known = is_known && task->prepared.task.chance;
    sum += size * task->prepared.task.chance.value_or(0);
    num_documents += size;
  }
  if (is_known && num_documents > 0) headline.chance = sum / num_documents;
}

Headline headline_of(const GroupResult& group, const EvalResult& result) {
  Headline headline = {.name = group.group.name,
                       .metric = group.figures[0].metric,
                       .num_tasks = static_cast<int64_t>(group.tasks.size()),
                       .num_possible = group.num_possible,
                       .estimate = group.figures[0].estimate};
  std::vector<const TaskResult*> tasks;
  for (const TaskResult& task : result.tasks) {
    if (std::find(group.tasks.begin(), group.tasks.end(), task.prepared.task.name) != group.tasks.end())
      tasks.push_back(&task);
  }
  add_parts(tasks, headline);
  return headline;
}

std::optional<Headline> headline_of(const TaskResult& task) {
  for (const char* metric : kMetrics) {
    const Figure* figure = figure_of(task, metric);
    if (figure == nullptr) continue;
    Headline headline = {.name = task.prepared.task.name, .metric = metric, .estimate = figure->estimate};
    add_parts({&task}, headline);
    return headline;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Headline> headlines(const EvalResult& result) {
  std::vector<Headline> all;
  std::vector<std::string> grouped;
  const auto is_grouped = [&](const std::string& task) {
    return std::find(grouped.begin(), grouped.end(), task) != grouped.end();
  };
  for (const GroupResult& group : result.groups) {
    if (group.figures.empty() || is_grouped(group.tasks.front())) continue;
    all.push_back(headline_of(group, result));
    grouped.insert(grouped.end(), group.tasks.begin(), group.tasks.end());
  }
  for (const TaskResult& task : result.tasks) {
    if (is_grouped(task.prepared.task.name)) continue;
    if (auto headline = headline_of(task)) all.push_back(std::move(*headline));
  }
  return all;
}

}  // namespace radlads::eval
