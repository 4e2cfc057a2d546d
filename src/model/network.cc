#include "model/network.h"

#include <fmt/format.h>

#include "feed_forward/table.h"

namespace radlads {

constinit const NetworkSpec kLlamaNetwork = {.norm = NormKind::kRms,
                                             .feed_forward = &feed_forwards::SwiGlu::spec,
                                             .embedding = "model.embed_tokens",
                                             .final_norm = "model.norm",
                                             .head = "lm_head",
                                             .layers = "model.layers.",
                                             .mixer_norm = "input_layernorm",
                                             .feed_forward_norm = "post_attention_layernorm",
                                             .mixer_prefix = "self_attn.",
                                             .feed_forward_prefix = "mlp."};

constinit const NetworkSpec kRwkvNetwork = {.norm = NormKind::kLayer,
                                            .feed_forward = &feed_forwards::SquaredRelu::spec,
                                            .embedding = "model.emb",
                                            .final_norm = "model.ln_out",
                                            .head = "head",
                                            .embedding_norm = "model.blocks.0.ln0",
                                            .layers = "model.blocks.",
                                            .mixer_norm = "ln1",
                                            .feed_forward_norm = "ln2",
                                            .mixer_prefix = "att.",
                                            .feed_forward_prefix = "ffn."};

std::string layer_prefix(const NetworkSpec& network, int64_t layer) {
  return fmt::format("{}{}.", network.layers, layer);
}

std::string mixer_prefix(const NetworkSpec& network, int64_t layer) {
  return layer_prefix(network, layer) + std::string(network.mixer_prefix);
}

}  // namespace radlads
