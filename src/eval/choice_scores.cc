#include "eval/choice_scores.h"

#include <algorithm>
#include <cmath>

#include "core/utf8.h"

namespace radlads::eval {
namespace {

int64_t num_characters(std::string_view text) {
  int64_t count = 0;
  for (size_t position = 0; position < text.size(); ++count) next_character(text, position);
  return count;
}

/// The first of the choices with the largest log-likelihood, each divided by its length.
template <class Length>
int64_t best_choice(const Answer& answer, const Length& length) {
  int64_t best = 0;
  double most = -HUGE_VAL;
  for (size_t i = 0; i < answer.choices.size(); ++i) {
    const double value = answer.choices[i].sum / static_cast<double>(length(i));
    if (value > most) best = static_cast<int64_t>(i), most = value;
  }
  return best;
}

}  // namespace

int64_t most_likely_choice(const Answer& answer) {
  return best_choice(answer, [](size_t) { return 1; });
}

double choice_score(const std::string& metric, const Task& task, const Question& question,
                    const Answer& answer) {
  const std::vector<int64_t> right = right_choices(task, question);
  if (metric == "exact_match") {
    const bool is_greedy = std::any_of(right.begin(), right.end(), [&](int64_t i) {
      return answer.choices[static_cast<size_t>(i)].is_greedy;
    });
    return is_greedy ? 1 : 0;
  }
  const auto& choices = question.choices;
  const int64_t chosen = metric == "acc" ? most_likely_choice(answer)
                         : metric == "acc_norm"
                             ? best_choice(answer, [&](size_t i) { return num_characters(choices[i]); })
                             : best_choice(answer, [&](size_t i) { return choices[i].size(); });
  return std::find(right.begin(), right.end(), chosen) != right.end() ? 1 : 0;
}

}  // namespace radlads::eval
