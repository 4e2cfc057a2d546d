#include "train/operation.h"

#include <algorithm>
#include <utility>

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

namespace radlads::train {
namespace {

class ClosureNode : public torch::autograd::Node {
 public:
  ClosureNode(torch::autograd::edge_list&& edges, Operation::Backward backward)
      : Node(std::move(edges)), backward_(std::move(backward)) {}

  std::string name() const override { return "ClosureNode"; }

  void release_variables() override { backward_ = nullptr; }

 protected:
  torch::autograd::variable_list apply(torch::autograd::variable_list&& d_outputs) override {
    return backward_(d_outputs);
  }

 private:
  Operation::Backward backward_;
};

bool needs_gradient(const Tensors& inputs) {
  return at::GradMode::is_enabled() && std::any_of(inputs.begin(), inputs.end(), [](const Tensor& input) {
           return input.defined() && input.requires_grad();
         });
}

}  // namespace

Operation::Operation(Tensors inputs) : inputs_(std::move(inputs)), is_recorded_(needs_gradient(inputs_)) {}

Tensors Operation::returns(Tensors outputs, Backward backward) const {
  if (!is_recorded_) return outputs;
  torch::autograd::edge_list edges;
  for (const Tensor& input : inputs_) {
    edges.push_back(input.defined() ? torch::autograd::impl::gradient_edge(input) : torch::autograd::Edge());
  }
  const auto node = std::make_shared<ClosureNode>(std::move(edges), std::move(backward));
  for (Tensor& output : outputs) {
    // A new handle on the same memory: the closure may keep the old one without keeping itself alive.
    output = output.detach();
    torch::autograd::set_history(output, node);
  }
  return outputs;
}

Tensor Operation::returns(Tensor output, std::function<Tensors(const Tensor& d_output)> backward) const {
  return returns(Tensors{std::move(output)}, [backward = std::move(backward)](const Tensors& d_outputs) {
    return backward(d_outputs[0]);
  })[0];
}

}  // namespace radlads::train
