// RAD-RWKV7 (arXiv 2505.03005): the teacher's projections around the recurrence of RWKV-7, without token
// shift.
#include "mixers/shared/spec.h"

#include <cmath>

#include "mixers/table.h"

namespace radlads::mixers {
namespace {

using Kind = MixerOption::Kind;

constexpr MixerOption kOptions[] = {
    {"gate_rank_type", Kind::kCount, "output gate: 0 none, 1 full rank, 2 low rank", 2, 2, 2},
    {"use_rope", Kind::kFlag, "rotary position embeddings", 0, 1},
    {"use_tokenshift", Kind::kFlag, "data-dependent token shift (rwkv6)", 0, 0},
    {"balance_state", Kind::kFlag, "state balancing", 1, 1},
    {"groupnorm_att", Kind::kFlag, "GroupNorm of the recurrence's output", 0, 0},
    {.key = "lora_rank_decay", .kind = Kind::kRank, .axis = "Rw"},
    {.key = "lora_rank_iclr", .kind = Kind::kRank, .axis = "Ra"},
    {.key = "lora_rank_value_residual_mix", .kind = Kind::kRank, .axis = "Rv"},
    {.key = "lora_rank_gate", .kind = Kind::kRank, .axis = "Rg"},
};

void complete(MixerOptions& options, int64_t C) {
  complete_rank(options, "lora_rank_decay", true, C, 0.5, 1.8);
  complete_rank(options, "lora_rank_iclr", true, C, 0.5, 1.8);
  complete_rank(options, "lora_rank_value_residual_mix", true, C, 0.5, 1.3);
  complete_rank(options, "lora_rank_gate", options["gate_rank_type"] == 2, C, 0.8, 0.6);
}

std::string unsupported(const MixerOptions& options) {
  return options["use_tokenshift"] != 0 ? "use_tokenshift: true" : "";
}

void add_tensors(const ModelConfig& config, int64_t layer, TensorRows& rows) {
  const bool is_first = layer == 0, is_balanced = config.options["balance_state"] != 0;
  const auto add_if = [&](bool is_used, std::string_view name, const char* axes, InitRule init) {
    is_used ? rows.add(name, axes, init) : rows.add_unused(name, axes, init);
  };
  add_projections(config, rows);
  // -6.5 + 5 s^(0.85 + sqrt(p)), s = n / (A - 1), p the layer's depth
  rows.add("w0", "1,1,A", {InitRule::Kind::kRamp, -6.5, 0.85 + std::sqrt(depth_of(config, layer))});
  rows.add("w1", "C,Rw", kZero);
  rows.add("w2", "Rw,A", kSmallOrthogonal);
  rows.add("a0", "1,1,A", kZero);
  rows.add("a1", "C,Ra", kZero);
  rows.add("a2", "Ra,A", kSmallOrthogonal);
  // The first layer has no value to mix in; the reference stores these anyway, and leaves them uninitialized.
  add_if(!is_first, "v0", "1,1,A", kOne);
  add_if(!is_first, "v1", "C,Rv", kZero);
  add_if(!is_first, "v2", "Rv,A", is_first ? kZero : kSmallOrthogonal);
  add_if(!is_balanced, "k_k", "1,1,A", {InitRule::Kind::kConstant, 0.85});
  add_if(!is_balanced, "k_a", "1,1,A", kOne);
  rows.add_unused("r_k", "H,N", kZero);
  add_gate_and_norm(config, rows);
}

void read_tensors(const StoredTensors& stored, MixerOptions& options) {
  read_rank(stored, "w1", options, "lora_rank_decay");
  read_rank(stored, "a1", options, "lora_rank_iclr");
  read_rank(stored, "v1", options, "lora_rank_value_residual_mix");
  read_gate_and_norm(stored, options);
}

std::vector<StateSpec> states(const ModelConfig& config) { return {{"S", {config.H, config.N, config.N}}}; }

}  // namespace

constinit const MixerSpec Rad7::spec = {
    .name = "rwkv7",
    .title = "RAD-RWKV7",
    .published = "RWKV7",
    .replaces_attention = true,
    .mixes_first_values = true,
    .counts_attention_layers = true,
    .options = kOptions,
    .complete = complete,
    .unsupported = unsupported,
    .add_tensors = add_tensors,
    .read_tensors = read_tensors,
    .states = states,
    .activation_floats = [](const ModelConfig& config) { return kv_floats(config) + 14 * config.A(); }};

}  // namespace radlads::mixers
