// How far apart two models are on texts, by position and by layer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "eval/score.h"
#include "infer/runner.h"
#include "model/config.h"

namespace radlads::eval {

/// How far apart two models' activations are, summed over tokens. Not thread-safe.
class VectorDistance {
 public:
  /// Adds the tokens of [M,C] each, with the threads given. The figures do not depend on the threads.
  void add(std::span<const float> teacher, std::span<const float> student, int64_t C, int num_threads);

  /// Mean over tokens of the cosine between the two vectors; 1 if both are zero, 0 if one is.
  double mean_cosine() const;

  /// sqrt(sum over tokens of ||student - teacher||^2 / sum of ||teacher||^2); 0 if there is no difference.
  double relative_error() const;

 private:
  int64_t tokens_ = 0;
  double cosines_ = 0, squared_teacher_ = 0, squared_difference_ = 0;
};

/// Means over what is predicted at the positions `from` to `to` (both included) of the documents: a
/// document's first id, which predicts the second, is at position 0.
struct PositionFigures {
  int64_t from = 0, to = 0;
  int64_t tokens = 0;
  double kl = 0, teacher_nats = 0, student_nats = 0, top1_agreement = 0;
};

/// How far a layer of the student is from the teacher's, over all ids read.
struct LayerFigures {
  int64_t layer = 0;
  const MixerSpec* mixer = nullptr;  // of the student

  // Of the mixers' outputs (after o_proj) when both read the teacher's residual stream, each after its own
  // norm: this layer's contribution alone. First values are those of the student's first layer, computed the
  // same way.
  double cosine = 0;          // mean over tokens
  double relative_error = 0;  // ||student - teacher|| / ||teacher|| of all tokens together

  // Of the residual streams after the layer when each model runs on its own: the accumulated error.
  double hidden_cosine = 0, hidden_relative_error = 0;
};

struct Comparison {
  double teacher_nats_per_token = 0;
  double student_nats_per_token = 0;
  double kl_per_token = 0;    // KL(teacher || student), nats
  double top1_agreement = 0;  // fraction of positions where both rank the same token first
  int64_t tokens = 0;
  int64_t documents = 0;
  std::vector<PositionFigures> positions;  // 0, 1, 2-3, 4-7, ... up to the longest document's
  std::vector<LayerFigures> layers;        // [L]
};

/// UserError if the vocabularies, the numbers of layers or the widths differ.
Comparison compare(std::shared_ptr<const infer::Weights> teacher,
                   std::shared_ptr<const infer::Weights> student, const Documents& documents,
                   int num_threads);

}  // namespace radlads::eval
