// A model, opened for evaluation.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "eval/request_ids.h"
#include "eval/settings.h"
#include "infer/runner.h"
#include "text/chat_template.h"

namespace radlads::eval {

struct EvalModel {
  std::filesystem::path folder;
  std::shared_ptr<const infer::Weights> weights;
  RequestEncoder encoder;
  std::vector<TokenId> stop_ids;
  std::optional<ChatTemplate> chat_template;
};

/// With the window and the chat template that the settings ask for.
EvalModel open_model_for_evaluation(const std::filesystem::path& folder, kernels::Compute compute,
                                    const EvalSettings& settings);

}  // namespace radlads::eval
