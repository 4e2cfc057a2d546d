#include "model/config.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace radlads {

std::string_view mixer_name(MixerKind kind) {
  switch (kind) {
    case MixerKind::kSoftmax:
      return "softmax";
    case MixerKind::kRad6:
      return "rwkv6";
    case MixerKind::kRad7:
      return "rwkv7";
  }
  RADLADS_CHECK(false, "unknown mixer");
}

MixerKind ModelConfig::rad_kind() const {
  const auto it =
      std::find_if(mixers.begin(), mixers.end(), [](MixerKind m) { return m != MixerKind::kSoftmax; });
  return it == mixers.end() ? MixerKind::kSoftmax : *it;
}

std::vector<int64_t> ModelConfig::softmax_layers() const {
  std::vector<int64_t> layers;
  for (int64_t l = 0; l < L; ++l) {
    if (mixers[static_cast<size_t>(l)] == MixerKind::kSoftmax) layers.push_back(l);
  }
  return layers;
}

int64_t default_rank(int64_t C, double exponent, double factor) {
  const double units = std::nearbyint(std::pow(static_cast<double>(C), exponent) * factor / 32);
  return std::max<int64_t>(1, static_cast<int64_t>(units)) * 32;
}

MixerOptions default_options(MixerKind kind, int64_t C) {
  MixerOptions options;
  options.use_rope = kind == MixerKind::kRad7;
  options.use_tokenshift = kind == MixerKind::kRad6;
  options.gate_rank_type = kind == MixerKind::kRad6 ? 1 : 2;
  complete_ranks(options, kind, C);
  return options;
}

void complete_ranks(MixerOptions& options, MixerKind kind, int64_t C) {
  const auto complete = [&](int64_t& rank, bool needed, double exponent, double factor) {
    if (!needed) {
      rank = 0;
    } else if (rank == 0) {
      rank = default_rank(C, exponent, factor);
    }
  };
  const bool rad6 = kind == MixerKind::kRad6, rad7 = kind == MixerKind::kRad7;
  complete(options.lora_rank_tokenshift, rad6 && options.use_tokenshift, 0.5, 1.8);
  complete(options.lora_rank_decay, rad6 || rad7, 0.5, 1.8);
  complete(options.lora_rank_iclr, rad7, 0.5, 1.8);
  complete(options.lora_rank_value_residual_mix, rad7, 0.5, 1.3);
  complete(options.lora_rank_gate, (rad6 || rad7) && options.gate_rank_type == 2, 0.8, 0.6);
}

}  // namespace radlads
