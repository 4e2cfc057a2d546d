#include "eval/against.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "core/error.h"
#include "core/parallel.h"
#include "core/random.h"
#include "eval/metrics.h"
#include "eval/results.h"

namespace radlads::eval {
namespace {

constexpr int64_t kResamples = 10'000;
constexpr double kTail = 0.025;
constexpr double kLeastLead = 0.01;  // of the teacher over chance, as a fraction of the measured one

bool has_relative_score(const PairedScores& scores) {
  const auto error = mean_standard_error(scores.teacher);
  const double lead = mean(scores.teacher) - scores.chance;
  return error && lead > 0 && lead >= 2 * *error;
}

double percent_of(double student, double teacher, double chance) {
  return 100 * ((student - chance) / (teacher - chance));
}

double resampled_percent(const PairedScores& scores, double lowest_teacher, Random random) {
  const size_t n = scores.teacher.size();
  double teacher = 0, student = 0;
  for (size_t i = 0; i < n; ++i) {
    const size_t document = random.below(n);
    teacher += scores.teacher[document];
    student += scores.student[document];
  }
  const auto count = static_cast<double>(n);
  return percent_of(student / count, std::max(teacher / count, lowest_teacher), scores.chance);
}

/// One percentage for each resample of the documents.
std::vector<double> bootstrap(const PairedScores& scores, uint64_t seed, int num_threads) {
  // A resample may put the teacher at chance or below. It counts as just above, so that the ratio keeps its
  // sign and stays finite.
  const double lowest_teacher = std::lerp(scores.chance, mean(scores.teacher), kLeastLead);
  std::vector<double> resampled(kResamples);
  parallel_ranges(kResamples, num_threads, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Random random(seed, Random::stream_of(fmt::format("relative {} {}", i, scores.task)));
      resampled[static_cast<size_t>(i)] = resampled_percent(scores, lowest_teacher, random);
    }
  });
  return resampled;
}

/// Interpolates between the two values around the rank.
double quantile(const std::vector<double>& sorted, double share) {
  const double rank = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(rank);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], rank - std::floor(rank));
}

RelativeScore score_of(double percent, std::vector<double> resampled) {
  std::sort(resampled.begin(), resampled.end());
  return {percent, quantile(resampled, kTail), quantile(resampled, 1 - kTail)};
}

}  // namespace

RelativeScores relative_scores(std::span<const PairedScores> tasks, uint64_t seed, int num_threads) {
  RelativeScores result;
  std::vector<double> mean_resampled(kResamples, 0.0);
  double sum = 0;
  for (const PairedScores& scores : tasks) {
    RADLADS_CHECK(!scores.teacher.empty() && scores.teacher.size() == scores.student.size(),
                  "{}: {} scores of the teacher, {} of the student", scores.task, scores.teacher.size(),
                  scores.student.size());
    if (!has_relative_score(scores)) {
      result.tasks.emplace_back();
      continue;
    }
    std::vector<double> resampled = bootstrap(scores, seed, num_threads);
    std::transform(resampled.begin(), resampled.end(), mean_resampled.begin(), mean_resampled.begin(),
                   std::plus());
    const double percent = percent_of(mean(scores.student), mean(scores.teacher), scores.chance);
    result.tasks.push_back(score_of(percent, std::move(resampled)));
    sum += percent;
    ++result.num_tasks;
  }
  if (result.num_tasks > 0) {
    const auto count = static_cast<double>(result.num_tasks);
    for (double& percent : mean_resampled) percent /= count;
    result.mean = score_of(sum / count, std::move(mean_resampled));
  }
  return result;
}

namespace {

/// Of all documents.
std::vector<double> scores_of(const Headline& headline) {
  std::vector<double> scores;
  for (const Figure* part : headline.parts)
    scores.insert(scores.end(), part->values.begin(), part->values.end());
  return scores;
}

std::string percent_text(const std::optional<RelativeScore>& score) {
  return score ? fmt::format("{:.1f} ({:.1f} to {:.1f})", score->percent, score->low, score->high) : "none";
}

Json as_json(const std::optional<RelativeScore>& score) {
  if (!score) return nullptr;
  return {{"percent", score->percent}, {"low", score->low}, {"high", score->high}};
}

[[noreturn]] void refuse_to_compare() {
  fail(
      "[eval] --against: no task has both an accuracy and a known chance to compare by: name one that has "
      "the key "
      "chance");
}

}  // namespace

void check_comparable(const std::vector<PreparedTask>& tasks) {
  if (std::none_of(tasks.begin(), tasks.end(),
                   [](const PreparedTask& x) { return x.task.chance.has_value(); }))
    refuse_to_compare();
}

TaskComparison compare_results(const EvalResult& teacher, const EvalResult& student, uint64_t seed,
                               int num_threads) {
  TaskComparison comparison;
  std::vector<PairedScores> pairs;
  const std::vector<Headline> of_teacher = headlines(teacher), of_student = headlines(student);
  RADLADS_CHECK(of_teacher.size() == of_student.size(), "{} headlines of the teacher, {} of the student",
                of_teacher.size(), of_student.size());
  for (size_t i = 0; i < of_student.size(); ++i) {
    const Headline& headline = of_student[i];
    if (!headline.chance) continue;
    comparison.tasks.push_back({headline.name, headline.metric, *headline.chance, of_teacher[i].estimate,
                                headline.estimate, std::nullopt});
    pairs.push_back({headline.name, scores_of(of_teacher[i]), scores_of(headline), *headline.chance});
  }
  if (pairs.empty()) refuse_to_compare();
  const RelativeScores scores = relative_scores(pairs, seed, num_threads);
  for (size_t i = 0; i < pairs.size(); ++i) comparison.tasks[i].relative = scores.tasks[i];
  comparison.mean = scores.mean;
  comparison.num_in_mean = scores.num_tasks;
  return comparison;
}

std::string comparison_table(const TaskComparison& comparison) {
  std::string text =
      "| task | metric | chance | teacher | student | relative, % (95% interval) "
      "|\n|---|---|---:|---:|---:|---:|\n";
  for (const ComparedTask& x : comparison.tasks) {
    text += fmt::format("| {} | {} | {:.2f} | {:.4f} | {:.4f} | {} |\n", x.name, x.metric, x.chance,
                        x.teacher.value, x.student.value, percent_text(x.relative));
  }
  text += fmt::format("| mean of {} of {} tasks | | | | | {} |\n", comparison.num_in_mean,
                      comparison.tasks.size(), percent_text(comparison.mean));
  return text;
}

Json comparison_json(const TaskComparison& comparison, const std::string& teacher) {
  Json json = {{"teacher", teacher}, {"tasks", Json::object()}};
  for (const ComparedTask& x : comparison.tasks) {
    json["tasks"][x.name] = {{"metric", x.metric},
                             {"chance", x.chance},
                             {"teacher", x.teacher.value},
                             {"student", x.student.value},
                             {"relative", as_json(x.relative)}};
  }
  json["mean"] = as_json(comparison.mean);
  json["num_tasks_in_mean"] = comparison.num_in_mean;
  return json;
}

}  // namespace radlads::eval
