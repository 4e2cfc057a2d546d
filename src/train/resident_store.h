// The parameter store that keeps everything on the device: masters, gradients and AdamW moments in float32.
#pragma once

#include <functional>
#include <span>

#include "train/parameter_store.h"

namespace radlads::train {

class ResidentStore : public ParameterStore {
 public:
  /// One parameter. Moments are created in the first step that has a gradient for it.
  struct Parameter {
    TensorSpec spec;
    Tensor value;                // float32, in the shape of the spec
    Tensor gradient;             // undefined between updates
    Tensor exp_avg, exp_avg_sq;  // undefined before the first update
    int64_t updates = 0;         // that changed the value: what AdamW's bias correction counts
    bool trains = false;
    Tensor adapted;  // value + B A if only a low-rank product is trained; else undefined
  };

  /// `fill` gives the starting value of a row of the table; `trains` says which parameters are trained.
  ResidentStore(const std::vector<TensorSpec>& table,
                const std::function<void(const TensorSpec&, std::span<float>)>& fill,
                const std::function<bool(const TensorSpec&)>& trains);

  /// The same weights with fresh moments, for the next step of the protocol. Low-rank products are merged
  /// into their matrices.
  void restart(const std::function<bool(const TensorSpec&)>& trains);

  /// From here on the trained matrices [out,in] that `adapts` chooses are frozen, and W + B A replaces them:
  /// A [rank,in] starts random, B [out,rank] at 0 (LoRA, arXiv 2106.09685, with alpha = rank). Both are
  /// parameters after those of the table.
  void adapt(int64_t rank, uint64_t seed, const std::function<bool(const TensorSpec&)>& adapts);

  /// Computes W + B A again; for callers that changed values in parameters().
  void refresh_adapted();

  LayerTensors acquire(int64_t layer) override;
  void add_gradients(int64_t layer, const std::string& name, const Tensor& gradient) override;
  void end_micro_batch() override { in_micro_batch_ = false; }  // gradients are where step() reads them
  double step(const LearningRates& rates, const AdamW& options) override;

  /// For checkpoints, export and tests.
  std::vector<Parameter>& parameters() { return parameters_; }

 private:
  /// Indices of W, A and B in parameters_.
  struct LowRank {
    size_t matrix, a, b;
  };

  void pull_gradients_back();
  Parameter& find(int64_t layer, const std::string& name);
  void update_group(const std::vector<Parameter*>& group, double lr, double weight_decay,
                    const AdamW& options);

  std::vector<Parameter> parameters_;
  std::vector<LowRank> low_rank_;
  bool in_micro_batch_ = false;  // since the first gradient
};

}  // namespace radlads::train
