#include "train/head_loss.h"

#include <algorithm>

#include <torch/csrc/autograd/autograd.h>

#include "kernels/loss.h"
#include "train/block.h"
#include "train/linear.h"

namespace radlads::train {
namespace {

constexpr int64_t kLogitsAtOnce = 1 << 22;  // floats of one model
constexpr int64_t kMinRowsAtOnce = 256;     // each chunk reads the whole head, and its gradient

std::string head_name(const ModelConfig& config) {
  const NetworkSpec& network = *config.network;
  return std::string(config.tie_word_embeddings ? network.embedding : network.head) + ".weight";
}

Tensor last_norm(const Pass& pass, const LayerTensors& p, const Tensor& hidden) {
  return norm(pass, p, pass.config.network->final_norm, hidden);
}

/// Runs `loss(rows, begin, count, logits)` over chunks of the student's logits; it leaves their gradient in
/// place.
template <class Loss>
HeadResult run_head(const Pass& pass, const Tensor& hidden, const LayerTensors& p, const Loss& loss) {
  const Tensor leaf = hidden.detach().requires_grad_();
  Tensor normed;
  {
    const at::AutoGradMode record(true);
    normed = last_norm(pass, p, leaf);
  }
  const at::NoGradGuard no_grad;
  const std::string head = head_name(pass.config);
  const Tensor weight = p[head].detach().to(pass.compute), h = normed.detach().to(pass.compute);
  const Tensor d_normed = at::empty_like(hidden), losses = at::empty({pass.M});
  const Tensor d_head = p[head].requires_grad() ? at::zeros_like(p[head]) : Tensor();
  const int64_t step = std::max(kMinRowsAtOnce, kLogitsAtOnce / weight.size(0));
  for (int64_t begin = 0; begin < pass.M; begin += step) {
    const int64_t count = std::min(step, pass.M - begin);
    const Tensor rows = h.narrow(0, begin, count);
    const Tensor logits = product(pass.compute, rows, weight.t());
    loss(begin, count, logits, losses.data_ptr<float>() + begin);
    const Tensor d_logits = logits.to(pass.compute);
    d_normed.narrow(0, begin, count).copy_(product(pass.compute, d_logits, weight));
    if (d_head.defined()) product(pass.compute, d_logits.t(), rows, d_head);
  }
  HeadResult result = {.loss_sum = losses.sum(at::kDouble).item<double>()};
  if (d_head.defined()) result.gradients.emplace(head, d_head);
  Tensors inputs = {leaf};
  std::vector<std::string> names;
  for (const char* part : {".weight", ".bias"}) {
    const std::string name = std::string(pass.config.network->final_norm) + part;
    if (!p[name].defined() || !p[name].requires_grad()) continue;
    inputs.push_back(p[name]);
    names.push_back(name);
  }
  const Tensors gradients = torch::autograd::grad({normed}, inputs, {d_normed});
  result.d_hidden = gradients[0];
  for (size_t i = 0; i < names.size(); ++i) result.gradients.emplace(names[i], gradients[i + 1]);
  return result;
}

}  // namespace

HeadResult kl_head(const Pass& pass, const Tensor& student_hidden, const LayerTensors& student,
                   const Pass& teacher_pass, const Tensor& teacher_hidden, const LayerTensors& teacher,
                   double grad_scale) {
  const at::NoGradGuard no_grad;
  const Tensor teacher_normed = last_norm(teacher_pass, teacher, teacher_hidden);
  const Tensor teacher_head = teacher[head_name(teacher_pass.config)].t().to(pass.compute);
  return run_head(pass, student_hidden, student,
                  [&](int64_t begin, int64_t count, const Tensor& logits, float* loss) {
                    const Tensor teacher_logits =
                        product(pass.compute, teacher_normed.narrow(0, begin, count), teacher_head);
                    kernels::kl_loss(pass.context, {.rows = count,
                                                    .V = logits.size(1),
                                                    .teacher = teacher_logits.data_ptr<float>(),
                                                    .student = logits.data_ptr<float>(),
                                                    .grad_scale = static_cast<float>(grad_scale),
                                                    .loss = loss,
                                                    .d_student = logits.data_ptr<float>()});
                  });
}

HeadResult cross_entropy_head(const Pass& pass, const Tensor& hidden, const LayerTensors& p,
                              double grad_scale) {
  return run_head(pass, hidden, p, [&](int64_t begin, int64_t count, const Tensor& logits, float* loss) {
    kernels::cross_entropy_loss(pass.context, {.rows = count,
                                               .V = logits.size(1),
                                               .logits = logits.data_ptr<float>(),
                                               .targets = pass.targets.data_ptr<int64_t>() + begin,
                                               .grad_scale = static_cast<float>(grad_scale),
                                               .loss = loss,
                                               .d_logits = logits.data_ptr<float>()});
  });
}

}  // namespace radlads::train
