#include "infer/generation_config.h"

#include <limits>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

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
  if (!root.flag_or("do_sample", true)) config.temperature = 0;
  return config;
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
  if (user.max_new_tokens) rest.max_new_tokens.reset();
  return rest;
}

}  // namespace radlads::infer
