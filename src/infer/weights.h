// The weights of a model as the forward pass reads them: immutable, shared by all sessions. Large matrices
// stay in the mapped file, in the type in which they are stored; small tensors are float32 copies.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/buffer.h"
#include "infer/layer.h"
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

/// RMSNorm, or LayerNorm if there is a bias.
struct Norm {
  const float* weight = nullptr;  // [C]
  const float* bias = nullptr;    // [C] or null

  explicit operator bool() const { return weight != nullptr; }
};

struct LayerWeights {
  Norm mixer_norm, feed_forward_norm;
  std::shared_ptr<const Mixer> mixer;
  std::shared_ptr<const FeedForward> feed_forward;
};

struct Weights {
  ModelFolder folder;                // owns the mapped files
  kernels::Compute compute;          // of all matrix products
  std::vector<LayerWeights> layers;  // [L]
  Matrix embedding;                  // [V,C]
  Norm embedding_norm;               // none in most models
  Norm final_norm;
  Matrix head;                           // [V,C]
  std::vector<double> rope_frequencies;  // [N/2]
  std::deque<Buffer> copies;             // owns the float32 copies

  const ModelConfig& config() const { return folder.config; }
};

/// Takes tensors out of the model folder, in the forms that the forward pass reads. Names are relative to a
/// prefix.
class WeightLoader {
 public:
  explicit WeightLoader(Weights& weights) : weights_(weights) {}

  const ModelConfig& config() const { return weights_.config(); }

  void begin(std::string prefix) { prefix_ = std::move(prefix); }

  /// As float32.
  const float* vector(const std::string& name);

  /// Stays in the mapped file, if the kernels can read it there.
  Matrix matrix(const std::string& name);

  /// NAME.weight with NAME.bias, where there is one.
  Matrix linear(const std::string& name);
  Norm norm(std::string_view name);

  /// Part `index` of a tensor [parts,in,out] (or [in,out]), transposed.
  Matrix transposed(const std::string& name, int64_t index = 0);

  /// Of two tensors [in,rank] and [rank,out].
  LowRank low_rank(const std::string& down, const std::string& up, const std::string& bias = "");

 private:
  std::span<float> new_floats(int64_t count);

  Weights& weights_;
  std::string prefix_;
};

/// Opens, checks and maps a model folder. UserError as open_model.
std::shared_ptr<const Weights> load_weights(const std::filesystem::path& folder,
                                            kernels::Compute compute = kernels::Compute::kFloat32);

}  // namespace radlads::infer
