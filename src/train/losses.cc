#include "train/losses.h"

#include <cmath>
#include <utility>

#include "kernels/loss.h"
#include "train/block.h"
#include "train/head_loss.h"
#include "train/layer_gradients.h"
#include "train/layer_tape.h"

namespace radlads::train {
namespace {

/// Sum over tokens of the distance, and its gradient by the student's output.
std::pair<double, Tensor> distance(const Pass& pass, const Tensor& teacher, const Tensor& student,
                                   double grad_scale) {
  const at::NoGradGuard no_grad;
  const double root = 1 / std::sqrt(static_cast<double>(pass.config.C));
  const Tensor losses = at::empty({pass.M}), d_student = at::empty_like(student);
  kernels::distance_loss(pass.context, {.rows = pass.M,
                                        .width = pass.config.C,
                                        .teacher = teacher.data_ptr<float>(),
                                        .student = student.data_ptr<float>(),
                                        .grad_scale = static_cast<float>(grad_scale * root),
                                        .loss = losses.data_ptr<float>(),
                                        .d_student = d_student.data_ptr<float>()});
  return {losses.sum(at::kDouble).item<double>() * root, d_student};
}

/// The student's side of step 1, layer by layer. If layers mix the first layer's values in, its graph is kept
/// until all of them have added their gradients.
class Aligner {
 public:
  Aligner(const Pass& pass, ParameterStore& student, double grad_scale)
      : pass_(pass), student_(student), grad_scale_(grad_scale / static_cast<double>(pass.config.L)) {}

  /// Returns the layer's loss. `x` and `target` are the teacher's: what its attention read and wrote.
  double layer(int64_t l, const Tensor& x, const MixerOutput& target) {
    if (pass_.config.mixer_of(l).is_attention) {
      if (l == 0) v_first_ = target.v_first;
      return 0;
    }
    const LayerTensors p = student_.acquire(l);
    const Tensor v_first =
        l > 0 && v_first_.defined() ? v_first_.detach().requires_grad_(v_first_.requires_grad()) : Tensor();
    const at::AutoGradMode record(true);
    const MixerOutput out = mix({pass_, l, p, x, v_first});
    const auto [loss, d_y] = distance(pass_, target.y, out.y, grad_scale_);
    const bool others_want_values = l == 0 && out.v_first.defined();
    if (others_want_values) {
      first_ = {p, out.y, d_y};
      v_first_ = out.v_first;
    } else {
      add_value_gradient(layer_gradients(student_, l, p, {out.y}, {d_y}, {v_first})[0]);
    }
    return loss;
  }

  void finish() {
    if (!first_.y.defined()) return;
    layer_gradients(student_, 0, first_.p, {first_.y, v_first_}, {first_.d_y, d_v_first_}, {});
  }

 private:
  struct FirstLayer {
    LayerTensors p;
    Tensor y, d_y;
  };

  void add_value_gradient(const Tensor& gradient) {
    if (gradient.defined()) d_v_first_ = d_v_first_.defined() ? d_v_first_.add_(gradient) : gradient;
  }

  const Pass& pass_;
  ParameterStore& student_;
  double grad_scale_;
  FirstLayer first_;
  Tensor v_first_, d_v_first_;
};

void add_head_gradients(ParameterStore& model, const HeadResult& head) {
  for (const auto& [name, gradient] : head.gradients) model.add_gradients(kOutside, name, gradient);
}

}  // namespace

std::vector<double> align_loss(const Pass& student_pass, ParameterStore& student, const Pass& teacher_pass,
                               ParameterStore& teacher, double grad_scale) {
  const at::NoGradGuard no_grad;
  const int64_t L = teacher_pass.config.L;
  Aligner aligner(student_pass, student, grad_scale);
  std::vector<double> losses;
  Tensor x = embed(teacher_pass, teacher.acquire(kOutside));
  for (int64_t l = 0; l < L; ++l) {
    const LayerTensors p = teacher.acquire(l);
    const Tensor h = mixer_input(teacher_pass, p, x);
    const MixerOutput target = mix({teacher_pass, l, p, h, {}});
    losses.push_back(aligner.layer(l, h, target));
    if (l + 1 < L) x = finish_block(teacher_pass, p, x, target.y);
  }
  aligner.finish();
  return losses;
}

double distill_loss(const Pass& student_pass, ParameterStore& student, const Pass& teacher_pass,
                    ParameterStore& teacher, bool recompute, double grad_scale) {
  const Tensor teacher_hidden = hidden_states(teacher_pass, teacher);
  LayerTape tape(student_pass, student, recompute);
  const Tensor hidden = tape.forward();
  const HeadResult head = kl_head(student_pass, hidden, student.acquire(kOutside), teacher_pass,
                                  teacher_hidden, teacher.acquire(kOutside), grad_scale);
  add_head_gradients(student, head);
  tape.backward(head.d_hidden);
  return head.loss_sum;
}

double language_loss(const Pass& pass, ParameterStore& model, bool recompute, double grad_scale) {
  LayerTape tape(pass, model, recompute);
  const Tensor hidden = tape.forward();
  const HeadResult head = cross_entropy_head(pass, hidden, model.acquire(kOutside), grad_scale);
  add_head_gradients(model, head);
  tape.backward(head.d_hidden);
  return head.loss_sum;
}

}  // namespace radlads::train
