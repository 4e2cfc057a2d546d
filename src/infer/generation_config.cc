#include "infer/generation_config.h"

#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "io/json_field.h"

namespace radlads::infer {
namespace {

/// A number of [low, high].
std::optional<double> number(const JsonField& root, const char* name, double low, double high) {
  const auto field = root.find(name);
  if (!field) return std::nullopt;
  const double value = field->as_number();
  if (value < low || value > high)
    field->fail("must be a number from {} to {}, not {}", low, high, field->shown());
  return value;
}

std::optional<int64_t> count(const JsonField& root, const char* name) {
  const auto field = root.find(name);
  if (!field) return std::nullopt;
  return field->as_integer(0, std::numeric_limits<int32_t>::max());
}

constexpr int64_t kTopK = 50;  // of transformers, where its user samples and says no other

/// Fields that generate() of transformers obeys and this program does not have, with the number that turns
/// one off. Null, false, 0 and empty lists turn off all of them.
constexpr std::pair<const char*, double> kNotSupported[] = {{"bad_words_ids", 0},
                                                            {"begin_suppress_tokens", 0},
                                                            {"dola_layers", 0},
                                                            {"encoder_no_repeat_ngram_size", 0},
                                                            {"encoder_repetition_penalty", 1},
                                                            {"epsilon_cutoff", 0},
                                                            {"eta_cutoff", 0},
                                                            {"exponential_decay_length_penalty", 0},
                                                            {"forced_bos_token_id", -1},
                                                            {"forced_eos_token_id", -1},
                                                            {"guidance_scale", 1},
                                                            {"max_time", 0},
                                                            {"min_length", 0},
                                                            {"min_new_tokens", 0},
                                                            {"no_repeat_ngram_size", 0},
                                                            {"num_beams", 1},
                                                            {"penalty_alpha", 0},
                                                            {"sequence_bias", 0},
                                                            {"stop_strings", 0},
                                                            {"suppress_tokens", 0},
                                                            {"token_healing", 0},
                                                            {"top_h", 0},
                                                            {"typical_p", 1},
                                                            {"watermarking_config", 0}};

bool is_off(const JsonField& field, double off) {
  if (field.is_bool()) return !field.json().get<bool>();
  if (field.is_number()) return field.json().get<double>() == off;
  return field.json().empty();
}

void drop_sampling(GenerationConfig& config) {
  config.temperature.reset();
  config.top_k.reset();
  config.top_p.reset();
  config.min_p.reset();
}

}  // namespace

void GenerationConfig::apply_to(GenerateOptions& options) const {
  SamplerOptions& sampler = options.sampler;
  sampler.temperature = temperature.value_or(sampler.temperature);
  sampler.top_k = top_k.value_or(sampler.top_k);
  sampler.top_p = top_p.value_or(sampler.top_p);
  sampler.min_p = min_p.value_or(sampler.min_p);
  sampler.repetition_penalty = repetition_penalty.value_or(sampler.repetition_penalty);
  options.max_new_tokens = max_new_tokens.value_or(options.max_new_tokens);
}

void GenerationConfig::apply_max_length(GenerateOptions& options, int64_t prompt_tokens) const {
  if (!max_length) return;
  if (*max_length <= prompt_tokens) {
    fail(
        "[generate] the prompt has {} tokens, and generation_config.json allows {} in all (max_length): give "
        "--max-new-tokens",
        prompt_tokens, *max_length);
  }
  options.max_new_tokens = *max_length - prompt_tokens;
}

std::string GenerationConfig::text() const {
  std::vector<std::string> parts;
  const auto add = [&](const char* name, const auto& value) {
    if (value) parts.push_back(fmt::format("{} {}", name, *value));
  };
  add("temperature", temperature);
  add("top_k", top_k);
  add("top_p", top_p);
  add("min_p", min_p);
  add("repetition_penalty", repetition_penalty);
  add("max_new_tokens", max_new_tokens);
  add("max_length", max_length);
  return fmt::format("{}", fmt::join(parts, ", "));
}

GenerationConfig read_generation_config(const std::filesystem::path& folder) {
  GenerationConfig config;
  const std::filesystem::path file = folder / "generation_config.json";
  if (!std::filesystem::exists(file)) return config;
  const JsonFile json(file, "read_generation_config");
  const JsonField& root = json.root();
  config.temperature = number(root, "temperature", 0, kMostTemperature);
  config.top_k = count(root, "top_k");
  config.top_p = number(root, "top_p", kLeastTopP, 1);
  config.min_p = number(root, "min_p", 0, 1);
  config.repetition_penalty = number(root, "repetition_penalty", kLeastPenalty, kMostPenalty);
  config.max_new_tokens = count(root, "max_new_tokens");
  if (!config.max_new_tokens) config.max_length = count(root, "max_length");
  const auto do_sample = root.find("do_sample");
  if (do_sample && !do_sample->as_bool()) config.temperature = 0;
  if (do_sample && do_sample->as_bool() && !config.top_k) config.top_k = kTopK;
  return config;
}

std::vector<std::string> settings_without_effect(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "generation_config.json";
  if (!std::filesystem::exists(file)) return {};
  const JsonFile json(file, "read_generation_config");
  std::vector<std::string> names;
  for (const auto& [name, off] : kNotSupported) {
    const auto field = json.root().find(name);
    if (field && !is_off(*field, off)) names.push_back(name);
  }
  return names;
}

GenerationConfig beside(const GenerationConfig& file, const GenerationConfig& user) {
  const bool user_samples = user.temperature.value_or(0) > 0 || user.top_k || user.top_p || user.min_p;
  const bool greedy = user.temperature ? *user.temperature == 0 : file.temperature == 0 && !user_samples;
  GenerationConfig rest = file;
  if (greedy) drop_sampling(rest);
  if (greedy && !user.temperature) rest.temperature = 0;
  if (user_samples && file.temperature == 0) rest.temperature.reset();
  if (user.temperature) rest.temperature.reset();
  if (user.top_k) rest.top_k.reset();
  if (user.top_p) rest.top_p.reset();
  if (user.min_p) rest.min_p.reset();
  if (user.repetition_penalty) rest.repetition_penalty.reset();
  if (user.max_new_tokens) {
    rest.max_new_tokens.reset();
    rest.max_length.reset();
  }
  return rest;
}

}  // namespace radlads::infer
