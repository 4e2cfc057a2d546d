// RAD-RWKV6 (arXiv 2505.03005): the teacher's projections around the recurrence of RWKV-6, with a
// data-dependent token shift and decay.
#include "mixers/shared/spec.h"

#include "mixers/table.h"

namespace radlads::mixers {
namespace {

using Kind = MixerOption::Kind;

constexpr MixerOption kOptions[] = {
    {"gate_rank_type", Kind::kCount, "output gate: 0 none, 1 full rank, 2 low rank", 1, 1, 2},
    {"use_rope", Kind::kFlag, "rotary position embeddings", 0, 0},
    {"use_tokenshift", Kind::kFlag, "data-dependent token shift (rwkv6)", 1, 1},
    {"balance_state", Kind::kFlag, "state balancing", 1, 1},
    {"groupnorm_att", Kind::kFlag, "GroupNorm of the recurrence's output", 0, 0},
    {.key = "lora_rank_tokenshift", .kind = Kind::kRank, .axis = "S"},
    {.key = "lora_rank_decay", .kind = Kind::kRank, .axis = "Rw"},
    {.key = "lora_rank_gate", .kind = Kind::kRank, .axis = "Rg"},
};

void complete(MixerOptions& options, int64_t C) {
  complete_rank(options, "lora_rank_tokenshift", options["use_tokenshift"] != 0, C, 0.5, 1.8);
  complete_rank(options, "lora_rank_decay", true, C, 0.5, 1.8);
  complete_rank(options, "lora_rank_gate", options["gate_rank_type"] == 2, C, 0.8, 0.6);
}

void add_tensors(const ModelConfig& config, int64_t layer, TensorRows& rows) {
  add_projections(config, rows);
  if (config.options["use_tokenshift"] != 0) {
    rows.add("time_maa_x", "1,1,C", kOne);
    for (const char* name : {"time_maa_r", "time_maa_k", "time_maa_v", "time_maa_w", "time_maa_g"}) {
      rows.add(name, "1,1,C", kZero);
    }
    rows.add("time_maa_w1", "C,5S", kZero);
    rows.add("time_maa_w2", "5,S,C", kSmallUniform);
  }
  // -6 + 5 s^(0.7 + 1.3 p), s = n / (A - 1), p the layer's depth
  rows.add("time_decay", "1,1,A", {InitRule::Kind::kRamp, -6, 0.7 + 1.3 * depth_of(config, layer)});
  rows.add("time_decay_w1", "C,Rw", kZero);
  rows.add("time_decay_w2", "Rw,A", kSmallUniform);
  add_gate_and_norm(config, rows);
}

void read_tensors(const StoredTensors& stored, MixerOptions& options) {
  read_rank(stored, "time_maa_w1", options, "lora_rank_tokenshift", /*parts=*/5);
  read_rank(stored, "time_decay_w1", options, "lora_rank_decay");
  read_gate_and_norm(stored, options);
}

std::vector<StateSpec> states(const ModelConfig& config) {
  std::vector<StateSpec> states = {{"S", {config.H, config.N, config.N}}};
  if (config.options["use_tokenshift"] != 0) states.push_back({"shift", {config.C}});
  return states;
}

}  // namespace

constinit const MixerSpec Rad6::spec = {
    .name = "rwkv6",
    .title = "RAD-RWKV6",
    .published = "RWKV6",
    .replaces_attention = true,
    .options = kOptions,
    .complete = complete,
    .unsupported = [](const MixerOptions&) { return std::string(); },
    .add_tensors = add_tensors,
    .read_tensors = read_tensors,
    .states = states,
    // The token shift; the recurrence and the gate.
    .activation_floats = [](const ModelConfig& c) { return kv_floats(c) + 12 * c.C + 8 * c.A(); }};

}  // namespace radlads::mixers
