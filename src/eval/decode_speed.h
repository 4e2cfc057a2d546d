// Time of one decoded token at a position, and the memory of the sequence there.
#pragma once

#include <cstdint>
#include <memory>

#include "infer/runner.h"

namespace radlads {

struct DecodeSpeed {
  int64_t position = 0;
  double ms_per_token = 0;     // median
  int64_t sequence_bytes = 0;  // recurrent state, and key/value cache up to the position
};

/// Reads `position` arbitrary tokens, then times the next ones, one at a time.
DecodeSpeed decode_speed(std::shared_ptr<const infer::Weights> model, int64_t position, int num_threads);

/// Floating-point operations that decode_speed spends on reading up to `position`: to check before a long
/// wait.
double reading_flops(const ModelConfig& config, int64_t position);

}  // namespace radlads
