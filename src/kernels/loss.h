// The losses of the protocol, fused with their gradients: one pass that leaves the loss of every row and the
// gradient in place, so that [tokens, V] is never in memory for more than a chunk of rows. Contiguous
// float32; sums are left to the caller.
#pragma once

#include <cstdint>

#include "kernels/context.h"

namespace radlads::kernels {

/// Step 1: loss_m = ||student_m - teacher_m||_2 over C channels; d_student = grad_scale * (student - teacher)
/// / loss, and 0 where the loss is 0.
struct DistanceLoss {
  int64_t rows = 0, width = 0;
  const float* teacher = nullptr;  // [rows,width]
  const float* student = nullptr;  // [rows,width]
  float grad_scale = 0;
  float* loss = nullptr;       // [rows]
  float* d_student = nullptr;  // [rows,width]; may be student
};

/// Step 2: loss_m = KL(softmax(teacher_m) || softmax(student_m)) in nats;
/// d_student = grad_scale * (softmax(student) - softmax(teacher)).
struct KlLoss {
  int64_t rows = 0, V = 0;
  const float* teacher = nullptr;  // [rows,V] logits
  const float* student = nullptr;  // [rows,V] logits
  float grad_scale = 0;
  float* loss = nullptr;       // [rows]
  float* d_student = nullptr;  // [rows,V]; may be student; null if not wanted
};

/// Step 3 and pre-training: loss_m = -log softmax(logits_m)[target_m]; d = grad_scale * (softmax - one-hot).
/// A row whose target is negative has loss 0 and gradient 0.
struct CrossEntropyLoss {
  int64_t rows = 0, V = 0;
  const float* logits = nullptr;     // [rows,V]
  const int64_t* targets = nullptr;  // [rows]
  float grad_scale = 0;
  float* loss = nullptr;      // [rows]
  float* d_logits = nullptr;  // [rows,V]; may be logits; null if not wanted
};

void distance_loss(Context& context, const DistanceLoss& args);
void kl_loss(Context& context, const KlLoss& args);
void cross_entropy_loss(Context& context, const CrossEntropyLoss& args);

}  // namespace radlads::kernels
