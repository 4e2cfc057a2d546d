#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.h"
#include "eval/against.h"

namespace radlads::eval {
namespace {

constexpr uint64_t kSeed = 1;

/// n documents; of the teacher's answers `teacher` are right, and the student agrees on a document with the
/// probability `agreement`.
PairedScores example(const std::string& task, int n, double teacher, double agreement) {
  PairedScores scores{task, {}, {}, 0.25};
  Random random(3, Random::stream_of(task));
  for (int i = 0; i < n; ++i) {
    const double right = i < teacher * n ? 1 : 0;
    scores.teacher.push_back(right);
    scores.student.push_back(random.uniform() < agreement ? right : 1 - right);
  }
  return scores;
}

RelativeScore score_of(const PairedScores& scores) {
  return relative_scores(std::span(&scores, 1), kSeed, 1).tasks.at(0).value();
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value / static_cast<double>(values.size());
  return sum;
}

TEST(RelativeScores, MeasureFromChance) {
  // Teacher 0.75, student 0.5: half of the way from 0.25.
  const PairedScores half{"a", {1, 1, 1, 0, 1, 1, 1, 0}, {1, 0, 1, 0, 1, 0, 1, 0}, 0.25};
  EXPECT_DOUBLE_EQ(score_of(half).percent, 50);
  // Below chance and above the teacher: not clipped.
  EXPECT_DOUBLE_EQ(score_of({"a", half.teacher, {0, 0, 0, 0, 0, 0, 0, 0}, 0.25}).percent, -50);
  EXPECT_DOUBLE_EQ(score_of({"a", half.teacher, {1, 1, 1, 1, 1, 1, 1, 1}, 0.25}).percent, 150);
}

TEST(RelativeScores, PairDocuments) {
  PairedScores same = example("a", 200, 0.6, 1);
  const RelativeScore score = score_of(same);
  EXPECT_EQ(score.percent, 100);
  EXPECT_EQ(score.low, 100);
  EXPECT_EQ(score.high, 100);
}

// A normal interval, whose deviation is that of (student - chance) - ratio (teacher - chance), over the
// teacher's lead (the delta method).
TEST(RelativeScores, IntervalIsThatOfTheRatio) {
  const PairedScores scores = example("a", 4000, 0.7, 0.85);
  const double lead = mean_of(scores.teacher) - scores.chance;
  const double ratio = (mean_of(scores.student) - scores.chance) / lead;
  double variance = 0;
  for (size_t i = 0; i < scores.teacher.size(); ++i) {
    const double rest = scores.student[i] - scores.chance - ratio * (scores.teacher[i] - scores.chance);
    variance += rest * rest / 4000;
  }
  const double half_width = 100 * 1.959964 * std::sqrt(variance / 4000) / lead;
  const RelativeScore score = score_of(scores);
  EXPECT_NEAR(score.percent, 100 * ratio, 1e-9);
  EXPECT_NEAR(score.high - score.percent, half_width, 0.05 * half_width);
  EXPECT_NEAR(score.percent - score.low, half_width, 0.05 * half_width);
}

TEST(RelativeScores, NoneNearChance) {
  // 100 documents: the standard error is 0.0477 at 0.35, 0.0473 at 0.34.
  EXPECT_TRUE(relative_scores(std::vector{example("a", 100, 0.35, 0.9)}, kSeed, 1).tasks[0]);
  const RelativeScores near = relative_scores(std::vector{example("a", 100, 0.34, 0.9)}, kSeed, 1);
  EXPECT_FALSE(near.tasks[0]);
  EXPECT_FALSE(near.mean);
  EXPECT_EQ(near.num_tasks, 0);
  // No deviation at all: at chance, and above it.
  EXPECT_FALSE(relative_scores(std::vector{PairedScores{"a", {0, 0}, {1, 0}, 0}}, kSeed, 1).tasks[0]);
  EXPECT_TRUE(relative_scores(std::vector{PairedScores{"a", {1, 1}, {1, 0}, 0}}, kSeed, 1).tasks[0]);
  EXPECT_FALSE(relative_scores(std::vector{PairedScores{"a", {1}, {1}, 0}}, kSeed, 1).tasks[0]);
}

// Resamples that put the teacher at chance or below bound the interval by 100 times the student's lead.
TEST(RelativeScores, StayFiniteNearChance) {
  const RelativeScore score = score_of({"a", {1, 1, 1, 0, 0, 0, 0, 0}, {1, 0, 0, 1, 1, 0, 0, 0}, 0});
  EXPECT_DOUBLE_EQ(score.percent, 100);
  EXPECT_GT(score.high, 200);
  EXPECT_LE(score.high, 100 * 100 * 8 / 3.0);
  EXPECT_GE(score.low, 0);
}

TEST(RelativeScores, MeanIsOverTheTasksThatHaveOne) {
  const std::vector<PairedScores> tasks = {example("a", 500, 0.7, 0.9), example("b", 100, 0.25, 0.9),
                                           example("c", 500, 0.5, 0.8)};
  const RelativeScores scores = relative_scores(tasks, kSeed, 1);
  ASSERT_TRUE(scores.tasks[0] && !scores.tasks[1] && scores.tasks[2] && scores.mean);
  const RelativeScore &a = *scores.tasks[0], &c = *scores.tasks[2], &mean = *scores.mean;
  EXPECT_EQ(scores.num_tasks, 2);
  EXPECT_DOUBLE_EQ(mean.percent, (a.percent + c.percent) / 2);
  // Tasks are independent: variances add up.
  EXPECT_NEAR(mean.high - mean.low, std::hypot(a.high - a.low, c.high - c.low) / 2,
              0.05 * (mean.high - mean.low));
  // A task's score does not depend on the others.
  const RelativeScore alone = score_of(tasks[2]);
  EXPECT_EQ(alone.percent, c.percent);
  EXPECT_EQ(alone.low, c.low);
  EXPECT_EQ(alone.high, c.high);
}

TEST(RelativeScores, AreTheSameForAnyNumberOfThreads) {
  const std::vector<PairedScores> tasks = {example("a", 300, 0.7, 0.9), example("b", 300, 0.5, 0.8)};
  const RelativeScore one = relative_scores(tasks, kSeed, 1).mean.value();
  const RelativeScore three = relative_scores(tasks, kSeed, 3).mean.value();
  const RelativeScore other = relative_scores(tasks, kSeed + 1, 1).mean.value();
  EXPECT_EQ(one.low, three.low);
  EXPECT_EQ(one.high, three.high);
  EXPECT_EQ(one.percent, other.percent);
  EXPECT_NE(one.low, other.low);
}

}  // namespace
}  // namespace radlads::eval
