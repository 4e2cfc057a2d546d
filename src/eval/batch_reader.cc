#include "eval/batch_reader.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/log.h"
#include "kernels/loss.h"

namespace radlads::eval {
namespace {

constexpr size_t kTokensAtOnce = 4096;  // of one forward pass
constexpr size_t kDocumentsAtOnce = 64;
constexpr int64_t kLogitsAtOnce = 1 << 22;  // floats: rows of logits in memory together

}  // namespace

BatchReader::BatchReader(std::shared_ptr<const infer::Weights> weights, int num_threads)
    : pool_(weights, kDocumentsAtOnce), runner_(weights, num_threads) {}

infer::Runner& BatchReader::begin(Batch documents) {
  runner_.begin(open(documents));
  return runner_;
}

std::vector<infer::Chunk> BatchReader::open(Batch documents) {
  sessions_.clear();
  std::vector<infer::Chunk> chunks;
  for (size_t i = 0; i < documents.size(); ++i) sessions_.push_back(pool_.open());
  for (size_t i = 0; i < documents.size(); ++i) chunks.push_back({&sessions_[i], *documents[i]});
  return chunks;
}

void for_each_batch(const Documents& documents, const std::function<void(Batch)>& visit) {
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
    visit(Batch(order).subspan(begin, end - begin));
    begin = end;
    progress.update(static_cast<int64_t>(end));
  }
}

std::vector<int64_t> targets_of(Batch batch) {
  std::vector<int64_t> targets;
  for (const auto* document : batch) {
    targets.insert(targets.end(), document->begin() + 1, document->end());
    targets.push_back(-1);
  }
  return targets;
}

void for_each_piece(int64_t rows, int64_t V, const std::function<void(int64_t, int64_t)>& visit) {
  const int64_t step = std::max<int64_t>(1, kLogitsAtOnce / V);
  for (int64_t begin = 0; begin < rows; begin += step) visit(begin, std::min(step, rows - begin));
}

std::vector<float> nats_of(kernels::Context& context, std::span<const float> logits,
                           std::span<const int64_t> targets) {
  std::vector<float> losses(targets.size());
  const auto rows = static_cast<int64_t>(targets.size());
  kernels::cross_entropy_loss(context, {.rows = rows,
                                        .V = static_cast<int64_t>(logits.size()) / rows,
                                        .logits = logits.data(),
                                        .targets = targets.data(),
                                        .loss = losses.data()});
  return losses;
}

void check_number(double nats_per_token, const char* model) {
  if (!std::isfinite(nats_per_token))
    fail("[score] {}'s logits are not finite: its weights are damaged", model);
}

}  // namespace radlads::eval
