#include "train/resident_store.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/random.h"

namespace radlads::train {
namespace {

/// Weight decay applies to matrices, not to biases, norms and per-channel vectors.
bool is_matrix(const TensorSpec& spec) {
  return std::count_if(spec.shape.begin(), spec.shape.end(), [](int64_t extent) { return extent > 1; }) > 1;
}

/// Summed in double and rounded to float32 at the end: how the gradients are divided into tensors does not
/// show.
double norm_of(const std::vector<Tensor>& gradients) {
  if (gradients.empty()) return 0;
  const Tensor norms = at::stack(at::_foreach_norm(gradients, 2, at::kDouble));
  return static_cast<float>(at::linalg_vector_norm(norms).item<double>());
}

}  // namespace

ResidentStore::ResidentStore(const std::vector<TensorSpec>& table,
                             const std::function<void(const TensorSpec&, std::span<float>)>& fill,
                             const std::function<bool(const TensorSpec&)>& trains) {
  for (const TensorSpec& spec : table) {
    const Tensor value = at::empty(spec.shape);
    fill(spec, {value.data_ptr<float>(), static_cast<size_t>(value.numel())});
    parameters_.push_back({spec, value, {}, {}, {}});
  }
  restart(trains);
}

void ResidentStore::restart(const std::function<bool(const TensorSpec&)>& trains) {
  for (const LowRank& product : low_rank_) {
    Parameter& matrix = parameters_[product.matrix];
    matrix.value = std::exchange(matrix.adapted, Tensor()).detach();
  }
  parameters_.resize(parameters_.size() - 2 * low_rank_.size());
  low_rank_.clear();
  for (Parameter& p : parameters_) {
    p.trains = !p.spec.unused && trains(p.spec);
    p.value.requires_grad_(p.trains);
    p.gradient = p.exp_avg = p.exp_avg_sq = Tensor();
    p.updates = 0;
  }
}

void ResidentStore::adapt(int64_t rank, uint64_t seed, const std::function<bool(const TensorSpec&)>& adapts) {
  const size_t count = parameters_.size();
  for (size_t i = 0; i < count; ++i) {
    const TensorSpec spec = parameters_[i].spec;
    if (!parameters_[i].trains || spec.shape.size() != 2 || !adapts(spec)) continue;
    const auto add = [&](const char* suffix, Shape shape, std::string axes) {
      parameters_.push_back({.spec = {.name = spec.name + suffix,
                                      .shape = shape,
                                      .axes = std::move(axes),
                                      .part = spec.part,
                                      .layer = spec.layer,
                                      .layer_prefix = spec.layer_prefix},
                             .value = at::zeros(shape)});
      return parameters_.size() - 1;
    };
    const size_t a = add(".lora_A", {rank, spec.shape[1]}, "R,in");
    const size_t b = add(".lora_B", {spec.shape[0], rank}, "out,R");
    // Of variance 1 / (3 in), as linear layers begin: A x is then of x's size, whatever the width.
    const double bound = 1 / std::sqrt(static_cast<double>(spec.shape[1]));
    Random random(seed, Random::stream_of(parameters_[a].spec.name));
    float* const values = parameters_[a].value.data_ptr<float>();
    for (int64_t n = 0; n < num_elements(parameters_[a].spec.shape); ++n) {
      values[n] = static_cast<float>(bound * (2 * random.uniform() - 1));
    }
    parameters_[i].value.requires_grad_(false);
    low_rank_.push_back({i, a, b});
  }
  refresh_adapted();
}

void ResidentStore::refresh_adapted() {
  const at::NoGradGuard no_grad;
  for (const LowRank& product : low_rank_) {
    Parameter& matrix = parameters_[product.matrix];
    matrix.adapted = at::addmm(matrix.value, parameters_[product.b].value, parameters_[product.a].value);
    matrix.adapted.requires_grad_(true);
  }
}

/// From the gradient of W + B A to those of A and B.
void ResidentStore::pull_gradients_back() {
  for (const LowRank& product : low_rank_) {
    const Tensor gradient = std::exchange(parameters_[product.matrix].gradient, Tensor());
    if (!gradient.defined()) continue;
    Parameter &a = parameters_[product.a], &b = parameters_[product.b];
    a.gradient = at::mm(b.value.t(), gradient);
    b.gradient = at::mm(gradient, a.value.t());
  }
}

LayerTensors ResidentStore::acquire(int64_t layer) {
  LayerTensors tensors;
  for (const Parameter& p : parameters_) {
    if (p.spec.layer == layer)
      tensors.set(std::string(p.spec.name_in_layer()), p.adapted.defined() ? p.adapted : p.value);
  }
  return tensors;
}

ResidentStore::Parameter& ResidentStore::find(int64_t layer, const std::string& name) {
  const auto it = std::find_if(parameters_.begin(), parameters_.end(), [&](const Parameter& p) {
    return p.spec.layer == layer && p.spec.name_in_layer() == name;
  });
  RADLADS_CHECK(it != parameters_.end(), "no parameter {} in layer {}", name, layer);
  return *it;
}

void ResidentStore::add_gradients(int64_t layer, const std::string& name, const Tensor& gradient) {
  in_micro_batch_ = true;
  if (!gradient.defined()) return;
  Parameter& p = find(layer, name);
  if (!p.trains) return;
  if (p.gradient.defined()) {
    p.gradient.add_(gradient);
  } else {
    p.gradient = gradient.contiguous();
  }
}

double ResidentStore::step(const LearningRates& rates, const AdamW& options) {
  RADLADS_CHECK(!in_micro_batch_, "a step before the end of the micro-batch");
  const at::NoGradGuard no_grad;
  pull_gradients_back();
  std::vector<Tensor> gradients;
  std::vector<Parameter*> groups[2][2];  // [mixer][decays]
  for (Parameter& p : parameters_) {
    if (!p.gradient.defined()) continue;
    gradients.push_back(p.gradient);
    groups[p.spec.part == Part::kMixer ? 1 : 0][is_matrix(p.spec) ? 1 : 0].push_back(&p);
  }
  const double norm = norm_of(gradients);
  if (options.clip > 0) {
    const double scale = std::min(1.0, options.clip / (norm + 1e-6));
    if (scale < 1) at::_foreach_mul_(gradients, scale);
  }
  for (const bool mixer : {false, true}) {
    for (const bool decays : {false, true}) {
      update_group(groups[mixer ? 1 : 0][decays ? 1 : 0], mixer ? rates.mixer_lr : rates.lr,
                   decays ? options.weight_decay : 0, options);
    }
  }
  refresh_adapted();
  return norm;
}

void ResidentStore::update_group(const std::vector<Parameter*>& group, double lr, double weight_decay,
                                 const AdamW& options) {
  if (group.empty()) return;
  Tensors values, gradients, averages, squares, updates;
  for (Parameter* p : group) {
    if (!p->exp_avg.defined()) {
      p->exp_avg = at::zeros_like(p->value);
      p->exp_avg_sq = at::zeros_like(p->value);
    }
    values.push_back(p->value);
    gradients.push_back(std::exchange(p->gradient, Tensor()));
    averages.push_back(p->exp_avg);
    squares.push_back(p->exp_avg_sq);
    updates.push_back(at::full({}, static_cast<double>(++p->updates), at::kFloat));
  }
  at::_fused_adamw_(values, gradients, averages, squares, {}, updates, lr, options.beta1, options.beta2,
                    weight_decay, options.eps, /*amsgrad=*/false, /*maximize=*/false);
}

}  // namespace radlads::train
