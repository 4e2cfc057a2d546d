// What a model is made of around its mixers: norms, the feed-forward, and what their tensors are called.
// Loops over layers know nothing else of an architecture.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace radlads {

struct FeedForwardSpec;

enum class NormKind : uint8_t {
  kRms,    // RMSNorm: NAME.weight
  kLayer,  // LayerNorm: NAME.weight, NAME.bias
};

/// A block is x += mixer(mixer_norm(x)); x += feed_forward(feed_forward_norm(x)). Names are those in our
/// model folders; a norm's and a matrix's ends in ".weight" (and ".bias") there.
struct NetworkSpec {
  NormKind norm = NormKind::kRms;
  const FeedForwardSpec* feed_forward = nullptr;

  std::string_view embedding, final_norm, head;
  std::string_view embedding_norm;  // of the embedding's rows; "" where there is none

  std::string_view layers;  // what names of layers' tensors begin with, before the layer's number
  std::string_view mixer_norm, feed_forward_norm;
  std::string_view mixer_prefix, feed_forward_prefix;  // within the layer: "self_attn."
};

/// Qwen2, Qwen3, Llama and their students, with the names of transformers.
extern const NetworkSpec kLlamaNetwork;

/// RWKV-7 (arXiv 2503.14456), with the names of the authors' code behind "model.".
extern const NetworkSpec kRwkvNetwork;

/// "model.layers.3."
std::string layer_prefix(const NetworkSpec& network, int64_t layer);

/// "model.layers.3.self_attn."
std::string mixer_prefix(const NetworkSpec& network, int64_t layer);

}  // namespace radlads
