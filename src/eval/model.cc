#include "eval/model.h"

#include "infer/stop_ids.h"

namespace radlads::eval {

EvalModel open_model_for_evaluation(const std::filesystem::path& folder, kernels::Compute compute,
                                    const EvalSettings& settings) {
  const auto weights = infer::load_weights(folder, compute);
  EvalModel model = {folder, weights, RequestEncoder::load(folder, weights->config()), {}, std::nullopt};
  if (settings.max_length) model.encoder.set_window(*settings.max_length);
  for (const int64_t id : infer::stop_ids(folder, weights->config()))
    model.stop_ids.push_back(static_cast<TokenId>(id));
  if (settings.apply_chat_template) {
    model.chat_template = ChatTemplate::load(folder, settings.template_date);
    model.encoder.set_special_tokens(false);
  }
  return model;
}

}  // namespace radlads::eval
