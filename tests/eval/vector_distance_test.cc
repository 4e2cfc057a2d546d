#include "eval/vector_distance.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"
#include "support/random_floats.h"

namespace radlads {
namespace {

TEST(VectorDistance, FollowsItsDefinition) {
  VectorDistance distance;
  const std::vector<float> teacher = {3, 4, 1, 0}, student = {4, 3, 0, 2};
  distance.add(teacher, student, 2, 1);
  EXPECT_DOUBLE_EQ(distance.mean_cosine(), (24.0 / 25 + 0) / 2);
  EXPECT_DOUBLE_EQ(distance.relative_error(), std::sqrt((2.0 + 5) / (25 + 1)));
  distance.add(std::vector<float>{0, 2}, std::vector<float>{0, -2}, 2, 1);
  EXPECT_DOUBLE_EQ(distance.mean_cosine(), (24.0 / 25 + 0 - 1) / 3);
  EXPECT_DOUBLE_EQ(distance.relative_error(), std::sqrt((2.0 + 5 + 16) / (25 + 1 + 4)));
}

TEST(VectorDistance, EqualVectorsAreEqualToTheBit) {
  const std::vector<float> x = random_floats("x", 700);
  VectorDistance distance;
  distance.add(x, x, 7, 3);
  EXPECT_EQ(distance.mean_cosine(), 1);
  EXPECT_EQ(distance.relative_error(), 0);
}

TEST(VectorDistance, ThreadsChangeNothing) {
  const std::vector<float> x = random_floats("x", 700), y = random_floats("y", 700);
  VectorDistance one, four;
  one.add(x, y, 7, 1);
  four.add(x, y, 7, 4);
  EXPECT_EQ(one.mean_cosine(), four.mean_cosine());
  EXPECT_EQ(one.relative_error(), four.relative_error());
}

TEST(VectorDistance, ZerosHaveACosine) {
  const std::vector<float> zero(4), x = {1, 2, 3, 4};
  VectorDistance same, other;
  same.add(zero, zero, 4, 1);
  EXPECT_EQ(same.mean_cosine(), 1);
  EXPECT_EQ(same.relative_error(), 0);
  other.add(x, zero, 4, 1);
  EXPECT_EQ(other.mean_cosine(), 0);
  EXPECT_EQ(other.relative_error(), 1);
}

TEST(VectorDistance, NoNumbersAreNotHidden) {
  const std::vector<float> x = {1, 2}, bad = {1, NAN};
  VectorDistance distance;
  distance.add(x, bad, 2, 1);
  EXPECT_TRUE(std::isnan(distance.mean_cosine()));
  EXPECT_TRUE(std::isnan(distance.relative_error()));
}

TEST(VectorDistance, OtherShapesAreABug) {
  VectorDistance distance;
  const std::vector<float> x(6), shorter(4);
  EXPECT_THROW(distance.add(x, shorter, 2, 1), InternalError);
  EXPECT_THROW(distance.add(x, x, 4, 1), InternalError);
}

}  // namespace
}  // namespace radlads
