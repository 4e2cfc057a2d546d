// How well models predict texts, and how far apart two models are.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "infer/runner.h"
#include "model/config.h"

namespace radlads {

using Documents = std::vector<std::vector<TokenId>>;

/// Means over all predicted ids: every id of every document but its first.
struct Perplexity {
  double nats_per_token = 0;
  int64_t tokens = 0;
  int64_t documents = 0;
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
  MixerKind mixer = MixerKind::kSoftmax;  // of the student

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

Perplexity perplexity(std::shared_ptr<const infer::Weights> model, const Documents& documents,
                      int num_threads);

/// UserError if the vocabularies, the numbers of layers or the widths differ.
Comparison compare(std::shared_ptr<const infer::Weights> teacher,
                   std::shared_ptr<const infer::Weights> student, const Documents& documents,
                   int num_threads);

}  // namespace radlads
