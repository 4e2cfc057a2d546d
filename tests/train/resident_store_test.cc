#include "train/resident_store.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.h"

namespace radlads::train {
namespace {

constexpr size_t kPrefix = std::string_view("model.layers.0.").size();

const std::vector<TensorSpec> kTable = {
    {"model.norm.weight", {4}, "C", Part::kNorm, -1, {}, false},
    {"model.layers.0.mlp.up_proj.weight", {3, 4}, "F,C", Part::kFeedForward, 0, {}, false, kPrefix},
    {"model.layers.0.self_attn.w0", {1, 1, 4}, "1,1,A", Part::kMixer, 0, {}, false, kPrefix},
    {"model.layers.0.self_attn.r_k", {2, 2}, "H,N", Part::kMixer, 0, {}, true, kPrefix},
};

std::unique_ptr<ResidentStore> make_store(const std::function<bool(const TensorSpec&)>& trains) {
  return std::make_unique<ResidentStore>(
      kTable,
      [](const TensorSpec& spec, std::span<float> out) {
        for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(spec.name.size() + i) * 0.1f;
      },
      trains);
}

bool everything(const TensorSpec&) { return true; }

std::vector<float> values(const Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), tensor.const_data_ptr<float>() + tensor.numel()};
}

TEST(ResidentStore, LayersAreAskedForByName) {
  const auto store = make_store(everything);
  const LayerTensors layer = store->acquire(0);
  EXPECT_EQ(layer.all().size(), 3u);
  EXPECT_TRUE(layer["mlp.up_proj.weight"].requires_grad());
  EXPECT_FALSE(layer["self_attn.r_k"].requires_grad()) << "unused";
  EXPECT_FALSE(layer["nothing"].defined());
  EXPECT_TRUE(store->acquire(kOutside)["model.norm.weight"].defined());
}

/// AdamW written out in double for one element.
struct Scalar {
  double value, m = 0, v = 0;
  int t = 0;

  void step(double gradient, double lr, const AdamW& o, bool decays) {
    ++t;
    m = o.beta1 * m + (1 - o.beta1) * gradient;
    v = o.beta2 * v + (1 - o.beta2) * gradient * gradient;
    if (decays) value -= lr * o.weight_decay * value;
    value -= lr * (m / (1 - std::pow(o.beta1, t))) / (std::sqrt(v / (1 - std::pow(o.beta2, t))) + o.eps);
  }
};

TEST(ResidentStore, AStepIsAdamWWithGroupsAndClip) {
  const auto store = make_store(everything);
  const AdamW options = {.weight_decay = 0.1, .clip = 0.5};
  const LearningRates rates = {.lr = 0.01, .mixer_lr = 0.03};
  Scalar up = {values(store->acquire(0)["mlp.up_proj.weight"])[5]};
  Scalar w0 = {values(store->acquire(0)["self_attn.w0"])[2]};
  for (int update = 0; update < 4; ++update) {
    const double g_up = 0.3 + 0.1 * update, g_w0 = -0.7 + 0.2 * update;
    store->add_gradients(0, "mlp.up_proj.weight", at::full({3, 4}, g_up / 2));
    store->add_gradients(0, "mlp.up_proj.weight", at::full({3, 4}, g_up / 2));  // two micro-batches
    store->add_gradients(0, "self_attn.w0", at::full({1, 1, 4}, g_w0));
    const double norm = std::sqrt(12 * g_up * g_up + 4 * g_w0 * g_w0),
                 scale = std::min(1.0, 0.5 / (norm + 1e-6));
    store->end_micro_batch();
    EXPECT_NEAR(store->step(rates, options), norm, 1e-6);
    up.step(g_up * scale, 0.01, options, /*decays=*/true);
    w0.step(g_w0 * scale, 0.03, options, /*decays=*/false);
  }
  EXPECT_NEAR(values(store->acquire(0)["mlp.up_proj.weight"])[5], up.value, 1e-6);
  EXPECT_NEAR(values(store->acquire(0)["self_attn.w0"])[2], w0.value, 1e-6);
}

// torch.optim.AdamW counts the updates of each parameter.
TEST(ResidentStore, BiasCorrectionCountsAParametersOwnUpdates) {
  const auto store = make_store(everything);
  const AdamW options = {.clip = 0};
  Scalar up = {values(store->acquire(0)["mlp.up_proj.weight"])[5]};
  Scalar w0 = {values(store->acquire(0)["self_attn.w0"])[2]};
  for (int update = 0; update < 5; ++update) {
    const double gradient = 0.3 - 0.2 * update;
    store->add_gradients(0, "mlp.up_proj.weight", at::full({3, 4}, gradient));
    up.step(gradient, 0.01, options, /*decays=*/true);
    if (update >= 3) {
      store->add_gradients(0, "self_attn.w0", at::full({1, 1, 4}, gradient));
      w0.step(gradient, 0.01, options, /*decays=*/false);
    }
    store->end_micro_batch();
    store->step({.lr = 0.01, .mixer_lr = 0.01}, options);
  }
  EXPECT_NEAR(values(store->acquire(0)["mlp.up_proj.weight"])[5], up.value, 1e-6);
  EXPECT_NEAR(values(store->acquire(0)["self_attn.w0"])[2], w0.value, 1e-6);
}

// 1 beside 2^24 vanishes in a float32 sum of squares, unless the ones are summed first.
TEST(ResidentStore, TheNormDoesNotDependOnHowTheGradientsAreDivided) {
  const std::vector<std::vector<float>> divisions[] = {
      {{4096, 1, 1, 1, 1}}, {{4096}, {1}, {1}, {1}, {1}}, {{1, 1, 1, 1}, {4096}}};
  for (const auto& division : divisions) {
    std::vector<TensorSpec> table;
    for (size_t i = 0; i < division.size(); ++i) {
      table.push_back({fmt::format("model.layers.0.self_attn.w{}", i),
                       {static_cast<int64_t>(division[i].size())},
                       "A",
                       Part::kMixer,
                       0,
                       {},
                       false,
                       kPrefix});
    }
    ResidentStore store(
        table, [](const TensorSpec&, std::span<float> out) { std::fill(out.begin(), out.end(), 0.0f); },
        everything);
    for (size_t i = 0; i < division.size(); ++i) {
      store.add_gradients(0, fmt::format("self_attn.w{}", i), at::tensor(at::ArrayRef<float>(division[i])));
    }
    store.end_micro_batch();
    EXPECT_EQ(store.step({.lr = 0, .mixer_lr = 0}, {}), std::sqrt(16777220.0f));
  }
}

TEST(ResidentStore, WithoutAGradientNothingMoves) {
  const auto store = make_store(everything);
  const auto before = values(store->acquire(kOutside)["model.norm.weight"]);
  store->add_gradients(0, "self_attn.w0", at::ones({1, 1, 4}));
  store->add_gradients(kOutside, "model.norm.weight", Tensor());
  store->end_micro_batch();
  store->step({0.1, 0.1, 0}, {.weight_decay = 1});
  EXPECT_EQ(values(store->acquire(kOutside)["model.norm.weight"]), before);
}

TEST(ResidentStore, FrozenParametersTakeNoGradient) {
  const auto store = make_store([](const TensorSpec& spec) { return spec.part == Part::kMixer; });
  EXPECT_FALSE(store->acquire(0)["mlp.up_proj.weight"].requires_grad());
  store->add_gradients(0, "mlp.up_proj.weight", at::ones({3, 4}));
  store->end_micro_batch();
  EXPECT_EQ(store->step({0.1, 0.1, 0}, {}), 0);
}

TEST(ResidentStore, AStepWaitsForTheEndOfTheMicroBatch) {
  const auto store = make_store(everything);
  store->add_gradients(0, "self_attn.w0", at::ones({1, 1, 4}));
  EXPECT_THROW(store->step({0.1, 0.1, 0}, {}), std::logic_error);
  store->end_micro_batch();
  EXPECT_EQ(store->step({0.1, 0.1, 0}, {}), 2);
}

TEST(ResidentStore, RestartForgetsMoments) {
  const auto store = make_store(everything), fresh = make_store(everything);
  for (int update = 0; update < 3; ++update) {
    store->add_gradients(0, "self_attn.w0", at::ones({1, 1, 4}));
    store->end_micro_batch();
    store->step({0.1, 0.1, 0}, {});
  }
  store->restart(everything);
  for (const auto& parameter : store->parameters()) EXPECT_EQ(parameter.updates, 0);
  const auto before = values(store->acquire(0)["self_attn.w0"]),
             fresh_before = values(fresh->acquire(0)["self_attn.w0"]);
  for (auto* s : {store.get(), fresh.get()}) {
    s->add_gradients(0, "self_attn.w0", at::full({1, 1, 4}, -2.0));
    s->end_micro_batch();
    s->step({0.1, 0.1, 0}, {});
  }
  EXPECT_NEAR(values(store->acquire(0)["self_attn.w0"])[0] - before[0],
              values(fresh->acquire(0)["self_attn.w0"])[0] - fresh_before[0], 1e-6);
}

/// W + B A after an update of A and B alone, by the chain rule: dA = B^T dW, dB = dW A^T.
TEST(ResidentStore, OnlyALowRankProductTrains) {
  const auto store = make_store(everything);
  const Tensor before = store->acquire(0)["mlp.up_proj.weight"].detach().clone();
  store->adapt(1, /*seed=*/3, [](const TensorSpec& spec) { return spec.part == Part::kFeedForward; });
  ASSERT_EQ(store->parameters().size(), kTable.size() + 2);
  EXPECT_TRUE(at::equal(store->acquire(0)["mlp.up_proj.weight"].detach(), before)) << "B begins at 0";

  const ResidentStore::Parameter &a = store->parameters()[kTable.size()], &b = store->parameters().back();
  const Tensor gradient = at::arange(12, at::kFloat).view({3, 4});
  for (int update = 0; update < 2; ++update) {
    const Tensor d_a = at::mm(b.value.t(), gradient), d_b = at::mm(gradient, a.value.t());
    const double norm = std::sqrt(d_a.square().sum().item<double>() + d_b.square().sum().item<double>());
    EXPECT_TRUE(store->acquire(0)["mlp.up_proj.weight"].requires_grad());
    store->add_gradients(0, "mlp.up_proj.weight", gradient);
    store->end_micro_batch();
    EXPECT_NEAR(store->step({.lr = 0.01, .mixer_lr = 0.01}, {}), norm, 1e-4 * norm);
  }
  const Tensor now = store->acquire(0)["mlp.up_proj.weight"].detach().clone();
  EXPECT_TRUE(at::allclose(now - before, at::mm(b.value, a.value), 1e-5, 1e-6));
  EXPECT_FALSE(at::allclose(now, before, 1e-3, 1e-3));

  store->restart(everything);
  EXPECT_EQ(store->parameters().size(), kTable.size());
  EXPECT_TRUE(at::equal(store->acquire(0)["mlp.up_proj.weight"].detach(), now)) << "the product stays";
}

TEST(ResidentStore, LowRankFactorsStartUniformWithinTheirBound) {
  const auto store = make_store(everything);
  store->adapt(1000, /*seed=*/3, [](const TensorSpec& spec) { return spec.part == Part::kFeedForward; });
  const Tensor a = store->parameters()[kTable.size()].value;
  const double bound = 1 / std::sqrt(4);
  EXPECT_LE(a.abs().max().item<double>(), bound);
  EXPECT_NEAR(a.max().item<double>(), bound, 0.01 * bound);
  EXPECT_NEAR(a.min().item<double>(), -bound, 0.01 * bound);
  EXPECT_NEAR(a.mean().item<double>(), 0, 0.05 * bound);
}

TEST(ResidentStore, AnUnknownNameIsABug) {
  EXPECT_THROW(make_store(everything)->add_gradients(0, "nothing", at::ones({1})), InternalError);
}

}  // namespace
}  // namespace radlads::train
