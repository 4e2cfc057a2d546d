#include "eval/score.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/progress.h"
#include "infer/sampler.h"
#include "kernels/loss.h"

namespace radlads {
namespace {

constexpr size_t kTokensAtOnce = 4096;  // of one forward pass
constexpr size_t kDocumentsAtOnce = 64;
constexpr int64_t kLogitsAtOnce = 1 << 22;  // floats: rows of logits that are held together

/// One model that reads batches of documents.
class Reader {
 public:
  Reader(std::shared_ptr<const infer::Weights> weights, int num_threads)
      : pool_(weights, kDocumentsAtOnce), runner_(weights, num_threads) {}

  /// Hidden states of all tokens of the documents, [M,C].
  std::span<const float> read(std::span<const std::vector<TokenId>* const> documents) {
    std::vector<infer::Session> sessions;
    std::vector<infer::Chunk> chunks;
    for (size_t i = 0; i < documents.size(); ++i) sessions.push_back(pool_.open());
    for (size_t i = 0; i < documents.size(); ++i) chunks.push_back({&sessions[i], *documents[i]});
    return runner_.forward(chunks);
  }

  infer::Runner& runner() { return runner_; }

 private:
  infer::SessionPool pool_;
  infer::Runner runner_;
};

/// Calls visit(batch) with batches of documents of like length, so that no pass is much larger than it needs
/// to be.
template <class Visit>
void for_each_batch(const Documents& documents, const Visit& visit) {
  std::vector<const std::vector<TokenId>*> order;
  for (const auto& document : documents) order.push_back(&document);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->size() < b->size(); });
  Progress progress("score", "documents", static_cast<int64_t>(order.size()));
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin, tokens = 0;
    while (end < order.size() && end - begin < kDocumentsAtOnce &&
           (end == begin || tokens + order[end]->size() <= kTokensAtOnce)) {
      tokens += order[end++]->size();
    }
    visit(std::span<const std::vector<TokenId>* const>(order).subspan(begin, end - begin));
    begin = end;
    progress.update(static_cast<int64_t>(end));
  }
}

/// What every token of a batch should predict; -1 for the last of each document.
std::vector<int64_t> targets_of(std::span<const std::vector<TokenId>* const> batch) {
  std::vector<int64_t> targets;
  for (const auto* document : batch) {
    targets.insert(targets.end(), document->begin() + 1, document->end());
    targets.push_back(-1);
  }
  return targets;
}

/// Calls visit(begin, count) for pieces of [0, rows) whose logits are held together.
template <class Visit>
void for_each_piece(int64_t rows, int64_t V, const Visit& visit) {
  const int64_t step = std::max<int64_t>(1, kLogitsAtOnce / V);
  for (int64_t begin = 0; begin < rows; begin += step) visit(begin, std::min(step, rows - begin));
}

/// Sum of the cross-entropies of rows with a target.
double sum_nats(kernels::Context& context, std::span<const float> logits, std::span<const int64_t> targets) {
  std::vector<float> losses(targets.size());
  const auto rows = static_cast<int64_t>(targets.size());
  kernels::cross_entropy_loss(context, {.rows = rows,
                                        .V = static_cast<int64_t>(logits.size()) / rows,
                                        .logits = logits.data(),
                                        .targets = targets.data(),
                                        .loss = losses.data()});
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}

std::span<const float> rows_of(std::span<const float> hidden, int64_t begin, int64_t count, int64_t C) {
  return hidden.subspan(static_cast<size_t>(begin * C), static_cast<size_t>(count * C));
}

/// Adds the figures of rows whose logits are given.
void add_rows(kernels::Context& context, std::span<const float> teacher, std::span<const float> student,
              std::span<const int64_t> targets, Comparison& sums) {
  const auto rows = static_cast<int64_t>(targets.size());
  const size_t V = teacher.size() / targets.size();
  sums.teacher_nats_per_token += sum_nats(context, teacher, targets);
  sums.student_nats_per_token += sum_nats(context, student, targets);
  std::vector<float> divergence(targets.size());
  kernels::kl_loss(context, {.rows = rows,
                             .V = static_cast<int64_t>(V),
                             .teacher = teacher.data(),
                             .student = student.data(),
                             .loss = divergence.data()});
  for (size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] < 0) continue;
    sums.kl_per_token += divergence[i];
    sums.top1_agreement +=
        infer::argmax(teacher.subspan(i * V, V)) == infer::argmax(student.subspan(i * V, V)) ? 1 : 0;
    ++sums.tokens;
  }
}

void check_number(double nats_per_token, const char* model) {
  if (!std::isfinite(nats_per_token))
    fail("[score] {}'s logits are no numbers: its weights are damaged", model);
}

}  // namespace

Perplexity perplexity(std::shared_ptr<const infer::Weights> model, const Documents& documents,
                      int num_threads) {
  const ModelConfig& config = model->config();
  Reader reader(model, num_threads);
  Perplexity result;
  double nats = 0;
  for_each_batch(documents, [&](auto batch) {
    const std::vector<int64_t> targets = targets_of(batch);
    const std::span<const float> hidden = reader.read(batch);
    for_each_piece(static_cast<int64_t>(targets.size()), config.V, [&](int64_t begin, int64_t count) {
      const auto logits = reader.runner().logits(rows_of(hidden, begin, count, config.C));
      nats += sum_nats(reader.runner().context(), logits,
                       std::span(targets).subspan(static_cast<size_t>(begin), static_cast<size_t>(count)));
    });
    result.tokens += static_cast<int64_t>(targets.size() - batch.size());
    result.documents += static_cast<int64_t>(batch.size());
  });
  result.nats_per_token = nats / static_cast<double>(result.tokens);
  check_number(result.nats_per_token, "the model");
  return result;
}

Comparison compare(std::shared_ptr<const infer::Weights> teacher,
                   std::shared_ptr<const infer::Weights> student, const Documents& documents,
                   int num_threads) {
  const int64_t V = teacher->config().V;
  if (student->config().V != V) {
    fail("[compare] the vocabularies differ: {} tokens and {}; only models of one tokenizer can be compared",
         V, student->config().V);
  }
  Reader teacher_reader(teacher, num_threads), student_reader(student, num_threads);
  Comparison result;
  for_each_batch(documents, [&](auto batch) {
    const std::vector<int64_t> targets = targets_of(batch);
    const std::span<const float> teacher_hidden = teacher_reader.read(batch),
                                 student_hidden = student_reader.read(batch);
    for_each_piece(static_cast<int64_t>(targets.size()), V, [&](int64_t begin, int64_t count) {
      add_rows(teacher_reader.runner().context(),
               teacher_reader.runner().logits(rows_of(teacher_hidden, begin, count, teacher->config().C)),
               student_reader.runner().logits(rows_of(student_hidden, begin, count, student->config().C)),
               std::span(targets).subspan(static_cast<size_t>(begin), static_cast<size_t>(count)), result);
    });
    result.documents += static_cast<int64_t>(batch.size());
  });
  const auto tokens = static_cast<double>(result.tokens);
  for (double* mean : {&result.teacher_nats_per_token, &result.student_nats_per_token, &result.kl_per_token,
                       &result.top1_agreement}) {
    *mean /= tokens;
  }
  check_number(result.teacher_nats_per_token, "the teacher");
  check_number(result.student_nats_per_token, "the student");
  return result;
}

}  // namespace radlads
