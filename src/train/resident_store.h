// The parameter store that keeps everything on the device: masters, gradients and AdamW moments in float32.
#pragma once

#include <functional>
#include <span>

#include "train/parameter_store.h"

namespace radlads::train {

class ResidentStore : public ParameterStore {
 public:
  /// One parameter. Moments are made in the first step that has a gradient for it.
  struct Parameter {
    TensorSpec spec;
    Tensor value;                // float32, in the shape of the spec
    Tensor gradient;             // undefined between updates
    Tensor exp_avg, exp_avg_sq;  // undefined before the first update
    bool trains = false;
  };

  /// `fill` gives the starting value of a row of the table; `trains` says which parameters are updated.
  ResidentStore(const std::vector<TensorSpec>& table,
                const std::function<void(const TensorSpec&, std::span<float>)>& fill,
                const std::function<bool(const TensorSpec&)>& trains);

  /// The same weights with fresh moments, for the next step of the protocol.
  void restart(const std::function<bool(const TensorSpec&)>& trains);

  LayerTensors acquire(int64_t layer) override;
  void add_gradients(int64_t layer, const std::string& name, const Tensor& gradient) override;
  double step(const LearningRates& rates, const AdamW& options) override;

  /// For checkpoints, export and tests.
  std::vector<Parameter>& parameters() { return parameters_; }
  int64_t updates() const { return updates_; }
  void set_updates(int64_t updates) { updates_ = updates; }

 private:
  Parameter& find(int64_t layer, const std::string& name);
  void update_group(const std::vector<Parameter*>& group, double lr, double weight_decay,
                    const AdamW& options);

  std::vector<Parameter> parameters_;
  int64_t updates_ = 0;
};

}  // namespace radlads::train
