#include "eval/scored_answers.h"

#include <algorithm>
#include <optional>
#include <span>

#include "core/progress.h"
#include "eval/position_ranges.h"
#include "eval/score.h"

namespace radlads::eval {
namespace {

/// Asks for log-likelihoods; the indices of its requests among all sequences.
class Scoring {
 public:
  Scoring(const EvalModel& model, const PreparedTask& prepared) : prepared_(prepared) {
    const auto& metrics = prepared.task.metrics;
    by_position_ = std::any_of(metrics.begin(), metrics.end(),
                               [](const MetricSpec& metric) { return metric.name == kNatsByPosition; });
    for (size_t i = 0; i < prepared.questions.size(); ++i) {
      bool truncated = false;
      for (const TextRequest& request : prepared.questions[i].requests) {
        if (prepared.task.output == OutputType::kRolling) {
          for (ScoredSequence& window : model.encoder.rolling(request.context))
            add_window(i, std::move(window));
          continue;
        }
        auto encoded = model.encoder.continuation(request.context, request.continuation);
        truncated = truncated || encoded.dropped_tokens > 0;
        add(i, std::move(encoded.sequence));
      }
      num_truncated_ += truncated ? 1 : 0;
    }
  }

  std::vector<Answer> run(const EvalModel& model, const ComputeSettings& compute, Journal* journal) {
    const std::string& name = prepared_.task.name;
    std::vector<std::optional<LogLikelihood>> known(sequences_.size());
    int64_t done = 0;
    for (size_t i = 0; journal != nullptr && i < known.size(); ++i) {
      known[i] = journal->log_likelihood(name, static_cast<int64_t>(i));
      done += known[i] ? 1 : 0;
    }
    Progress progress(name, "requests", static_cast<int64_t>(sequences_.size()), done);
    const auto on_scored = [&](std::span<const int32_t> scored, std::span<const LogLikelihood> all) {
      for (const int32_t i : scored) {
        if (known[static_cast<size_t>(i)]) continue;
        ++done;
        if (journal != nullptr) journal->add(name, i, all[static_cast<size_t>(i)]);
      }
      if (journal != nullptr) journal->flush();
      progress.update(done);
    };
    const std::vector<LogLikelihood> scores =
        score_sequences(model.weights, sequences_,
                        {compute.batch, compute.reuse_prefixes, compute.num_threads}, known, on_scored);
    std::vector<Answer> answers(prepared_.questions.size());
    const bool is_rolling = prepared_.task.output == OutputType::kRolling;
    for (Answer& answer : answers) {
      if (is_rolling) answer.choices.emplace_back();
    }
    for (size_t i = 0; i < scores.size(); ++i) {
      auto& choices = answers[question_[i]].choices;
      if (is_rolling) {
        choices[0].sum += scores[i].sum;
        choices[0].is_greedy = choices[0].is_greedy && scores[i].is_greedy;
        if (by_position_) add_score(answers[question_[i]].by_position, i, scores[i]);
      } else {
        choices.push_back(scores[i]);
      }
    }
    return answers;
  }

  int64_t num_truncated() const { return num_truncated_; }

 private:
  void add(size_t question, ScoredSequence sequence) {
    sequences_.push_back(std::move(sequence));
    question_.push_back(question);
  }

  void add_window(size_t question, ScoredSequence window) {
    if (!by_position_) return add(question, std::move(window));
    for (WindowPart& part : split_by_position(window)) {
      add(question, std::move(part.sequence));
      range_.push_back(static_cast<size_t>(part.range));
    }
  }

  void add_score(std::vector<RollingScore>& by_position, size_t sequence, const LogLikelihood& score) const {
    by_position.resize(std::max(by_position.size(), range_[sequence] + 1));
    RollingScore& total = by_position[range_[sequence]];
    total.log_likelihood += score.sum;
    total.size += static_cast<double>(sequences_[sequence].num_scored);
  }

  const PreparedTask& prepared_;
  bool by_position_ = false;
  std::vector<ScoredSequence> sequences_;
  std::vector<size_t> question_;  // of each sequence
  std::vector<size_t> range_;     // of positions, of each sequence, if they are distinguished
  int64_t num_truncated_ = 0;
};

}  // namespace

std::vector<Answer> scored_answers(const EvalModel& model, const PreparedTask& prepared,
                                   const ComputeSettings& compute, Journal* journal, int64_t& num_truncated) {
  Scoring scoring(model, prepared);
  num_truncated = scoring.num_truncated();
  return scoring.run(model, compute, journal);
}

}  // namespace radlads::eval
