// How far apart two models' activations are, summed over tokens.
#pragma once

#include <cstdint>
#include <span>

namespace radlads {

/// Not thread-safe.
class VectorDistance {
 public:
  /// Adds the tokens of [M,C] each, with the threads given. The figures do not depend on the threads.
  void add(std::span<const float> teacher, std::span<const float> student, int64_t C, int num_threads);

  /// Mean over tokens of the cosine between the two vectors; 1 if both are zero, 0 if one is.
  double mean_cosine() const;

  /// sqrt(sum over tokens of ||student - teacher||^2 / sum of ||teacher||^2); 0 if there is no difference.
  double relative_error() const;

 private:
  int64_t tokens_ = 0;
  double cosines_ = 0, squared_teacher_ = 0, squared_difference_ = 0;
};

}  // namespace radlads
