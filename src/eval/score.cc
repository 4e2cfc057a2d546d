#include "eval/score.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

#include "core/error.h"
#include "eval/batch_reader.h"
#include "infer/sampler.h"
#include "model/config.h"

namespace radlads::eval {
namespace {

constexpr int64_t kTimedTokens = 201;
constexpr int64_t kUntimedTokens = 20;

}  // namespace

Documents encode_documents(std::span<const std::filesystem::path> files, const TextOptions& options,
                           const Tokenizer& tokenizer, int64_t count, int64_t context) {
  Documents documents;
  const auto encode = [&](std::string_view text) {
    std::vector<TokenId> ids = tokenizer.encode(text, true);
    ids.resize(std::min(ids.size(), static_cast<size_t>(context)));
    if (count == 0) return false;
    if (count > 0) --count;
    if (ids.size() > 1) documents.push_back(std::move(ids));
    return count != 0;
  };
  for_each_document(files, encode, options);
  if (documents.empty()) {
    fail("[evaluate] there are no documents of two or more tokens in {}",
         files.empty() ? "the data" : files.front().string());
  }
  return documents;
}

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

DecodeSpeed decode_speed(std::shared_ptr<const infer::Weights> model, int64_t position, int num_threads) {
  const ModelConfig& config = model->config();
  infer::SessionPool pool(model, 1);
  infer::Runner runner(model, num_threads);
  infer::Session session = pool.open();
  session.reserve(position + kUntimedTokens + kTimedTokens);
  std::vector<TokenId> text(static_cast<size_t>(position));
  for (size_t i = 0; i < text.size(); ++i)
    text[i] = static_cast<TokenId>(static_cast<int64_t>(i * 7919) % config.V);
  if (!text.empty()) runner.read(session, text);

  std::vector<double> times;
  TokenId next = 0;
  for (int64_t i = 0; i < kUntimedTokens + kTimedTokens; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    next = static_cast<TokenId>((infer::argmax(runner.read(session, {&next, 1})) + i) % config.V);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    if (i >= kUntimedTokens) times.push_back(time.count());
  }
  std::nth_element(times.begin(), times.begin() + kTimedTokens / 2, times.end());
  return {position, times[kTimedTokens / 2],
          state_bytes(config) + position * cache_bytes_per_token(config, 4)};
}

double reading_flops(const ModelConfig& config, int64_t position) {
  const auto tokens = static_cast<double>(position);
  const auto attention_width =
      static_cast<double>(config.A()) * static_cast<double>(config.softmax_layers().size());
  return 2 * static_cast<double>(num_parameters(config)) * tokens + 2 * attention_width * tokens * tokens;
}

}  // namespace radlads::eval
