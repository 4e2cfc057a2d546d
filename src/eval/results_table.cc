// What results.h shows of results: the table, and the figures that tasks are judged by.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/utf8.h"
#include "eval/results.h"

namespace radlads::eval {
namespace {

constexpr size_t kColumns = 9;
using Row = std::array<std::string, kColumns>;
constexpr std::array<std::string_view, kColumns> kHeaders = {"", "Version", "Filter", "n-shot", "Metric",
                                                             "", "Value",   "",       "Stderr"};
constexpr std::array<bool, kColumns> kRight = {false, true, false, true, false, false, true, false, true};
constexpr size_t kValue = 6, kStderr = 8;

/// Characters, not bytes: arrows and plus-minus signs take three.
size_t width_of(std::string_view text) {
  size_t width = 0;
  for (size_t position = 0; position < text.size(); ++width) next_character(text, position);
  return width;
}

std::string padded(std::string_view text, size_t width, bool right) {
  const std::string space(width - std::min(width, width_of(text)), ' ');
  return right ? space + std::string(text) : std::string(text) + space;
}

std::string centered(std::string_view text, size_t width) {
  const size_t left = (width - std::min(width, width_of(text))) / 2;
  return padded(std::string(left, ' ') + std::string(text), width, false);
}

/// Removes the zeros that all numbers of a column end in.
void shorten(std::vector<Row>& rows, size_t column) {
  size_t surplus = 3;  // a digit after the point stays
  for (const Row& row : rows) {
    const std::string& text = row[column];
    if (text.find('.') == std::string::npos) continue;
    surplus = std::min(surplus, text.size() - 1 - std::min(text.size() - 1, text.find_last_not_of('0')));
  }
  for (Row& row : rows) {
    if (row[column].find('.') != std::string::npos) row[column].resize(row[column].size() - surplus);
  }
}

std::string markdown(std::string_view first_header, std::vector<Row> rows) {
  shorten(rows, kValue);
  shorten(rows, kStderr);
  Row headers;
  for (size_t c = 0; c < kColumns; ++c) headers[c] = kHeaders[c];
  headers[0] = first_header;
  std::array<size_t, kColumns> widths;
  for (size_t c = 0; c < kColumns; ++c) {
    widths[c] = std::max<size_t>(3, width_of(headers[c]));
    if (headers[c].empty()) widths[c] = 1;
    for (const Row& row : rows) widths[c] = std::max(widths[c], width_of(row[c]));
    if (headers[c].empty()) widths[c] = std::max<size_t>(widths[c], 3);
  }
  std::string text = "|", line = "|";
  for (size_t c = 0; c < kColumns; ++c) {
    text += centered(headers[c], widths[c]) + "|";
    line += std::string(widths[c] - (kRight[c] ? 1 : 0), '-') + (kRight[c] ? ":|" : "|");
  }
  text += "\n" + line + "\n";
  for (const Row& row : rows) {
    text += "|";
    for (size_t c = 0; c < kColumns; ++c) text += padded(row[c], widths[c], kRight[c]) + "|";
    text += "\n";
  }
  return text;
}

std::string version_text(const Json& version) {
  if (version.is_string()) return version.get<std::string>();
  return version.is_number() ? fmt::format("{}", version.get<double>()) : "N/A";
}

void add_rows(const ResultEntry& entry, std::vector<Row>& rows) {
  const std::string indent = entry.depth > 0 ? std::string(static_cast<size_t>(entry.depth), ' ') + "- " : "";
  std::string name = indent + entry.name, version = entry.version;
  for (const Figure* figure : entry.figures) {
    const auto& error = figure->estimate.standard_error;
    rows.push_back({name, version, figure->filter, entry.num_fewshot, figure->metric,
                    figure->higher_is_better ? "↑" : "↓", fmt::format("{:.4f}", figure->estimate.value), "±",
                    error ? fmt::format("{:.4f}", *error) : "N/A"});
    name.clear();
    version.clear();
  }
  if (entry.figures.empty()) rows.push_back({name, version, "", entry.num_fewshot, "", "", "", "", ""});
}

std::vector<const Figure*> sorted(const std::vector<Figure>& figures) {
  std::vector<const Figure*> pointers;
  for (const Figure& figure : figures) pointers.push_back(&figure);
  // Ranges of positions keep their order: names are compared up to their numbers.
  const auto key = [](const Figure* figure) {
    const std::string& metric = figure->metric;
    return std::pair(metric.substr(0, metric.find_first_of("0123456789")), figure->filter);
  };
  std::stable_sort(pointers.begin(), pointers.end(),
                   [&](const Figure* a, const Figure* b) { return key(a) < key(b); });
  return pointers;
}

class Entries {
 public:
  explicit Entries(const EvalResult& result) : result_(result) {}

  std::vector<ResultEntry> all() {
    std::vector<std::string> roots, alone;
    for (const GroupResult& group : result_.groups) {
      if (!is_below_another(group.group.name)) roots.push_back(group.group.name);
    }
    for (const TaskResult& task : result_.tasks) {
      if (!is_below_another(task.prepared.task.name)) alone.push_back(task.prepared.task.name);
    }
    std::sort(roots.begin(), roots.end());
    std::sort(alone.begin(), alone.end());
    for (const std::string& name : roots) add(name, 0);
    for (const std::string& name : alone) add(name, 0);
    return std::move(entries_);
  }

 private:
  bool is_below_another(const std::string& name) const {
    return std::any_of(result_.groups.begin(), result_.groups.end(), [&](const GroupResult& group) {
      return std::find(group.members.begin(), group.members.end(), name) != group.members.end();
    });
  }

  void add(const std::string& name, int depth) {
    for (const GroupResult& group : result_.groups) {
      if (group.group.name != name) continue;
      const std::string partial = partial_text(static_cast<int64_t>(group.tasks.size()), group.num_possible);
      entries_.push_back({group.group.alias + (partial.empty() ? "" : fmt::format(" ({})", partial)), depth,
                          /*is_group=*/true, version_text(group.group.version), num_fewshot(group),
                          sorted(group.figures)});
      std::vector<std::string> members = group.members;
      std::sort(members.begin(), members.end());
      for (const std::string& member : members) add(member, depth + 1);
      return;
    }
    for (const TaskResult& task : result_.tasks) {
      if (task.prepared.task.name != name) continue;
      entries_.push_back({task.prepared.task.alias, depth, /*is_group=*/false,
                          version_text(task.prepared.task.version), std::to_string(task.prepared.num_fewshot),
                          sorted(task.figures)});
    }
  }

  /// Of all tasks of a group, if they agree.
  std::string num_fewshot(const GroupResult& group) const {
    std::string text;
    for (const TaskResult& task : result_.tasks) {
      if (std::find(group.tasks.begin(), group.tasks.end(), task.prepared.task.name) == group.tasks.end())
        continue;
      const std::string here = std::to_string(task.prepared.num_fewshot);
      if (!text.empty() && text != here) return "";
      text = here;
    }
    return text;
  }

  const EvalResult& result_;
  std::vector<ResultEntry> entries_;
};

}  // namespace

std::vector<ResultEntry> result_entries(const EvalResult& result) { return Entries(result).all(); }

std::string partial_text(int64_t num_tasks, int64_t num_possible) {
  return num_tasks < num_possible ? fmt::format("{} of {}", num_tasks, num_possible) : "";
}

std::string results_table(const EvalResult& result) {
  std::vector<Row> rows, group_rows;
  for (const ResultEntry& entry : result_entries(result)) {
    add_rows(entry, rows);
    if (entry.is_group && !entry.figures.empty()) add_rows(entry, group_rows);
  }
  std::string text = markdown("Tasks", rows);
  if (!group_rows.empty()) text += "\n" + markdown("Groups", group_rows);
  return text;
}

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
