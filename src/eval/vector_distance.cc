#include "eval/vector_distance.h"

#include <cmath>
#include <vector>

#include "core/error.h"
#include "core/parallel.h"

namespace radlads {
namespace {

/// Of one token's vectors.
struct Products {
  double teacher = 0, student = 0, both = 0, difference = 0;

  double cosine() const {
    // The root of a square is exact: a vector's cosine with itself is 1 to the last bit.
    if (teacher > 0 && student > 0) return both / std::sqrt(teacher * student);
    return teacher == student ? 1 : both;
  }
};

Products products_of(std::span<const float> teacher, std::span<const float> student) {
  Products sums;
  for (size_t c = 0; c < teacher.size(); ++c) {
    const double t = teacher[c], s = student[c];
    sums.teacher += t * t;
    sums.student += s * s;
    sums.both += t * s;
    sums.difference += (s - t) * (s - t);
  }
  return sums;
}

}  // namespace

void VectorDistance::add(std::span<const float> teacher, std::span<const float> student, int64_t C,
                         int num_threads) {
  RADLADS_CHECK(teacher.size() == student.size() && teacher.size() % static_cast<size_t>(C) == 0,
                "{} and {} floats in rows of {}", teacher.size(), student.size(), C);
  const auto width = static_cast<size_t>(C);
  std::vector<Products> rows(teacher.size() / width);
  parallel_ranges(static_cast<int64_t>(rows.size()), num_threads, [&](int64_t begin, int64_t end) {
    for (auto m = static_cast<size_t>(begin); m < static_cast<size_t>(end); ++m)
      rows[m] = products_of(teacher.subspan(m * width, width), student.subspan(m * width, width));
  });
  for (const Products& row : rows) {
    cosines_ += row.cosine();
    squared_teacher_ += row.teacher;
    squared_difference_ += row.difference;
  }
  tokens_ += static_cast<int64_t>(rows.size());
}

double VectorDistance::mean_cosine() const { return cosines_ / static_cast<double>(tokens_); }

double VectorDistance::relative_error() const {
  return squared_difference_ == 0 ? 0 : std::sqrt(squared_difference_ / squared_teacher_);
}

}  // namespace radlads
