#include "feed_forward/table.h"
#include "model/tensor_table.h"

namespace radlads::feed_forwards {

constinit const FeedForwardSpec SwiGlu::spec = {
    .add_tensors =
        [](TensorRows& rows) {
          rows.add("gate_proj.weight", "F,C");
          rows.add("up_proj.weight", "F,C");
          rows.add("down_proj.weight", "C,F");
        },
    .states = [](const ModelConfig&) { return std::vector<StateSpec>(); },
    .activation_floats = [](const ModelConfig& config) { return 2 * config.F; }};

constinit const FeedForwardSpec SquaredRelu::spec = {
    .add_tensors =
        [](TensorRows& rows) {
          rows.add("x_k", "1,1,C");
          rows.add("key.weight", "F,C");
          rows.add("value.weight", "C,F");
        },
    .states =
        [](const ModelConfig& config) {
          return std::vector<StateSpec>{{"ffn_shift", {config.C}}};
        },
    .activation_floats = [](const ModelConfig& config) { return config.C + 2 * config.F; }};

}  // namespace radlads::feed_forwards
