// The losses that the steps of the protocol minimize. Each function handles one (micro-)batch: it adds the
// gradients of grad_scale * (sum over tokens) to the student's store and returns the sum over tokens.
#pragma once

#include <vector>

#include "train/parameter_store.h"
#include "train/pass.h"

namespace radlads::train {

/// Step 1. Per layer, the sum over tokens of ||teacher_out - student_out||_2 C^-0.5, both mixers fed with the
/// teacher's hidden state; the next layer reads the teacher's output. Only one layer's activations are alive
/// at a time, plus layer 0's, whose values every layer mixes in. Kept softmax layers have loss 0 and are not
/// trained. Each layer's gradient is scaled by 1 / L: the step's loss is the mean over layers.
std::vector<double> align_loss(const Pass& student_pass, ParameterStore& student, const Pass& teacher_pass,
                               ParameterStore& teacher, double grad_scale);

/// Step 2: KL(teacher || student) of the next token, nats.
double distill_loss(const Pass& student_pass, ParameterStore& student, const Pass& teacher_pass,
                    ParameterStore& teacher, bool recompute, double grad_scale);

/// Step 3 and pre-training: cross-entropy of the tokens that have a target, nats.
double language_loss(const Pass& pass, ParameterStore& model, bool recompute, double grad_scale);

}  // namespace radlads::train
