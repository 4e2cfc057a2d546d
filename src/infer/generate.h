// Continues a text.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "infer/runner.h"
#include "infer/sampler.h"

namespace radlads::infer {

/// Values of the options at the open ends of their ranges.
inline constexpr double kMostTemperature = 1000, kLeastTopP = 1e-9, kLeastPenalty = 1e-3, kMostPenalty = 1e3;

struct GenerateOptions {
  int64_t max_new_tokens = 128;
  std::vector<int64_t> stop_ids;  // ends the text; not part of the result
  SamplerOptions sampler;
};

/// Reads `prompt` (not empty) into the session and returns what follows. `on_token` is called with each new
/// token as it comes; generation ends when it returns false. UserError if the model gives a logit that
/// is not finite.
std::vector<TokenId> generate(Runner& runner, Session& session, std::span<const TokenId> prompt,
                              const GenerateOptions& options,
                              const std::function<bool(TokenId)>& on_token = nullptr);

}  // namespace radlads::infer
