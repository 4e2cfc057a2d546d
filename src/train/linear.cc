#include "train/linear.h"

#include "kernels/gating.h"

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

Tensor feed_forward(const Pass& pass, const Tensor& residual, const Tensor& x, const Tensor& gate,
                    const Tensor& up, const Tensor& down) {
  const Operation operation({residual, x, gate, up, down});
  const auto silu_product = [&pass](const Tensor& g, const Tensor& u) {
    Tensor y = at::empty_like(g);
    kernels::swiglu(pass.context, {g.numel(), g.data_ptr<float>(), u.data_ptr<float>(), y.data_ptr<float>()});
    return y;
  };
  const Tensor factor = x.to(pass.compute);
  const Tensor g = product(pass.compute, factor, gate.t()), u = product(pass.compute, factor, up.t());
  Tensor y = product(pass.compute, silu_product(g, u), down.t(), residual.clone());
  const bool wants_d_x = x.requires_grad();
  return operation.returns(y, [=, &pass](const Tensor& d_y) -> Tensors {
    const auto type = pass.compute;
    const auto wanted = [](const Tensor& parameter, const auto& gradient) {
      return parameter.requires_grad() ? gradient() : Tensor();
    };
    const Tensor d_sum = d_y.to(type);
    const Tensor d_product = product(type, d_sum, down);
    Tensor d_g = at::empty_like(g), d_u = at::empty_like(u), y_again = at::empty_like(g);
    kernels::swiglu_backward(
        pass.context, {g.numel(), g.data_ptr<float>(), u.data_ptr<float>(), d_product.data_ptr<float>(),
                       d_g.data_ptr<float>(), d_u.data_ptr<float>(), y_again.data_ptr<float>()});
    d_g = d_g.to(type);
    d_u = d_u.to(type);
    const Tensor d_down = wanted(down, [&] { return product(type, d_sum.t(), y_again); });
    Tensor d_x;
    if (wants_d_x) d_x = product(type, d_u, up, product(type, d_g, gate));
    return {d_y, d_x, wanted(gate, [&] { return product(type, d_g.t(), factor); }),
            wanted(up, [&] { return product(type, d_u.t(), factor); }), d_down};
  });
}

}  // namespace radlads::train
