#include "eval/score.h"

#include <numeric>

#include "eval/batch_reader.h"

namespace radlads {

Perplexity perplexity(std::shared_ptr<const infer::Weights> model, const Documents& documents,
                      int num_threads) {
  const ModelConfig& config = model->config();
  BatchReader reader(model, num_threads);
  Perplexity result;
  double nats = 0;
  for_each_batch(documents, [&](Batch batch) {
    const std::vector<int64_t> targets = targets_of(batch);
    const std::span<const float> hidden = reader.read(batch);
    for_each_piece(static_cast<int64_t>(targets.size()), config.V, [&](int64_t begin, int64_t count) {
      const auto logits = reader.runner().logits(rows_of(hidden, begin, count, config.C));
      const std::vector<float> rows =
          nats_of(reader.runner().context(), logits, rows_of(targets, begin, count));
      nats += std::accumulate(rows.begin(), rows.end(), 0.0);
    });
    result.tokens += static_cast<int64_t>(targets.size() - batch.size());
    result.documents += static_cast<int64_t>(batch.size());
  });
  result.nats_per_token = nats / static_cast<double>(result.tokens);
  check_number(result.nats_per_token, "the model");
  return result;
}

}  // namespace radlads
