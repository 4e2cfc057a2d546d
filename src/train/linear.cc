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
  for (const Projection& p : projections) {
    inputs.push_back(p.weight);
    inputs.push_back(p.bias);
  }
  const Operation operation(inputs);
  for (const Projection& p : projections) outputs.push_back(apply(pass, x, p));
  return operation.returns(outputs, [&pass, x, projections](const Tensors& d_outputs) {
    Tensors gradients(1 + 2 * projections.size());
    for (size_t i = 0; i < projections.size(); ++i) {
      const Projection& p = projections[i];
      const Tensor& d_y = d_outputs[i];
      if (!d_y.defined()) continue;
      if (x.requires_grad()) gradients[0] = product(pass.compute, d_y, right_factor(p).t(), gradients[0]);
      if (p.weight.requires_grad()) gradients[1 + 2 * i] = weight_gradient(pass, x, p, d_y);
      if (p.bias.defined() && p.bias.requires_grad()) gradients[2 + 2 * i] = d_y.sum(0).view(p.bias.sizes());
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
  const Tensor g = product(pass.compute, x, gate.t()), u = product(pass.compute, x, up.t());
  Tensor y = product(pass.compute, silu_product(g, u), down.t(), residual.clone());
  return operation.returns(y, [=, &pass](const Tensor& d_y) -> Tensors {
    const auto type = pass.compute;
    const auto wanted = [](const Tensor& parameter, const auto& gradient) {
      return parameter.requires_grad() ? gradient() : Tensor();
    };
    const Tensor d_product = product(type, d_y, down);
    const Tensor d_g = at::empty_like(g), d_u = at::empty_like(u), y_again = at::empty_like(g);
    kernels::swiglu_backward(
        pass.context, {g.numel(), g.data_ptr<float>(), u.data_ptr<float>(), d_product.data_ptr<float>(),
                       d_g.data_ptr<float>(), d_u.data_ptr<float>(), y_again.data_ptr<float>()});
    const Tensor d_down = wanted(down, [&] { return product(type, d_y.t(), y_again); });
    Tensor d_x;
    if (x.requires_grad()) d_x = product(type, d_u, up, product(type, d_g, gate));
    return {d_y, d_x, wanted(gate, [&] { return product(type, d_g.t(), x); }),
            wanted(up, [&] { return product(type, d_u.t(), x); }), d_down};
  });
}

}  // namespace radlads::train
