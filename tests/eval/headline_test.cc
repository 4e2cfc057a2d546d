// Which figure a task is judged by, what a group counts for, and the table's entries.
#include <gtest/gtest.h>

#include "core/error.h"
#include "eval/against.h"
#include "eval/results.h"

namespace radlads::eval {
namespace {

Figure figure(const std::string& metric, std::vector<double> values, const std::string& filter = "none") {
  Figure made = {.metric = metric, .filter = filter, .values = std::move(values)};
  made.estimate = {mean(made.values), mean_standard_error(made.values)};
  return made;
}

TaskResult task(const std::string& name, std::optional<double> chance, std::vector<Figure> figures) {
  TaskResult result;
  result.prepared.task.name = result.prepared.task.alias = name;
  result.prepared.task.chance = chance;
  result.figures = std::move(figures);
  return result;
}

GroupResult group(const std::string& name, std::vector<std::string> tasks, std::vector<std::string> members,
                  std::vector<Figure> figures) {
  GroupResult result;
  result.group.name = result.group.alias = name;
  result.tasks = std::move(tasks);
  result.members = std::move(members);
  result.num_possible = 3;
  result.figures = std::move(figures);
  return result;
}

/// A group of two tasks, its inner group, a group without figures, and tasks outside of them.
EvalResult example() {
  EvalResult result;
  result.tasks = {
      task("a", 0.25, {figure("acc", {1, 0, 1, 0})}),
      task("b", 0.5, {figure("acc", {1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1}), figure("acc_norm", {0, 0})}),
      task("piqa", 0.5, {figure("acc", {0, 0}), figure("acc_norm", {1, 0})}),
      task("gsm8k", 0, {figure("exact_match", {0, 1}, "strict"), figure("exact_match", {1, 1}, "loose")}),
      task("text", std::nullopt, {figure("word_perplexity", {-3, -4})}),
      task("mine", std::nullopt, {figure("acc", {1, 1})})};
  result.groups = {group("all", {"a", "b"}, {"inner"}, {figure("acc", {1, 0})}),
                   group("inner", {"a", "b"}, {"a", "b"}, {figure("acc", {0, 0})}),
                   group("tagged", {"piqa"}, {"piqa"}, {})};
  return result;
}

TEST(Headlines, AreOfGroupsWithFiguresAndTheTasksBeside) {
  const EvalResult result = example();
  const std::vector<Headline> lines = headlines(result);
  std::vector<std::string> names;
  for (const Headline& line : lines) names.push_back(line.name + " " + line.metric);
  EXPECT_EQ(names, (std::vector<std::string>{"all acc", "piqa acc_norm", "gsm8k exact_match", "mine acc"}));
  EXPECT_EQ(lines[0].estimate.value, 0.5);
  EXPECT_EQ(lines[0].num_tasks, 2);
  EXPECT_EQ(lines[0].num_possible, 3);
  ASSERT_EQ(lines[0].parts.size(), 2u);
  EXPECT_EQ(lines[0].parts[1], &result.tasks[1].figures[0]);
  EXPECT_EQ(lines[0].chance, (4 * 0.25 + 12 * 0.5) / 16);
  EXPECT_EQ(lines[1].estimate.value, 0.5);
  EXPECT_EQ(lines[1].num_possible, 1);
  EXPECT_EQ(lines[2].estimate.value, 0.5);  // of the first filter
  EXPECT_FALSE(lines[3].chance);
}

TEST(Headlines, AGroupHasNoChanceWhereATaskHasNone) {
  EvalResult result = example();
  result.tasks[1].prepared.task.chance.reset();
  EXPECT_FALSE(headlines(result)[0].chance);
  EXPECT_TRUE(headlines({}).empty());
}

TEST(CompareResults, TakesTheHeadlinesThatHaveAChance) {
  const EvalResult student = example();
  EvalResult teacher = example();
  teacher.tasks[2].figures[1] = figure("acc_norm", {1, 1});
  const TaskComparison comparison = compare_results(teacher, student, 1, 1);
  ASSERT_EQ(comparison.tasks.size(), 3u);
  EXPECT_EQ(comparison.tasks[1].name, "piqa");
  EXPECT_EQ(comparison.tasks[1].metric, "acc_norm");
  EXPECT_EQ(comparison.tasks[1].teacher.value, 1);
  EXPECT_EQ(comparison.tasks[1].student.value, 0.5);
  ASSERT_TRUE(comparison.tasks[1].relative);
  EXPECT_EQ(comparison.tasks[1].relative->percent, 0);

  EvalResult without;
  without.tasks = {task("mine", std::nullopt, {figure("acc", {1, 1})})};
  EXPECT_THROW(compare_results(without, without, 1, 1), UserError);
}

TEST(ResultEntries, StandInTheirGroupsByName) {
  const EvalResult result = example();
  std::vector<std::string> names;
  for (const ResultEntry& entry : result_entries(result))
    names.push_back(std::string(static_cast<size_t>(entry.depth), '-') + entry.name);
  EXPECT_EQ(names, (std::vector<std::string>{"all (2 of 3)", "-inner (2 of 3)", "--a", "--b",
                                             "tagged (1 of 3)", "-piqa", "gsm8k", "mine", "text"}));
  const std::vector<ResultEntry> entries = result_entries(result);
  EXPECT_TRUE(entries[4].is_group && entries[4].figures.empty());
  ASSERT_EQ(entries[6].figures.size(), 2u);
  EXPECT_EQ(entries[6].figures[0]->filter, "loose");
}

}  // namespace
}  // namespace radlads::eval
