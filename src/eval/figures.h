// From a model's answers to the figures of a task.
#pragma once

#include <string>
#include <vector>

#include "eval/answers.h"
#include "eval/metrics.h"
#include "eval/prompt.h"

namespace radlads::eval {

/// A metric's values for all questions, in order, and their aggregate.
struct Figure {
  std::string metric, filter;
  bool higher_is_better = true;
  std::vector<double> values = {};  // log-likelihoods for perplexities
  std::vector<double> sizes = {};   // of rolling texts: words, bytes or tokens
  std::vector<Json> filtered = {};  // generated texts as the filter left them
  Estimate estimate = {};

  // For a metric over all documents together: the counts of each, and what is compared, [right,
  // given]. The values are then those that each document would have alone.
  std::vector<Counts> counts = {};
  std::vector<Json> items = {};

  void add(const CorpusMetric& of, Counts document, Json item);
};

/// One figure for each filter and metric, filter by filter. Of nats_by_position one for each range that any
/// text has, "nats_at_0_127" and so on.
std::vector<Figure> measure(const Task& task, const std::vector<Question>& questions,
                            const std::vector<Answer>& answers, int num_threads);

}  // namespace radlads::eval
