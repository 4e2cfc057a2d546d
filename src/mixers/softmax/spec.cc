// Softmax attention, the teachers' own mixer.
#include "mixers/shared/spec.h"

#include "mixers/table.h"

namespace radlads::mixers {

constinit const MixerSpec Softmax::spec = {
    .name = "softmax",
    .title = "softmax",
    .is_attention = true,
    .complete = [](MixerOptions&, int64_t) {},
    .unsupported = [](const MixerOptions&) { return std::string(); },
    .add_tensors = [](const ModelConfig& config, int64_t,
                      TensorRows& rows) { add_projections(config, rows); },
    .read_tensors = [](const StoredTensors&, MixerOptions&) {},
    .states = [](const ModelConfig&) { return std::vector<StateSpec>(); },
    .activation_floats = [](const ModelConfig& config) { return kv_floats(config) + 4 * config.A(); }};

}  // namespace radlads::mixers
