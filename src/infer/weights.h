// The weights of a model as the forward pass reads them: immutable, shared by all sessions. Large matrices
// stay in the mapped file, in the type in which they are stored; small tensors are float32 copies.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/buffer.h"
#include "kernels/linear.h"
#include "model/model_folder.h"

namespace radlads::infer {

/// A linear layer: y = x W^T + bias.
struct Matrix {
  const void* data = nullptr;  // [out,in]
  DType dtype = DType::kF32;
  int64_t out = 0, in = 0;
  const float* bias = nullptr;  // [out] or null

  explicit operator bool() const { return data != nullptr; }
};

/// The low-rank pairs of the mixers: f(x W1) W2 + bias. Files have them [in,rank], [rank,out]; here both are
/// [out,in].
struct LowRank {
  Matrix down, up;

  explicit operator bool() const { return static_cast<bool>(down); }
};

/// Members that a mixer does not have stay empty.
struct MixerWeights {
  Matrix q, k, v, o;
  const float* q_norm = nullptr;  // [N]
  const float* k_norm = nullptr;  // [N]

  Matrix gate;                         // [A,C], gate_rank_type 1
  LowRank gate_low_rank;               // gate_rank_type 2
  LowRank decay;                       // bias: time_decay or w0
  const float* ln_x_weight = nullptr;  // [A]
  const float* ln_x_bias = nullptr;    // [A]

  const float* maa_x = nullptr;          // [C], RAD-RWKV6 with token shift
  Matrix maa_down;                       // [5S,C]
  Matrix maa_up[5];                      // [C,S]; order r, k, v, w, g
  std::array<const float*, 5> maa = {};  // [C]

  LowRank iclr;                // bias: a0, RAD-RWKV7
  LowRank value_residual;      // bias: v0; not in the first layer
  const float* k_k = nullptr;  // [A], balance off
  const float* k_a = nullptr;  // [A], balance off
};

struct LayerWeights {
  MixerKind kind = MixerKind::kSoftmax;
  const float* input_norm = nullptr;           // [C]
  const float* post_attention_norm = nullptr;  // [C]
  MixerWeights mixer;
  Matrix mlp_gate, mlp_up, mlp_down;
};

struct Weights {
  ModelFolder folder;                    // owns the mapped files
  kernels::Compute compute;              // of all matrix products
  std::vector<LayerWeights> layers;      // [L]
  Matrix embedding;                      // [V,C]
  const float* final_norm = nullptr;     // [C]
  Matrix head;                           // [V,C]
  std::vector<double> rope_frequencies;  // [N/2]
  std::deque<Buffer> copies;             // owns the float32 copies

  const ModelConfig& config() const { return folder.config; }
};

/// Opens, checks and maps a model folder. UserError as open_model.
std::shared_ptr<const Weights> load_weights(const std::filesystem::path& folder,
                                            kernels::Compute compute = kernels::Compute::kFloat32);

}  // namespace radlads::infer
