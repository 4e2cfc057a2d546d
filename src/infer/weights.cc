#include "infer/weights.h"

#include "core/error.h"
#include "core/half.h"
#include "feed_forward/table.h"
#include "mixers/table.h"
#include "model/config.h"

namespace radlads::infer {
namespace {

using LoadMixer = std::unique_ptr<Mixer> (*)(WeightLoader& loader, int64_t layer);
using LoadFeedForward = std::unique_ptr<FeedForward> (*)(WeightLoader& loader, int64_t layer);

LoadMixer load_function(const MixerSpec& spec) {
  LoadMixer found = nullptr;
  mixers::for_each([&]<class Each>(Each) {
    if (&Each::spec == &spec) found = &Each::load;
  });
  RADLADS_CHECK(found != nullptr, "{} is not in the table of mixers", spec.name);
  return found;
}

LoadFeedForward load_function(const FeedForwardSpec& spec) {
  LoadFeedForward found = nullptr;
  feed_forwards::for_each([&]<class Each>(Each) {
    if (&Each::spec == &spec) found = &Each::load;
  });
  RADLADS_CHECK(found != nullptr, "a feed-forward that is not in the table");
  return found;
}

LayerWeights load_layer(WeightLoader& loader, int64_t l) {
  const ModelConfig& config = loader.config();
  const NetworkSpec& network = *config.network;
  const std::string prefix = layer_prefix(network, l);
  LayerWeights layer;
  loader.begin(prefix);
  layer.mixer_norm = loader.norm(network.mixer_norm);
  layer.feed_forward_norm = loader.norm(network.feed_forward_norm);
  loader.begin(prefix + std::string(network.mixer_prefix));
  layer.mixer = load_function(config.mixer_of(l))(loader, l);
  loader.begin(prefix + std::string(network.feed_forward_prefix));
  layer.feed_forward = load_function(*network.feed_forward)(loader, l);
  return layer;
}

}  // namespace

std::span<float> WeightLoader::new_floats(int64_t count) {
  weights_.copies.push_back(Buffer::of<float>(static_cast<size_t>(count)));
  return weights_.copies.back().as<float>();
}

const float* WeightLoader::vector(const std::string& name) {
  const TensorView& tensor = weights_.folder.tensors.at(prefix_ + name);
  const std::span<float> values = new_floats(tensor.size());
  convert_to_float({tensor.data, tensor.num_bytes()}, tensor.dtype, values);
  return values.data();
}

Matrix WeightLoader::matrix(const std::string& name) {
  const TensorView& tensor = weights_.folder.tensors.at(prefix_ + name);
  const bool aligned = reinterpret_cast<uintptr_t>(tensor.data) % size_of(tensor.dtype) == 0;
  Matrix result = {tensor.data, tensor.dtype, tensor.shape[0], tensor.shape[1], nullptr};
  if (tensor.dtype == DType::kF64 || !aligned) {
    result.data = vector(name);
    result.dtype = DType::kF32;
  }
  return result;
}

Matrix WeightLoader::linear(const std::string& name) {
  Matrix result = matrix(name + ".weight");
  const std::string bias = name + ".bias";
  if (weights_.folder.tensors.find(prefix_ + bias) != nullptr) result.bias = vector(bias);
  return result;
}

Norm WeightLoader::norm(std::string_view name) {
  const std::string prefix(name);
  const bool has_bias = config().network->norm == NormKind::kLayer;
  return {vector(prefix + ".weight"), has_bias ? vector(prefix + ".bias") : nullptr};
}

Matrix WeightLoader::transposed(const std::string& name, int64_t index) {
  const TensorView& tensor = weights_.folder.tensors.at(prefix_ + name);
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

LowRank WeightLoader::low_rank(const std::string& down, const std::string& up, const std::string& bias) {
  LowRank pair = {transposed(down), transposed(up)};
  if (!bias.empty()) pair.up.bias = vector(bias);
  return pair;
}

std::shared_ptr<const Weights> load_weights(const std::filesystem::path& folder, kernels::Compute compute) {
  auto weights = std::make_shared<Weights>(Weights{open_model(folder), compute});
  const ModelConfig& config = weights->config();
  const NetworkSpec& network = *config.network;
  WeightLoader loader(*weights);
  weights->embedding = loader.matrix(fmt::format("{}.weight", network.embedding));
  if (config.norms_embedding) weights->embedding_norm = loader.norm(network.embedding_norm);
  for (int64_t l = 0; l < config.L; ++l) weights->layers.push_back(load_layer(loader, l));
  loader.begin("");
  weights->final_norm = loader.norm(network.final_norm);
  weights->head =
      config.tie_word_embeddings ? weights->embedding : loader.matrix(fmt::format("{}.weight", network.head));
  weights->rope_frequencies = rope_frequencies(config);
  return weights;
}

}  // namespace radlads::infer
