// What the specs of mixers in the teachers' place have in common: the projections that they inherit, and the
// RAD mixers' gate, norm and ranks (arXiv 2505.03005, appendix).
#pragma once

#include "mixers/spec.h"
#include "model/tensor_table.h"

namespace radlads::mixers {

inline constexpr InitRule kZero = {InitRule::Kind::kConstant, 0};
inline constexpr InitRule kOne = {InitRule::Kind::kConstant, 1};
inline constexpr InitRule kSmallUniform = {InitRule::Kind::kUniform, -0.01, 0.01};
inline constexpr InitRule kSmallOrthogonal = {InitRule::Kind::kOrthogonal, 0.1};

/// q_proj, k_proj, v_proj and o_proj, and Qwen3's norms of heads.
void add_projections(const ModelConfig& config, TensorRows& rows);

/// The output gate of gate_rank_type 1 (full rank) or 2 (low rank), and groupnorm_att's norm.
void add_gate_and_norm(const ModelConfig& config, TensorRows& rows);
void read_gate_and_norm(const StoredTensors& stored, MixerOptions& options);

/// The depth of layer `layer` in its model, from 0 to 1.
double depth_of(const ModelConfig& config, int64_t layer);

/// A rank: 0 if it is not needed; if it is 0, max(1, round(C^exponent * factor / 32)) * 32.
void complete_rank(MixerOptions& options, std::string_view key, bool is_needed, int64_t C, double exponent,
                   double factor);

/// The columns of a stored tensor [in,rank], divided by `parts`, are the rank's value.
void read_rank(const StoredTensors& stored, std::string_view tensor, MixerOptions& options,
               std::string_view key, int64_t parts = 1);

/// Keys and values of one token, which every mixer's projections keep for the backward pass.
int64_t kv_floats(const ModelConfig& config);

}  // namespace radlads::mixers
