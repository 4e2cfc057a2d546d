// What a task is judged by when there is room for one figure: next to a teacher's, and as a bar.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eval/groups.h"

namespace radlads::eval {

/// Of a task alone, or of a group as a whole.
struct Headline {
  std::string name;
  std::string metric;  // of a task: acc_norm where it has it, else acc, exact_match or string_match (its
                       // first filter)
  int64_t num_tasks = 1, num_possible = 1;  // of a group: evaluated, and including those with missing data
  std::optional<double> chance;             // the mean over its documents; none if a task does not state it
  Estimate estimate;
  std::vector<const Figure*> parts;  // of the result: the figures of the tasks that it is made of
};

/// Of the groups that have figures, and of the tasks outside of them; groups and tasks within such a group
/// have none, nor has a task without an accuracy. The results must outlive what is given.
std::vector<Headline> headlines(const EvalResult& result);

}  // namespace radlads::eval
