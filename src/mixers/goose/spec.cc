// RWKV-7 "Goose" (arXiv 2503.14456): time mixing.
#include "mixers/shared/spec.h"

#include "mixers/table.h"

namespace radlads::mixers {
namespace {

using Kind = MixerOption::Kind;

constexpr MixerOption kOptions[] = {
    {.key = "lora_rank_decay", .kind = Kind::kRank, .axis = "Rw"},
    {.key = "lora_rank_iclr", .kind = Kind::kRank, .axis = "Ra"},
    {.key = "lora_rank_value_residual_mix", .kind = Kind::kRank, .axis = "Rv"},
    {.key = "lora_rank_gate", .kind = Kind::kRank, .axis = "Rg"},
};

/// The ranks of new models since July 2025.
void complete(MixerOptions& options, int64_t C) {
  complete_rank(options, "lora_rank_decay", true, C, 0.5, 2.5);
  complete_rank(options, "lora_rank_iclr", true, C, 0.5, 2.5);
  complete_rank(options, "lora_rank_value_residual_mix", true, C, 0.5, 1.7);
  complete_rank(options, "lora_rank_gate", true, C, 0.5, 5);
}

void add_tensors(const ModelConfig&, int64_t layer, TensorRows& rows) {
  for (const char* mu : {"x_r", "x_w", "x_k", "x_v", "x_a", "x_g"}) rows.add(mu, "1,1,C");
  const auto add_low_rank = [&](const std::string& name, const std::string& rank, bool has_bias) {
    if (has_bias) rows.add(name + "0", "1,1,A");
    rows.add(name + "1", "C," + rank);
    rows.add(name + "2", rank + ",A");
  };
  add_low_rank("w", "Rw", true);
  add_low_rank("a", "Ra", true);
  if (layer > 0) add_low_rank("v", "Rv", true);
  add_low_rank("g", "Rg", false);
  rows.add("k_k", "1,1,A");
  rows.add("k_a", "1,1,A");
  rows.add("r_k", "H,N");
  for (const char* in : {"receptance.weight", "key.weight", "value.weight"}) rows.add(in, "A,C");
  rows.add("output.weight", "C,A");
  rows.add("ln_x.weight", "A");
  rows.add("ln_x.bias", "A");
}

void read_tensors(const StoredTensors& stored, MixerOptions& options) {
  read_rank(stored, "w1", options, "lora_rank_decay");
  read_rank(stored, "a1", options, "lora_rank_iclr");
  read_rank(stored, "v1", options, "lora_rank_value_residual_mix");
  read_rank(stored, "g1", options, "lora_rank_gate");
}

std::vector<StateSpec> states(const ModelConfig& config) {
  return {{"S", {config.H, config.N, config.N}}, {"shift", {config.C}}};
}

}  // namespace

constinit const MixerSpec Goose::spec = {
    .name = "goose",
    .title = "RWKV-7 \"Goose\"",
    .mixes_first_values = true,
    .options = kOptions,
    .complete = complete,
    .unsupported = [](const MixerOptions&) { return std::string(); },
    .add_tensors = add_tensors,
    .read_tensors = read_tensors,
    .states = states,
    // The shifted inputs, what the recurrence reads, and the low-rank results.
    .activation_floats = [](const ModelConfig& config) { return 6 * config.C + 20 * config.A(); }};

}  // namespace radlads::mixers
