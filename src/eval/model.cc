#include "eval/model.h"

#include <algorithm>

#include "core/error.h"
#include "core/utf8.h"
#include "infer/stop_ids.h"
#include "io/json_field.h"
#include "text/unicode.h"

namespace radlads::eval {
namespace {

/// The token that begins a text, as the tokenizer's own file has it: config.json names one for Qwen, although
/// its tokenizer adds none.
std::optional<std::string> prefix_text(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "tokenizer_config.json";
  if (!std::filesystem::exists(file)) return std::nullopt;
  const JsonFile config(file, "load_tokenizer");
  for (const char* key : {"bos_token", "eos_token"}) {
    const auto token = config.root().find(key);
    if (token) return token->is_object() ? token->at("content").as_string() : token->as_string();
  }
  return std::nullopt;
}

/// What Python's str.isspace() treats as white space: besides Unicode's, four control characters.
bool is_python_space(char32_t character) {
  return text::is_white_space(character) || (character >= 0x1C && character <= 0x1F);
}

/// Bytes of `text` without the white space at its end.
size_t stripped_length(std::string_view text) {
  size_t end = 0;
  for (size_t position = 0; position < text.size();) {
    const char32_t character = next_character(text, position);
    if (!is_python_space(character)) end = position;
  }
  return end;
}

}  // namespace

Json EvalSettings::to_json() const {
  Json json = {{"num_fewshot", nullptr},
               {"limit", nullptr},
               {"fewshot_seed", seed},
               {"gen_kwargs", generation},
               {"apply_chat_template", apply_chat_template},
               {"system_instruction", system_instruction},
               {"fewshot_as_multiturn", fewshot_as_multiturn}};
  if (num_fewshot) json["num_fewshot"] = *num_fewshot;
  if (limit) json["limit"] = *limit;
  if (max_length) json["max_length"] = *max_length;
  if (apply_chat_template)
    json["template_date"] = template_date ? template_date->text() : LocalTime::now().format("%Y-%m-%d");
  return json;
}

RequestEncoder RequestEncoder::load(const std::filesystem::path& model_folder, const ModelConfig& config) {
  RequestEncoder encoder;
  encoder.tokenizer_ = load_tokenizer(model_folder);
  encoder.window_ = config.max_position_embeddings;
  if (const auto text = prefix_text(model_folder)) {
    const auto id = encoder.tokenizer_->id_of(*text);
    if (!id) {
      fail("[load_tokenizer] tokenizer_config.json names {:?}, which is not a token, in {}", *text,
           model_folder.string());
    }
    encoder.prefix_ = *id;
    encoder.prefix_text_ = *text;
  } else if (config.bos_token_id || !config.eos_token_ids.empty()) {
    encoder.prefix_ =
        static_cast<TokenId>(config.bos_token_id ? *config.bos_token_id : config.eos_token_ids[0]);
    encoder.prefix_text_ = encoder.tokenizer_->decode(std::span(&encoder.prefix_, 1), /*skip_special=*/false);
  } else {
    fail(
        "[load_tokenizer] neither tokenizer_config.json nor config.json names a token that starts or ends a "
        "text, in {}",
        model_folder.string());
  }
  return encoder;
}

std::vector<TokenId> RequestEncoder::encode(std::string_view text) const {
  const bool has_prefix = !prefix_text_.empty() && text.starts_with(prefix_text_);
  return tokenizer_->encode(text, adds_special_tokens_ && !has_prefix);
}

RequestEncoder::Encoded RequestEncoder::continuation(std::string_view context,
                                                     std::string_view continuation) const {
  std::vector<TokenId> ids;
  int64_t head = 0;
  if (context.empty()) {
    ids = tokenizer_->encode(continuation, /*add_special_tokens=*/false);
    if (ids.empty() || ids[0] != prefix_) ids.insert(ids.begin(), prefix_);
    head = 1;
  } else {
    const std::string_view stripped = context.substr(0, stripped_length(context));
    const auto begin = encode(stripped);
    const auto whole = encode(std::string(context) + std::string(continuation));
    head = static_cast<int64_t>(begin.size());
    ids = begin;
    if (whole.size() > begin.size()) ids.insert(ids.end(), whole.begin() + head, whole.end());
    if (head == 0) ids.insert(ids.begin(), prefix_), head = 1;  // a context of white space, and no BOS
  }
  const auto size = static_cast<int64_t>(ids.size());
  if (size == head)
    fail("the continuation {:?} adds no token to its context: correct the choice or target", continuation);
  Encoded result = {{std::move(ids), size - head}, head, std::max<int64_t>(0, size - window_ - 1)};
  auto& kept = result.sequence.ids;
  kept.erase(kept.begin(), kept.begin() + result.dropped_tokens);
  if (result.sequence.num_scored >= static_cast<int64_t>(kept.size())) {
    fail(
        "a continuation of {} tokens does not fit the model's window of {}: give a larger --max-length, "
        "or leave the document out",
        size - head, window_);
  }
  return result;
}

std::vector<ScoredSequence> RequestEncoder::rolling(std::string_view text) const {
  const std::vector<TokenId> all = encode(text);
  std::vector<ScoredSequence> windows;
  const auto size = static_cast<int64_t>(all.size());
  for (int64_t begin = 0; begin < size; begin += window_) {
    const int64_t end = std::min(size, begin + window_);
    // The last window is filled up with the ids before it.
    const int64_t first = begin == 0 ? 0 : std::max<int64_t>(0, end - window_ - 1);
    ScoredSequence& window = windows.emplace_back();
    if (begin == 0) window.ids.push_back(prefix_);
    window.ids.insert(window.ids.end(), all.begin() + first, all.begin() + end);
    window.num_scored = end - begin;
  }
  return windows;
}

RequestEncoder::Encoded RequestEncoder::prompt(std::string_view text, int64_t room) const {
  std::vector<TokenId> ids = encode(text);
  const auto size = static_cast<int64_t>(ids.size());
  const int64_t dropped = std::max<int64_t>(0, size - room);
  ids.erase(ids.begin(), ids.begin() + dropped);
  return {{std::move(ids), 0}, size, dropped};
}

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
