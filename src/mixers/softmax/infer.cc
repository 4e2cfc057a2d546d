#include "mixers/shared/infer.h"

#include <algorithm>
#include <cmath>

#include "kernels/attention.h"
#include "mixers/table.h"

namespace radlads::mixers {
namespace {

class Attention : public infer::Mixer {
 public:
  explicit Attention(infer::WeightLoader& loader) : weights_(loader) {}

  /// Appends the new keys and values to those of each session, and attends over all of them.
  void forward(Pass& pass, int64_t layer, const float* x, float* y) const override {
    const ModelConfig& config = pass.config();
    const Projections p = project(pass, weights_, x, x, x);
    keep_first_values(pass, layer, p.v);
    rotate(pass, config.H, p.q);
    rotate(pass, config.Hkv, p.k);

    const int64_t row = config.Hkv * config.N;
    std::vector<kernels::AttentionSequence>& sequences = pass.attention_sequences;
    sequences.clear();
    for (size_t s = 0; s < pass.slots.size(); ++s) {
      const int64_t begin = pass.boundaries[s], count = pass.boundaries[s + 1] - begin;
      const int64_t past = pass.pool.position(pass.slots[s]);
      infer::KvCache& cache = pass.pool.cache(layer, pass.slots[s], past + count);
      float* k = cache.k.as<float>().data();
      float* v = cache.v.as<float>().data();
      std::copy_n(p.k + begin * row, count * row, k + past * row);
      std::copy_n(p.v + begin * row, count * row, v + past * row);
      sequences.push_back({begin, count, k, v, past + count});
    }

    float* o = pass.scratch.floats(pass.M * config.A());
    kernels::attention_forward(pass.context,
                               {.H = config.H,
                                .Hkv = config.Hkv,
                                .N = config.N,
                                .scale = 1 / std::sqrt(static_cast<float>(config.N)),
                                .q = p.q,
                                .q_stride_t = config.A(),
                                .q_stride_h = config.N,
                                .kv_stride_t = row,
                                .kv_stride_h = config.N,
                                .sequences = sequences},
                               {.o = o});
    pass.linear(weights_.o, o, y);
  }

 private:
  ProjectionWeights weights_;
};

}  // namespace

std::unique_ptr<infer::Mixer> Softmax::load(infer::WeightLoader& loader, int64_t) {
  return std::make_unique<Attention>(loader);
}

}  // namespace radlads::mixers
