#include "mixers/shared/spec.h"

#include <algorithm>
#include <cmath>

namespace radlads::mixers {

void add_projections(const ModelConfig& config, TensorRows& rows) {
  const auto add = [&](const std::string& name, const std::string& out, const std::string& in, bool bias) {
    rows.add(name + ".weight", out + "," + in);
    if (bias) rows.add(name + ".bias", out);
  };
  add("q_proj", "A", "C", config.qkv_bias);
  add("k_proj", "K", "C", config.qkv_bias);
  add("v_proj", "K", "C", config.qkv_bias);
  add("o_proj", "C", "A", config.o_bias);
  if (config.qk_norm) {
    rows.add("q_norm.weight", "N");
    rows.add("k_norm.weight", "N");
  }
}

void add_gate_and_norm(const ModelConfig& config, TensorRows& rows) {
  if (config.options["gate_rank_type"] == 1) rows.add("gate.weight", "A,C", {InitRule::Kind::kGateReset});
  if (config.options["gate_rank_type"] == 2) {
    rows.add("g1", "C,Rg", kZero);
    rows.add("g2", "Rg,A", kSmallOrthogonal);
  }
  if (config.options["groupnorm_att"] != 0) {
    rows.add("ln_x.weight", "A", kOne);
    rows.add("ln_x.bias", "A", kZero);
  }
}

void read_gate_and_norm(const StoredTensors& stored, MixerOptions& options) {
  read_rank(stored, "g1", options, "lora_rank_gate");
  if (stored.find("gate.weight") != nullptr) options.set("gate_rank_type", 1);
  if (stored.find("g1") != nullptr) options.set("gate_rank_type", 2);
  options.set("groupnorm_att", stored.find("ln_x.weight") != nullptr ? 1 : 0);
}

double depth_of(const ModelConfig& config, int64_t layer) {
  return config.L > 1 ? static_cast<double>(layer) / static_cast<double>(config.L - 1) : 0;
}

void complete_rank(MixerOptions& options, std::string_view key, bool is_needed, int64_t C, double exponent,
                   double factor) {
  if (!is_needed) {
    options.set(key, 0);
  } else if (options[key] == 0) {
    const double units = std::nearbyint(std::pow(static_cast<double>(C), exponent) * factor / 32);
    options.set(key, std::max<int64_t>(1, static_cast<int64_t>(units)) * 32);
  }
}

void read_rank(const StoredTensors& stored, std::string_view tensor, MixerOptions& options,
               std::string_view key, int64_t parts) {
  const TensorView* view = stored.find(tensor);
  if (view != nullptr && view->shape.size() == 2) options.set(key, view->shape[1] / parts);
}

int64_t kv_floats(const ModelConfig& config) { return 4 * config.Hkv * config.N; }

}  // namespace radlads::mixers
