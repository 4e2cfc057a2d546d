#include "infer/generate.h"

#include <algorithm>

namespace radlads::infer {

constexpr int64_t kReserved = 1 << 16;  // new tokens for which memory is reserved from the start

std::vector<TokenId> generate(Runner& runner, Session& session, std::span<const TokenId> prompt,
                              const GenerateOptions& options, const std::function<bool(TokenId)>& on_token) {
  Sampler sampler(options.sampler);
  std::vector<TokenId> text(prompt.begin(), prompt.end());
  text.reserve(prompt.size() + static_cast<size_t>(std::min(options.max_new_tokens, kReserved)));
  session.reserve(session.position() + static_cast<int64_t>(text.capacity()));
  std::span<const float> logits;
  for (int64_t i = 0; i < options.max_new_tokens; ++i) {
    logits = i == 0 ? runner.read(session, prompt) : runner.read(session, {&text.back(), 1});
    const TokenId next = sampler.sample(logits, text, session.position());
    if (std::find(options.stop_ids.begin(), options.stop_ids.end(), next) != options.stop_ids.end()) break;
    text.push_back(next);
    if (on_token && !on_token(next)) break;
  }
  return {text.begin() + static_cast<ptrdiff_t>(prompt.size()), text.end()};
}

}  // namespace radlads::infer
