// The last norm, the head and the loss, fused over chunks of tokens: [tokens, V] is never in memory, for
// either model.
#pragma once

#include <map>
#include <string>

#include "train/parameter_store.h"
#include "train/pass.h"

namespace radlads::train {

/// What a pass's head leaves.
struct HeadResult {
  double loss_sum = 0;  // over the rows with something to predict
  Tensor d_hidden;      // [M,C]: gradient of the student's last hidden state (before the last norm)
  std::map<std::string, Tensor> gradients;  // of the last norm and of the head (or tied embedding), by name
};

/// KL(teacher || student) of every token, in nats; gradients of grad_scale * loss_sum. `hidden` are last
/// residual streams.
HeadResult kl_head(const Pass& pass, const Tensor& student_hidden, const LayerTensors& student,
                   const Pass& teacher_pass, const Tensor& teacher_hidden, const LayerTensors& teacher,
                   double grad_scale);

/// Cross-entropy of the pass's targets.
HeadResult cross_entropy_head(const Pass& pass, const Tensor& hidden, const LayerTensors& p,
                              double grad_scale);

}  // namespace radlads::train
