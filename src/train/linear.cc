#include "train/linear.h"

namespace radlads::train {
namespace {

/// Both layouts as a factor [in,out] for x.
Tensor right_factor(const Projection& p) {
  return p.layout == Projection::Layout::kOutIn ? p.weight.t() : p.weight;
}

Tensor apply(const Pass& pass, const Tensor& x, const Projection& p) {
  if (!p.bias.defined()) return product(pass.compute, x, right_factor(p));
  const Tensor bias = p.bias.view({-1});
  if (pass.compute == at::kFloat) return at::addmm(bias, x, right_factor(p));
  return product(pass.compute, x, right_factor(p)).add_(bias);
}

Tensor weight_gradient(const Pass& pass, const Tensor& x, const Projection& p, const Tensor& d_y) {
  return p.layout == Projection::Layout::kOutIn ? product(pass.compute, d_y.t(), x)
                                                : product(pass.compute, x.t(), d_y);
}

}  // namespace

Tensor product(at::ScalarType compute, const Tensor& a, const Tensor& b, Tensor sum) {
  if (compute == at::kFloat) return sum.defined() ? sum.addmm_(a, b) : at::mm(a, b);
  const Tensor result = at::mm(a.to(compute), b.to(compute)).to(at::kFloat);
  return sum.defined() ? sum.add_(result) : result;
}

Tensors project(const Pass& pass, const Tensor& x, const std::vector<Projection>& projections) {
  Tensors inputs = {x}, outputs;
  bool trains_weights = false;
  for (const Projection& p : projections) {
    inputs.push_back(p.weight);
    inputs.push_back(p.bias);
    trains_weights |= p.weight.requires_grad();
  }
  const Operation operation(inputs);
  const Tensor factor = x.to(pass.compute);
  for (const Projection& p : projections) outputs.push_back(apply(pass, factor, p));
  const bool wants_d_x = x.requires_grad();
  const Tensor kept = trains_weights ? factor : Tensor();
  return operation.returns(outputs, [&pass, wants_d_x, kept, projections](const Tensors& d_outputs) {
    Tensors gradients(1 + 2 * projections.size());
    for (size_t i = 0; i < projections.size(); ++i) {
      const Projection& p = projections[i];
      if (!d_outputs[i].defined()) continue;
      const Tensor d_y = d_outputs[i].to(pass.compute);
      if (wants_d_x) gradients[0] = product(pass.compute, d_y, right_factor(p).t(), gradients[0]);
      if (p.weight.requires_grad()) gradients[1 + 2 * i] = weight_gradient(pass, kept, p, d_y);
      if (p.bias.defined() && p.bias.requires_grad())
        gradients[2 + 2 * i] = d_outputs[i].sum(0).view(p.bias.sizes());
    }
    return gradients;
  });
}

Tensor project(const Pass& pass, const Tensor& x, const Projection& projection) {
  return project(pass, x, std::vector<Projection>{projection})[0];
}

}  // namespace radlads::train
