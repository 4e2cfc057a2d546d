// The training loop: the steps of a run, one after another, with checkpoints between and within.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "data/order.h"
#include "io/binidx.h"
#include "kernels/context.h"
#include "model/model_folder.h"
#include "recipe/run_folder.h"
#include "train/checkpoint.h"
#include "train/resident_store.h"
#include "train/run_log.h"

namespace radlads::train {

/// One step of the protocol.
struct Step {
  StepKind kind;
  const StepRecipe* recipe;
};

class Trainer {
 public:
  /// Opens everything that the run folder names. UserError for what is missing or does not match.
  explicit Trainer(RunFolder run);

  /// Trains from the newest checkpoint, or from the start, to the end, and leaves the weights in the run's
  /// model folder. `stop_asked` is polled after every update; if it is true, a checkpoint is saved and the
  /// result is false.
  bool run(const std::function<bool()>& stop_asked);

 private:
  struct Update {
    double loss = 0;
    std::vector<double> layer_loss;
  };

  std::vector<Step> steps() const;
  void open_models();
  std::unique_ptr<DataOrder> data_order(const Step& step) const;
  bool trains(const Step& step, const TensorSpec& spec) const;
  void begin(const Step& step);
  bool recomputes(const Step& step) const;
  bool run_step(const Step& step, int64_t first_update, RunLog& log, const std::function<bool()>& stop_asked);
  Update update(const Step& step, const DataOrder& order, int64_t index, bool recompute);
  Update micro_update(const Step& step, const Batch& batch, bool recompute, double grad_scale);
  void export_weights();

  RunFolder run_;
  Recipe recipe_;
  Job job_;
  Binidx corpus_;
  kernels::Context context_;
  at::ScalarType compute_;

  ModelConfig config_;   // of the model that trains
  StoredDTypes dtypes_;  // in which it is exported; empty: all in the config's
  std::unique_ptr<ResidentStore> model_;
  std::optional<ModelFolder> teacher_folder_;
  std::unique_ptr<ResidentStore> teacher_;
};

}  // namespace radlads::train
