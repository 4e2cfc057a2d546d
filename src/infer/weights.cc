#include "infer/weights.h"

#include "core/half.h"
#include "model/rope.h"

namespace radlads::infer {
namespace {

class Loader {
 public:
  explicit Loader(Weights& weights) : weights_(weights), config_(weights.folder.config) {}

  void load() {
    weights_.embedding = matrix("model.embed_tokens.weight");
    for (int64_t l = 0; l < config_.L; ++l) weights_.layers.push_back(layer(l));
    weights_.final_norm = vector("model.norm.weight");
    weights_.head = config_.tie_word_embeddings ? weights_.embedding : matrix("lm_head.weight");
    weights_.rope_frequencies = rope_frequencies(config_);
  }

 private:
  bool has(const std::string& name) const { return weights_.folder.tensors.find(name) != nullptr; }

  std::span<float> new_floats(int64_t count) {
    weights_.copies.push_back(Buffer::of<float>(static_cast<size_t>(count)));
    return weights_.copies.back().as<float>();
  }

  std::span<const float> floats(const std::string& name) {
    const TensorView& tensor = weights_.folder.tensors.at(name);
    const std::span<float> values = new_floats(tensor.size());
    convert_to_float({tensor.data, tensor.num_bytes()}, tensor.dtype, values);
    return values;
  }

  const float* vector(const std::string& name) { return floats(name).data(); }

  /// Stays in the mapped file, if the kernels can read it there.
  Matrix matrix(const std::string& name) {
    const TensorView& tensor = weights_.folder.tensors.at(name);
    const bool aligned = reinterpret_cast<uintptr_t>(tensor.data) % size_of(tensor.dtype) == 0;
    Matrix result = {tensor.data, tensor.dtype, tensor.shape[0], tensor.shape[1], nullptr};
    if (tensor.dtype == DType::kF64 || !aligned) {
      result.data = vector(name);
      result.dtype = DType::kF32;
    }
    return result;
  }

  Matrix linear(const std::string& name) {
    Matrix result = matrix(name + ".weight");
    if (has(name + ".bias")) result.bias = vector(name + ".bias");
    return result;
  }

  /// Part `index` of a tensor [parts,in,out] (or [in,out]), transposed.
  Matrix transposed(const std::string& name, int64_t index = 0) {
    const TensorView& tensor = weights_.folder.tensors.at(name);
    const auto rank = tensor.shape.size();
    const int64_t in = tensor.shape[rank - 2], out = tensor.shape[rank - 1];
    const std::span<const std::byte> part(
        tensor.data + static_cast<size_t>(index * in * out) * size_of(tensor.dtype),
        static_cast<size_t>(in * out) * size_of(tensor.dtype));
    std::vector<float> source(static_cast<size_t>(in * out));
    convert_to_float(part, tensor.dtype, source);
    const std::span<float> target = new_floats(in * out);
    for (int64_t i = 0; i < in; ++i) {
      for (int64_t o = 0; o < out; ++o) {
        target[static_cast<size_t>(o * in + i)] = source[static_cast<size_t>(i * out + o)];
      }
    }
    return {target.data(), DType::kF32, out, in, nullptr};
  }

  LowRank low_rank(const std::string& down, const std::string& up, const std::string& bias = "") {
    LowRank pair = {transposed(down), transposed(up)};
    if (!bias.empty()) pair.up.bias = vector(bias);
    return pair;
  }

  LayerWeights layer(int64_t l) {
    const std::string prefix = layer_prefix(l);
    LayerWeights layer;
    layer.kind = config_.mixers[static_cast<size_t>(l)];
    layer.input_norm = vector(prefix + "input_layernorm.weight");
    layer.post_attention_norm = vector(prefix + "post_attention_layernorm.weight");
    layer.mlp_gate = matrix(prefix + "mlp.gate_proj.weight");
    layer.mlp_up = matrix(prefix + "mlp.up_proj.weight");
    layer.mlp_down = matrix(prefix + "mlp.down_proj.weight");
    load_attention(prefix + "self_attn.", layer.mixer);
    if (layer.kind != MixerKind::kSoftmax) load_gate(prefix + "self_attn.", layer.mixer);
    if (layer.kind == MixerKind::kRad6) load_rad6(prefix + "self_attn.", layer.mixer);
    if (layer.kind == MixerKind::kRad7) load_rad7(prefix + "self_attn.", l == 0, layer.mixer);
    return layer;
  }

  void load_attention(const std::string& prefix, MixerWeights& mixer) {
    mixer.q = linear(prefix + "q_proj");
    mixer.k = linear(prefix + "k_proj");
    mixer.v = linear(prefix + "v_proj");
    mixer.o = linear(prefix + "o_proj");
    if (config_.qk_norm) {
      mixer.q_norm = vector(prefix + "q_norm.weight");
      mixer.k_norm = vector(prefix + "k_norm.weight");
    }
  }

  void load_gate(const std::string& prefix, MixerWeights& mixer) {
    if (config_.options.gate_rank_type == 1) mixer.gate = matrix(prefix + "gate.weight");
    if (config_.options.gate_rank_type == 2) mixer.gate_low_rank = low_rank(prefix + "g1", prefix + "g2");
    if (config_.options.groupnorm_att) {
      mixer.ln_x_weight = vector(prefix + "ln_x.weight");
      mixer.ln_x_bias = vector(prefix + "ln_x.bias");
    }
  }

  void load_rad6(const std::string& prefix, MixerWeights& mixer) {
    mixer.decay = low_rank(prefix + "time_decay_w1", prefix + "time_decay_w2", prefix + "time_decay");
    if (!config_.options.use_tokenshift) return;
    mixer.maa_x = vector(prefix + "time_maa_x");
    mixer.maa_down = transposed(prefix + "time_maa_w1");
    for (size_t i = 0; i < mixer.maa.size(); ++i) {
      mixer.maa_up[i] = transposed(prefix + "time_maa_w2", static_cast<int64_t>(i));
      mixer.maa[i] = vector(prefix + "time_maa_" + "rkvwg"[i]);
    }
  }

  void load_rad7(const std::string& prefix, bool first_layer, MixerWeights& mixer) {
    mixer.decay = low_rank(prefix + "w1", prefix + "w2", prefix + "w0");
    mixer.iclr = low_rank(prefix + "a1", prefix + "a2", prefix + "a0");
    if (!first_layer) mixer.value_residual = low_rank(prefix + "v1", prefix + "v2", prefix + "v0");
    if (!config_.options.balance_state) {
      mixer.k_k = vector(prefix + "k_k");
      mixer.k_a = vector(prefix + "k_a");
    }
  }

  Weights& weights_;
  const ModelConfig& config_;
};

}  // namespace

std::shared_ptr<const Weights> load_weights(const std::filesystem::path& folder, kernels::Compute compute) {
  auto weights = std::make_shared<Weights>(Weights{open_model(folder), compute});
  Loader(*weights).load();
  return weights;
}

}  // namespace radlads::infer
