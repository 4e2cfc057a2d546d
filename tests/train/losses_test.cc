#include "train/losses.h"

#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "infer/runner.h"
#include "mixers/table.h"
#include "support/expect_close.h"
#include "train/layer_tape.h"
#include "train/linear.h"
#include "train/model_cases.h"
#include "train/ops.h"

namespace radlads::train {
namespace {

class LossesTest : public testing::TestWithParam<ModelCase> {
 protected:
  LossesTest()
      : folders_(GetParam()),
        teacher_folder_(open_model(folders_.teacher())),
        folder_(open_model(folders_.student())) {
    context_.num_threads = 2;
    teacher_ = store_of(teacher_folder_, nothing);
    model_ = store_of(folder_, everything);
  }

  Pass pass(const Batch& batch, at::ScalarType compute = at::kFloat) {
    return Pass(folder_.config, batch, context_, compute);
  }

  double language(const Pass& p, bool recompute = false) {
    return language_loss(p, *model_, recompute, 1.0 / static_cast<double>(p.M));
  }

  double distill(const Pass& p) {
    const Pass teacher_pass(teacher_folder_.config, p);
    return distill_loss(p, *model_, teacher_pass, *teacher_, false, 1.0 / static_cast<double>(p.M));
  }

  double align(const Pass& p) {
    const Pass teacher_pass(teacher_folder_.config, p);
    const auto sums = align_loss(p, *model_, teacher_pass, *teacher_, 1.0 / static_cast<double>(p.M));
    return std::accumulate(sums.begin(), sums.end(), 0.0) / static_cast<double>(sums.size());
  }

  std::map<std::string, std::vector<float>> take_gradients() {
    std::map<std::string, std::vector<float>> gradients;
    for (auto& parameter : model_->parameters()) {
      const Tensor gradient = std::exchange(parameter.gradient, Tensor());
      if (!gradient.defined()) continue;
      gradients[parameter.spec.name].assign(gradient.const_data_ptr<float>(),
                                            gradient.const_data_ptr<float>() + gradient.numel());
    }
    return gradients;
  }

  /// The gradient along a random direction through all parameters against central differences of the loss.
  void expect_gradient(const std::function<double()>& sum_of_losses, double tokens) {
    // Large enough for float32 losses; but GroupNorm with a small epsilon bends sharply while a state is
    // nearly empty.
    const bool has_group_norm = std::ranges::any_of(
        folder_.table, [](const TensorSpec& spec) { return spec.name.ends_with("ln_x.weight"); });
    const double h = has_group_norm && folder_.config.head_norm_eps < 1e-4 ? 3e-5 : 1e-3;
    sum_of_losses();
    std::vector<Tensor> directions;
    double slope = 0;
    at::manual_seed(5);
    for (auto& parameter : model_->parameters()) {
      const double scale = parameter.value.detach().square().mean().sqrt().item<double>();
      directions.push_back(at::randn(parameter.value.sizes()) * (scale > 0 ? scale : 0.1));
      if (parameter.gradient.defined())
        slope += (parameter.gradient * directions.back()).sum().item<double>();
    }
    const auto loss_at = [&](double step) {
      const at::NoGradGuard no_grad;
      for (size_t i = 0; i < directions.size(); ++i) model_->parameters()[i].value.add_(directions[i], step);
      const double loss = [&] {
        const at::AutoGradMode record(true);
        return sum_of_losses();
      }();
      for (size_t i = 0; i < directions.size(); ++i) model_->parameters()[i].value.add_(directions[i], -step);
      return loss / tokens;
    };
    const double difference = (8 * (loss_at(h / 2) - loss_at(-h / 2)) - (loss_at(h) - loss_at(-h))) / (6 * h);
    EXPECT_NEAR(slope, difference, 0.01 * std::abs(difference) + 2e-3);
    EXPECT_GT(std::abs(difference), 1e-2) << "the direction says something";
  }

  /// The inference program, with a session for every sequence of the batch.
  struct Inference {
    Inference(std::shared_ptr<const infer::Weights> weights, const Batch& batch)
        : pool(weights, static_cast<int64_t>(batch.boundaries.size()) - 1), runner(weights, 2) {
      for (size_t s = 0; s + 1 < batch.boundaries.size(); ++s) sessions.push_back(pool.open());
      for (size_t s = 0; s < sessions.size(); ++s) {
        const auto begin = static_cast<size_t>(batch.boundaries[s]),
                   end = static_cast<size_t>(batch.boundaries[s + 1]);
        chunks.push_back({&sessions[s], std::span(batch.tokens).subspan(begin, end - begin)});
      }
    }

    infer::SessionPool pool;
    infer::Runner runner;
    std::vector<infer::Session> sessions;
    std::vector<infer::Chunk> chunks;
  };

  ModelFolders folders_;
  ModelFolder teacher_folder_, folder_;
  kernels::Context context_;
  std::unique_ptr<ResidentStore> teacher_, model_;
  Batch batch_ = batch_of({9, 7, 16, 1, 15}, 16);
};

/// Tests for only some of the models.
class TeacherLossesTest : public LossesTest {};
class StudentLossesTest : public LossesTest {};
class HybridLossesTest : public LossesTest {};

bool is_softmax(const ModelCase& model) { return model.kind == &mixers::Softmax::spec; }
bool is_student(const ModelCase& model) { return model.kind->replaces_attention; }
bool is_hybrid(const ModelCase& model) { return !model.softmax_layers.empty(); }

template <class Predicate>
auto models_that(Predicate predicate) {
  std::vector<ModelCase> models = model_cases();
  std::erase_if(models, std::not_fn(predicate));
  return testing::ValuesIn(models);
}

TEST_P(LossesTest, WhatIsTrainedIsWhatIsRun) {
  const Pass p = pass(batch_);
  const at::NoGradGuard no_grad;
  const Tensor hidden =
      norm(p, model_->acquire(kOutside), folder_.config.network->final_norm, hidden_states(p, *model_));
  Inference inference(infer::load_weights(folders_.student()), batch_);
  EXPECT_TRUE(is_close({hidden.const_data_ptr<float>(), static_cast<size_t>(hidden.numel())},
                       inference.runner.forward(inference.chunks), 2e-5));
}

TEST_P(StudentLossesTest, AlignLossesAreTheDistancesThatInferenceSees) {
  const Pass p = pass(batch_), teacher_pass(teacher_folder_.config, p);
  const auto sums = align_loss(p, *model_, teacher_pass, *teacher_, 1);

  const auto teacher_weights = infer::load_weights(folders_.teacher());
  const auto weights = std::const_pointer_cast<infer::Weights>(infer::load_weights(folders_.student()));
  for (size_t l = 0; l < weights->layers.size();
       ++l) {  // as at the start of aligning: only new mixers differ
    weights->layers[l].mixer_norm = teacher_weights->layers[l].mixer_norm;
    if (weights->config().mixers[l]->is_attention)
      weights->layers[l].mixer = teacher_weights->layers[l].mixer;
  }
  Inference teacher(teacher_weights, batch_), student(weights, batch_);
  teacher.runner.begin(teacher.chunks);
  student.runner.begin(student.chunks);
  const auto C = static_cast<size_t>(folder_.config.C);
  for (const double wanted : sums) {
    const auto y = student.runner.mixer_output(teacher.runner.hidden());
    const auto target = teacher.runner.block().mixer;
    double sum = 0;
    for (size_t m = 0; m < y.size(); m += C) {
      double squares = 0;
      for (size_t i = m; i < m + C; ++i) squares += std::pow(static_cast<double>(y[i]) - target[i], 2);
      sum += std::sqrt(squares / static_cast<double>(C));
    }
    EXPECT_NEAR(sum, wanted, 2e-5 * wanted + 1e-4);
    student.runner.block();
  }
}

TEST_P(LossesTest, LanguageGradientsAreSlopes) {
  const Pass p = pass(batch_);
  expect_gradient([&] { return language(p); }, static_cast<double>(p.M));
}

TEST_P(StudentLossesTest, DistillGradientsAreSlopes) {
  const Pass p = pass(batch_);
  expect_gradient([&] { return distill(p); }, static_cast<double>(p.M));
}

TEST_P(StudentLossesTest, AlignGradientsAreSlopes) {
  model_->restart([&](const TensorSpec& spec) {
    return spec.part == Part::kMixer && !folder_.config.mixer_of(spec.layer).is_attention;
  });
  const Pass p = pass(batch_);
  expect_gradient([&] { return align(p); }, static_cast<double>(p.M));
}

TEST_P(LossesTest, RecomputedActivationsGiveTheSameBits) {
  const Pass p = pass(batch_);
  const double kept = language(p, false);
  const auto gradients = take_gradients();
  EXPECT_EQ(language(p, true), kept);
  EXPECT_EQ(take_gradients(), gradients);
  EXPECT_FALSE(gradients.empty());
}

/// Every lease is of tensors of its own, as from a store that brings layers in and out.
class LeasingStore : public ParameterStore {
 public:
  explicit LeasingStore(ResidentStore& values) : values_(values) {}

  LayerTensors acquire(int64_t layer) override {
    most_layers = std::max(most_layers, num_layers_alive() + (layer != kOutside ? 1 : 0));
    const LayerTensors values = values_.acquire(layer);
    LayerTensors lease;
    for (const auto& [name, tensor] : values.all()) {
      lease.set(name, tensor.detach().clone().requires_grad_(tensor.requires_grad()));
      leased_.emplace_back(layer, lease[name].getIntrusivePtr());
    }
    return lease;
  }

  void add_gradients(int64_t layer, const std::string& name, const Tensor& gradient) override {
    values_.add_gradients(layer, name, gradient);
  }
  void end_micro_batch() override {}
  double step(const LearningRates& /*rates*/, const AdamW& /*options*/) override { return 0; }

  int64_t num_layers_alive() const {
    std::set<int64_t> layers;
    for (const auto& [layer, tensor] : leased_) {
      if (layer != kOutside && !tensor.expired()) layers.insert(layer);
    }
    return static_cast<int64_t>(layers.size());
  }

  int64_t most_layers = 0;  // that were leased at a time

 private:
  ResidentStore& values_;
  std::vector<std::pair<int64_t, c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>>> leased_;
};

TEST_P(LossesTest, LeasesNeedNotBeOfTheSameTensorsAndEnd) {
  const Pass p = pass(batch_), teacher_pass(teacher_folder_.config, p);
  for (const bool recompute : {false, true}) {
    LeasingStore teacher(*teacher_), model(*model_);
    const double scale = 1 / static_cast<double>(p.M);
    const double wanted = distill_loss(p, *model_, teacher_pass, *teacher_, recompute, scale);
    const auto gradients = take_gradients();
    EXPECT_EQ(distill_loss(p, model, teacher_pass, teacher, recompute, scale), wanted);
    EXPECT_EQ(take_gradients(), gradients);
    EXPECT_EQ(teacher.most_layers, 1);
    EXPECT_EQ(model.most_layers, recompute ? 1 : folder_.config.L);
    EXPECT_EQ(teacher.num_layers_alive() + model.num_layers_alive(), 0);
  }
}

TEST_P(StudentLossesTest, AligningLeasesOneLayerAndTheFirst) {
  const Pass p = pass(batch_), teacher_pass(teacher_folder_.config, p);
  LeasingStore teacher(*teacher_), model(*model_);
  const auto wanted = align_loss(p, *model_, teacher_pass, *teacher_, 1);
  const auto gradients = take_gradients();
  EXPECT_EQ(align_loss(p, model, teacher_pass, teacher, 1), wanted);
  EXPECT_EQ(take_gradients(), gradients);
  EXPECT_EQ(teacher.most_layers, 1);
  EXPECT_LE(model.most_layers, 2);
  EXPECT_EQ(teacher.num_layers_alive() + model.num_layers_alive(), 0);
}

TEST_P(LossesTest, PackedSequencesAreEachAlone) {
  const double together = language(pass(batch_));
  const auto gradients = take_gradients();
  double alone = 0;
  for (size_t s = 0; s + 1 < batch_.boundaries.size(); ++s) {
    const auto begin = batch_.boundaries[s], end = batch_.boundaries[s + 1];
    const auto part = [&](const auto& all) {
      return std::decay_t<decltype(all)>(all.begin() + begin, all.begin() + end);
    };
    const Batch one = {
        1, end - begin, part(batch_.tokens), part(batch_.targets), part(batch_.positions), {0, end - begin}};
    const Pass p = pass(one);
    alone += language_loss(p, *model_, false, 1.0 / static_cast<double>(batch_.num_tokens()));
  }
  EXPECT_NEAR(alone, together, 1e-5 * together);
  for (const auto& [name, gradient] : take_gradients()) {
    EXPECT_TRUE(is_close(gradient, gradients.at(name), 5e-5)) << name;
  }
}

TEST_P(TeacherLossesTest, ASoftmaxStudentIsItsTeacher) {
  EXPECT_NEAR(distill(pass(batch_)), 0, 1e-6 * static_cast<double>(batch_.num_tokens()));
}

TEST_P(HybridLossesTest, KeptSoftmaxLayersDoNotAlign) {
  const Pass p = pass(batch_), teacher_pass(teacher_folder_.config, p);
  const auto sums = align_loss(p, *model_, teacher_pass, *teacher_, 1);
  const auto gradients = take_gradients();
  EXPECT_FALSE(gradients.empty());
  for (const int64_t l : GetParam().softmax_layers) {
    EXPECT_EQ(sums[static_cast<size_t>(l)], 0);
    const std::string prefix = layer_prefix(*folder_.config.network, l);
    for (const auto& [name, gradient] : gradients) EXPECT_FALSE(name.starts_with(prefix)) << name;
  }
}

TEST_P(LossesTest, BFloat16ComputesNearly) {
  const double exact = language(pass(batch_));
  take_gradients();
  const double nearly = language(pass(batch_, at::kBFloat16));
  EXPECT_NEAR(nearly, exact, 0.02 * exact);
  EXPECT_NE(nearly, exact);
  for (const auto& [name, gradient] : take_gradients()) {
    for (const float g : gradient) ASSERT_TRUE(std::isfinite(g)) << name;
  }
}

TEST_P(LossesTest, OneBatchIsLearntByHeart) {
  const Pass p = pass(batch_);
  const AdamW options;
  const double first = language(p) / static_cast<double>(p.M);
  double last = first;
  for (int update = 0; update < 60; ++update) {
    model_->end_micro_batch();
    model_->step({3e-3, 3e-3, 0}, options);
    last = language(p) / static_cast<double>(p.M);
  }
  EXPECT_LT(last, 0.3 * first);
}

INSTANTIATE_TEST_SUITE_P(Models, LossesTest, testing::ValuesIn(model_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Models, TeacherLossesTest, models_that(is_softmax), case_name);
INSTANTIATE_TEST_SUITE_P(Models, StudentLossesTest, models_that(is_student), case_name);
INSTANTIATE_TEST_SUITE_P(Models, HybridLossesTest, models_that(is_hybrid), case_name);

}  // namespace
}  // namespace radlads::train
