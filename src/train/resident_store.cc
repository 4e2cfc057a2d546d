#include "train/resident_store.h"

#include <algorithm>

#include "core/error.h"

namespace radlads::train {
namespace {

/// A parameter's name in its LayerTensors.
std::string short_name(const TensorSpec& spec) {
  return spec.layer == kOutside ? spec.name : spec.name.substr(layer_prefix(spec.layer).size());
}

/// Weight decay pulls on products, not on biases, norms and per-channel vectors.
bool is_matrix(const TensorSpec& spec) {
  return std::count_if(spec.shape.begin(), spec.shape.end(), [](int64_t extent) { return extent > 1; }) > 1;
}

double norm_of(const std::vector<Tensor>& gradients) {
  if (gradients.empty()) return 0;
  return at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients))).item<double>();
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
  updates_ = 0;
  for (Parameter& p : parameters_) {
    p.trains = !p.spec.unused && trains(p.spec);
    p.value.requires_grad_(p.trains);
    p.gradient = p.exp_avg = p.exp_avg_sq = Tensor();
  }
}

LayerTensors ResidentStore::acquire(int64_t layer) {
  LayerTensors tensors;
  for (const Parameter& p : parameters_) {
    if (p.spec.layer == layer) tensors.set(short_name(p.spec), p.value);
  }
  return tensors;
}

ResidentStore::Parameter& ResidentStore::find(int64_t layer, const std::string& name) {
  const auto it = std::find_if(parameters_.begin(), parameters_.end(), [&](const Parameter& p) {
    return p.spec.layer == layer && short_name(p.spec) == name;
  });
  RADLADS_CHECK(it != parameters_.end(), "no parameter {} in layer {}", name, layer);
  return *it;
}

void ResidentStore::add_gradients(int64_t layer, const std::string& name, const Tensor& gradient) {
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
  const at::NoGradGuard no_grad;
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
  ++updates_;
  for (const bool mixer : {false, true}) {
    for (const bool decays : {false, true}) {
      update_group(groups[mixer ? 1 : 0][decays ? 1 : 0], mixer ? rates.mixer_lr : rates.lr,
                   decays ? options.weight_decay : 0, options);
    }
  }
  return norm;
}

void ResidentStore::update_group(const std::vector<Parameter*>& group, double lr, double weight_decay,
                                 const AdamW& options) {
  if (group.empty()) return;
  Tensors values, gradients, averages, squares;
  for (Parameter* p : group) {
    if (!p->exp_avg.defined()) {
      p->exp_avg = at::zeros_like(p->value);
      p->exp_avg_sq = at::zeros_like(p->value);
    }
    values.push_back(p->value);
    gradients.push_back(std::exchange(p->gradient, Tensor()));
    averages.push_back(p->exp_avg);
    squares.push_back(p->exp_avg_sq);
  }
  // The operation reads the number of the update, this one included, from a tensor for each parameter.
  const Tensors steps(group.size(), at::full({}, static_cast<double>(updates_), at::kFloat));
  at::_fused_adamw_(values, gradients, averages, squares, {}, steps, lr, options.beta1, options.beta2,
                    weight_decay, options.eps, /*amsgrad=*/false, /*maximize=*/false);
}

}  // namespace radlads::train
