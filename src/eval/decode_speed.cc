#include "eval/decode_speed.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "infer/sampler.h"
#include "model/size.h"

namespace radlads {
namespace {

constexpr int64_t kTimedTokens = 201;
constexpr int64_t kUntimedTokens = 20;

}  // namespace

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

}  // namespace radlads
