#include "kernels/loss.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"
#include "kernels/each_target.h"
#include "kernels/output.h"
#include "kernels/reference.h"
#include "support/expect_close.h"
#include "support/numeric_gradient.h"
#include "support/random_floats.h"

namespace radlads::kernels {
namespace {

constexpr double kBound = 2e-6;
constexpr float kGradScale = 0.5f;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Around vector lengths, over the piece that is summed at once, and a real vocabulary.
constexpr int64_t kSizes[] = {1, 3, 15, 16, 17, 97, 1024, 1031, 5000};
constexpr int64_t kRealVocabulary = 152'064;

/// Losses of [rows,n] tensors, row by row.
Doubles distance(const Doubles& teacher, const Doubles& student, int64_t n) {
  Doubles loss(teacher.size() / n);
  for (size_t i = 0; i < teacher.size(); ++i)
    loss[i / n] += (student[i] - teacher[i]) * (student[i] - teacher[i]);
  for (double& value : loss) value = std::sqrt(value);
  return loss;
}

Doubles log_softmax(const Doubles& x, int64_t n) {
  Doubles y = x;
  for (auto row = y.begin(); row != y.end(); row += n) {
    const double top = *std::max_element(row, row + n);
    double sum = 0;
    for (auto it = row; it != row + n; ++it) sum += std::exp(*it - top);
    for (auto it = row; it != row + n; ++it) *it -= top + std::log(sum);
  }
  return y;
}

Doubles kl(const Doubles& teacher, const Doubles& student, int64_t n) {
  const Doubles log_t = log_softmax(teacher, n), log_s = log_softmax(student, n);
  Doubles loss(teacher.size() / n);
  for (size_t i = 0; i < teacher.size(); ++i) loss[i / n] += std::exp(log_t[i]) * (log_t[i] - log_s[i]);
  return loss;
}

/// grad_scale (softmax(student) - softmax(teacher)).
Values kl_gradient(const Values& teacher, const Values& student, int64_t n) {
  const Doubles log_t = log_softmax(doubles(teacher), n), log_s = log_softmax(doubles(student), n);
  Doubles gradient(teacher.size());
  for (size_t i = 0; i < teacher.size(); ++i)
    gradient[i] = kGradScale * (std::exp(log_s[i]) - std::exp(log_t[i]));
  return floats(gradient);
}

Doubles cross_entropy(const Doubles& logits, const std::vector<int64_t>& targets, int64_t n) {
  const Doubles log_p = log_softmax(logits, n);
  Doubles loss;
  for (size_t m = 0; m < targets.size(); ++m) loss.push_back(targets[m] < 0 ? 0 : -log_p[m * n + targets[m]]);
  return loss;
}

Values scales(int64_t rows) { return Values(rows, kGradScale); }

TEST(DistanceLoss, EqualsTheFormulaAndItsGradient) {
  for_each_target([] {
    for (const int64_t width : {1, 3, 15, 16, 17, 97}) {
      const int64_t rows = 3;
      const Values teacher = random_floats("t", rows * width), student = random_floats("s", rows * width);
      Output loss(rows), d_student(rows * width), in_place(student);
      Context context;
      distance_loss(context,
                    {rows, width, teacher.data(), student.data(), kGradScale, loss.data(), d_student.data()});
      distance_loss(context,
                    {rows, width, teacher.data(), in_place.data(), kGradScale, loss.data(), in_place.data()});
      Doubles s = doubles(student);
      const Doubles t = doubles(teacher);
      EXPECT_TRUE(is_close(loss.values(), floats(distance(t, s, width)), kBound));
      const Values want = numeric_gradient(s, [&] { return dot(distance(t, s, width), scales(rows)); });
      EXPECT_TRUE(is_close(d_student.values(), want, kBound)) << width;
      EXPECT_EQ(in_place.values(), d_student.values());
    }
  });
}

TEST(DistanceLoss, EqualRowsHaveLossAndGradientZero) {
  for_each_target([] {
    const Values x = random_floats("x", 2 * 19);
    Output loss(2), d_student(2 * 19);
    Context context;
    distance_loss(context, {2, 19, x.data(), x.data(), kGradScale, loss.data(), d_student.data()});
    EXPECT_EQ(loss.values(), Values(2));
    EXPECT_EQ(d_student.values(), Values(2 * 19));
  });
}

TEST(KlReference, GradientEqualsFiniteDifferences) {
  const int64_t rows = 3, n = 19;
  const Values teacher = random_floats("t", rows * n, 2), student = random_floats("s", rows * n, 2);
  Doubles s = doubles(student);
  const Values want = numeric_gradient(s, [&] { return dot(kl(doubles(teacher), s, n), scales(rows)); });
  EXPECT_TRUE(is_close(kl_gradient(teacher, student, n), want, 1e-6));
}

void expect_kl(const Values& teacher, const Values& student, int64_t V) {
  const auto rows = std::ssize(teacher) / V;
  Output loss(rows), only_loss(rows), d_student(rows * V), in_place(student), in_place_loss(rows);
  Context context;
  kl_loss(context, {rows, V, teacher.data(), student.data(), kGradScale, loss.data(), d_student.data()});
  kl_loss(context, {rows, V, teacher.data(), student.data(), kGradScale, only_loss.data(), nullptr});
  kl_loss(context,
          {rows, V, teacher.data(), in_place.data(), kGradScale, in_place_loss.data(), in_place.data()});
  EXPECT_TRUE(is_close(loss.values(), floats(kl(doubles(teacher), doubles(student), V)), kBound)) << V;
  EXPECT_TRUE(is_close(d_student.values(), kl_gradient(teacher, student, V), kBound)) << V;
  EXPECT_EQ(only_loss.values(), loss.values());
  EXPECT_EQ(in_place_loss.values(), loss.values());
  EXPECT_EQ(in_place.values(), d_student.values());
}

TEST(KlLoss, EqualsTheFormulaAndItsGradient) {
  for_each_target([] {
    for (const int64_t V : kSizes) expect_kl(random_floats("t", 3 * V, 3), random_floats("s", 3 * V, 3), V);
  });
  expect_kl(random_floats("t", kRealVocabulary, 3), random_floats("s", kRealVocabulary, 3), kRealVocabulary);
}

TEST(KlLoss, SmallDifferencesKeepTheirPrecision) {
  for_each_target([] {
    const int64_t V = 4096;
    const Values teacher = random_floats("t", V, 3), noise = random_floats("noise", V, 0.03);
    Values student = teacher;
    for (int64_t i = 0; i < V; ++i) student[i] += noise[i];
    Output loss(1);
    Context context;
    kl_loss(context, {1, V, teacher.data(), student.data(), kGradScale, loss.data(), nullptr});
    const double want = kl(doubles(teacher), doubles(student), V)[0];
    ASSERT_LT(want, 1e-3);
    EXPECT_NEAR(loss.values()[0], want, 3e-5 * want);
  });
}

TEST(KlLoss, EqualLogitsHaveLossAndGradientZero) {
  for_each_target([] {
    for (const double scale : {1.0, 1e4}) {
      const Values x = random_floats("x", 2 * 1031, scale);
      Output loss(2), d_student(2 * 1031);
      Context context;
      kl_loss(context, {2, 1031, x.data(), x.data(), kGradScale, loss.data(), d_student.data()});
      EXPECT_EQ(loss.values(), Values(2));
      EXPECT_EQ(d_student.values(), Values(2 * 1031));
    }
  });
}

TEST(KlLoss, ExtremeLogitsStayFinite) {
  for_each_target([] {
    Values teacher(33, -1e4f), student(33, -1e4f);
    teacher[3] = student[20] = 1e4f;
    expect_kl(teacher, student, 33);
    Output loss(1);
    Context context;
    kl_loss(context, {1, 33, teacher.data(), student.data(), kGradScale, loss.data(), nullptr});
    EXPECT_EQ(loss.values()[0], 2e4f);
  });
}

TEST(KlLoss, WhatBothRuleOutAddsNothing) {
  for_each_target([] {
    const Values teacher = {1, 2, -kInfinity, 3}, student = {3, 2, -kInfinity, 1};
    Output loss(1), d_student(4);
    Context context;
    kl_loss(context, {1, 4, teacher.data(), student.data(), 1.0f, loss.data(), d_student.data()});
    EXPECT_TRUE(is_close(loss.values(), floats(kl({1, 2, 3}, {3, 2, 1}, 3)), kBound));
    EXPECT_EQ(d_student.values()[2], 0);
  });
}

TEST(KlLoss, NotANumberIsNotHidden) {
  for_each_target([] {
    Values teacher = random_floats("t", 40), student = random_floats("s", 40);
    student[17] = NAN;
    Output loss(1);
    Context context;
    kl_loss(context, {1, 40, teacher.data(), student.data(), 1.0f, loss.data(), nullptr});
    EXPECT_TRUE(std::isnan(loss.data()[0]));
  });
}

TEST(CrossEntropyLoss, EqualsTheFormulaAndItsGradient) {
  for_each_target([] {
    for (const int64_t V : {1, 3, 15, 16, 17, 97}) {
      const std::vector<int64_t> targets = {0, V - 1, -1, V / 2};
      const int64_t rows = 4;
      const Values logits = random_floats("x", rows * V, 3);
      Output loss(rows), d_logits(rows * V), in_place(logits), only_loss(rows);
      Context context;
      CrossEntropyLoss args{rows, V, logits.data(), targets.data(), kGradScale, loss.data(), d_logits.data()};
      cross_entropy_loss(context, args);
      args.loss = only_loss.data(), args.d_logits = nullptr;
      cross_entropy_loss(context, args);
      args.logits = args.d_logits = in_place.data();
      cross_entropy_loss(context, args);
      Doubles x = doubles(logits);
      EXPECT_TRUE(is_close(loss.values(), floats(cross_entropy(x, targets, V)), kBound));
      const Values want =
          numeric_gradient(x, [&] { return dot(cross_entropy(x, targets, V), scales(rows)); });
      EXPECT_TRUE(is_close(d_logits.values(), want, kBound)) << V;
      EXPECT_EQ(in_place.values(), d_logits.values());
      EXPECT_EQ(only_loss.values(), loss.values());
    }
  });
}

TEST(CrossEntropyLoss, LargeVocabulariesAndLogits) {
  for_each_target([] {
    for (const double scale : {3.0, 1e4}) {
      const std::vector<int64_t> targets = {77'777};
      const Values logits = random_floats("x", kRealVocabulary, scale);
      Output loss(1);
      Context context;
      cross_entropy_loss(context,
                         {1, kRealVocabulary, logits.data(), targets.data(), 1.0f, loss.data(), nullptr});
      EXPECT_TRUE(
          is_close(loss.values(), floats(cross_entropy(doubles(logits), targets, kRealVocabulary)), kBound));
    }
  });
}

TEST(CrossEntropyLoss, ATargetOutsideTheVocabularyIsRefused) {
  const std::vector<int64_t> targets = {5};
  const Values logits(5);
  Output loss(1);
  Context context;
  EXPECT_THROW(cross_entropy_loss(context, {1, 5, logits.data(), targets.data(), 1.0f, loss.data(), nullptr}),
               InternalError);
}

TEST(Losses, DoNotDependOnThreads) {
  const int64_t rows = 101, n = 1031;
  const Values teacher = random_floats("t", rows * n), student = random_floats("s", rows * n);
  const std::vector<int64_t> targets(rows, 5);
  std::vector<Values> first;
  for (const int threads : {1, 2, 5}) {
    Context context{.num_threads = threads};
    std::vector<Values> results;
    const auto keep = [&](const auto& run) {
      Output loss(rows), gradient(rows * n);
      run(loss.data(), gradient.data());
      results.push_back(loss.values());
      results.push_back(gradient.values());
    };
    keep([&](float* loss, float* gradient) {
      distance_loss(context, {rows, n, teacher.data(), student.data(), 1.0f, loss, gradient});
    });
    keep([&](float* loss, float* gradient) {
      kl_loss(context, {rows, n, teacher.data(), student.data(), 1.0f, loss, gradient});
    });
    keep([&](float* loss, float* gradient) {
      cross_entropy_loss(context, {rows, n, student.data(), targets.data(), 1.0f, loss, gradient});
    });
    if (first.empty()) first = results;
    EXPECT_EQ(results, first) << threads << " threads";
  }
}

}  // namespace
}  // namespace radlads::kernels
