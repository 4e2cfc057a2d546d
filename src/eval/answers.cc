#include "eval/answers.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "core/error.h"
#include "core/log.h"
#include "eval/generation.h"
#include "eval/sequences.h"

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
        auto encoded = encode_scored(model.encoder, request, prepared.task, prepared.questions[i]);
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

std::vector<Answer> generated_answers(const EvalModel& model, const PreparedTask& prepared,
                                      const EvalSettings& settings, const ComputeSettings& compute,
                                      Journal* journal, int64_t& num_truncated) {
  const Task& task = prepared.task;
  const int64_t room = model.encoder.window() - task.generation.max_tokens;
  if (room <= 0) {
    fail(
        "[eval] {}: {} tokens to generate leave no room for the question in the model's window of {}: give "
        "--gen-kwargs max_gen_toks=N",
        task.name, task.generation.max_tokens, model.encoder.window());
  }
  std::vector<GenerationRequest> requests;
  for (const Question& question : prepared.questions) {
    auto encoded = model.encoder.prompt(question.requests[0].context, room);
    if (encoded.sequence.ids.empty())
      fail("[eval] {}: the prompt has no token: correct doc_to_text in {}, in {}", task.name,
           task.file.string(), question.place);
    num_truncated += encoded.dropped_tokens > 0 ? 1 : 0;
    for (int64_t repeat = 0; repeat < task.repeats; ++repeat) {
      const auto seed = static_cast<uint64_t>(settings.seed + question.doc_id * task.repeats + repeat);
      requests.push_back({encoded.sequence.ids, &task.generation, seed});
    }
  }
  std::vector<std::optional<std::string>> known(requests.size());
  for (size_t i = 0; journal != nullptr && i < known.size(); ++i)
    known[i] = journal->text(task.name, static_cast<int64_t>(i));
  const int64_t done = std::find(known.begin(), known.end(), std::nullopt) - known.begin();
  Progress progress(task.name, "texts", static_cast<int64_t>(requests.size()), done);
  const auto on_batch = [&](size_t first, std::span<const std::string> texts) {
    for (size_t i = 0; journal != nullptr && i < texts.size(); ++i)
      journal->add(task.name, static_cast<int64_t>(first + i), texts[i]);
    if (journal != nullptr) journal->flush();
    progress.update(static_cast<int64_t>(first + texts.size()));
  };
  const auto texts = generate_texts(model.weights, model.encoder, model.stop_ids, requests,
                                    {compute.batch, compute.num_threads}, known, on_batch);
  std::vector<Answer> answers(prepared.questions.size());
  for (size_t i = 0; i < texts.size(); ++i)
    answers[i / static_cast<size_t>(task.repeats)].texts.push_back(texts[i]);
  return answers;
}

}  // namespace radlads::eval
