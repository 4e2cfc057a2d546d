#include "eval/compare.h"

#include <bit>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "core/parallel.h"
#include "eval/batch_reader.h"
#include "infer/sampler.h"
#include "kernels/loss.h"

namespace radlads::eval {
namespace {

/// Of one token's vectors.
struct Products {
  double teacher = 0, student = 0, both = 0, difference = 0;

  double cosine() const {
    // The root of a square is exact: a vector's cosine with itself is 1 to the last bit.
    if (teacher > 0 && student > 0) return both / std::sqrt(teacher * student);
    return teacher == student ? 1 : both;
  }
};

Products products_of(std::span<const float> teacher, std::span<const float> student) {
  Products sums;
  for (size_t c = 0; c < teacher.size(); ++c) {
    const double t = teacher[c], s = student[c];
    sums.teacher += t * t;
    sums.student += s * s;
    sums.both += t * s;
    sums.difference += (s - t) * (s - t);
  }
  return sums;
}

}  // namespace

void VectorDistance::add(std::span<const float> teacher, std::span<const float> student, int64_t C,
                         int num_threads) {
  RADLADS_CHECK(teacher.size() == student.size() && teacher.size() % static_cast<size_t>(C) == 0,
                "{} and {} floats in rows of {}", teacher.size(), student.size(), C);
  const auto width = static_cast<size_t>(C);
  std::vector<Products> rows(teacher.size() / width);
  parallel_ranges(static_cast<int64_t>(rows.size()), num_threads, [&](int64_t begin, int64_t end) {
    for (auto m = static_cast<size_t>(begin); m < static_cast<size_t>(end); ++m)
      rows[m] = products_of(teacher.subspan(m * width, width), student.subspan(m * width, width));
  });
  for (const Products& row : rows) {
    cosines_ += row.cosine();
    squared_teacher_ += row.teacher;
    squared_difference_ += row.difference;
  }
  tokens_ += static_cast<int64_t>(rows.size());
}

double VectorDistance::mean_cosine() const { return cosines_ / static_cast<double>(tokens_); }

double VectorDistance::relative_error() const {
  return squared_difference_ == 0 ? 0 : std::sqrt(squared_difference_ / squared_teacher_);
}

namespace {

/// KL(teacher || student) of every row.
std::vector<float> divergences_of(kernels::Context& context, std::span<const float> teacher,
                                  std::span<const float> student, size_t rows) {
  std::vector<float> losses(rows);
  kernels::kl_loss(context, {.rows = static_cast<int64_t>(rows),
                             .V = static_cast<int64_t>(teacher.size() / rows),
                             .teacher = teacher.data(),
                             .student = student.data(),
                             .loss = losses.data()});
  return losses;
}

/// Sums over the tokens of bins of positions that double in size.
class PositionSums {
 public:
  /// Adds the figures of rows whose logits are given.
  void add(kernels::Context& context, std::span<const float> teacher, std::span<const float> student,
           std::span<const int64_t> targets, std::span<const int64_t> positions) {
    const size_t V = teacher.size() / targets.size();
    const std::vector<float> teacher_nats = nats_of(context, teacher, targets),
                             student_nats = nats_of(context, student, targets),
                             divergences = divergences_of(context, teacher, student, targets.size());
    for (size_t i = 0; i < targets.size(); ++i) {
      if (targets[i] < 0) continue;
      PositionFigures& bin = at(positions[i]);
      bin.teacher_nats += teacher_nats[i];
      bin.student_nats += student_nats[i];
      bin.kl += divergences[i];
      const bool agree = infer::argmax(teacher.subspan(i * V, V)) == infer::argmax(student.subspan(i * V, V));
      bin.top1_agreement += agree ? 1 : 0;
      ++bin.tokens;
    }
  }

  const std::vector<PositionFigures>& bins() const { return bins_; }

 private:
  PositionFigures& at(int64_t position) {
    const auto bin = static_cast<size_t>(std::bit_width(static_cast<uint64_t>(position)));
    while (bins_.size() <= bin) {
      const int64_t end = int64_t{1} << bins_.size();
      bins_.push_back({.from = end / 2, .to = end - 1});
    }
    return bins_[bin];
  }

  std::vector<PositionFigures> bins_;
};

struct LayerDistances {
  VectorDistance mixer, hidden;
};

/// After the last norm, [M,C].
struct HiddenStates {
  std::span<const float> teacher, student;
};

/// Both models read a batch, layer by layer, so that no more than one layer's activations are in memory.
HiddenStates read_both(BatchReader& teacher_reader, BatchReader& student_reader, Batch batch,
                       std::vector<LayerDistances>& layers) {
  infer::Runner &teacher = teacher_reader.begin(batch), &student = student_reader.begin(batch);
  const int64_t C = teacher.weights().config().C;
  const int num_threads = teacher.context().num_threads;
  for (LayerDistances& layer : layers) {
    const std::span<const float> fed_by_teacher = student.mixer_output(teacher.hidden());
    const infer::BlockOutputs wanted = teacher.block();
    layer.mixer.add(wanted.mixer, fed_by_teacher, C, num_threads);
    layer.hidden.add(wanted.hidden, student.block().hidden, C, num_threads);
  }
  return {teacher.end(), student.end()};
}

/// The positions of all tokens of a batch.
std::vector<int64_t> positions_of(Batch batch) {
  std::vector<int64_t> positions;
  for (const auto* document : batch) {
    for (size_t i = 0; i < document->size(); ++i) positions.push_back(static_cast<int64_t>(i));
  }
  return positions;
}

/// Means of every bin and of all tokens.
void set_means(const std::vector<PositionFigures>& sums, Comparison& result) {
  for (PositionFigures bin : sums) {
    result.tokens += bin.tokens;
    result.kl_per_token += bin.kl;
    result.teacher_nats_per_token += bin.teacher_nats;
    result.student_nats_per_token += bin.student_nats;
    result.top1_agreement += bin.top1_agreement;
    for (double* mean : {&bin.kl, &bin.teacher_nats, &bin.student_nats, &bin.top1_agreement})
      *mean /= static_cast<double>(bin.tokens);
    result.positions.push_back(bin);
  }
  for (double* mean : {&result.kl_per_token, &result.teacher_nats_per_token, &result.student_nats_per_token,
                       &result.top1_agreement}) {
    *mean /= static_cast<double>(result.tokens);
  }
}

std::vector<LayerFigures> layer_figures(const ModelConfig& student,
                                        const std::vector<LayerDistances>& layers) {
  std::vector<LayerFigures> figures;
  for (size_t l = 0; l < layers.size(); ++l) {
    const auto& [mixer, hidden] = layers[l];
    figures.push_back({.layer = static_cast<int64_t>(l),
                       .mixer = student.mixers[l],
                       .cosine = mixer.mean_cosine(),
                       .relative_error = mixer.relative_error(),
                       .hidden_cosine = hidden.mean_cosine(),
                       .hidden_relative_error = hidden.relative_error()});
  }
  return figures;
}

void check_comparable(const ModelConfig& teacher, const ModelConfig& student) {
  if (teacher.V != student.V) {
    fail(
        "[compare] the vocabularies differ: {} tokens and {}; only models with the same tokenizer can be "
        "compared",
        teacher.V, student.V);
  }
  if (teacher.L != student.L || teacher.C != student.C) {
    fail(
        "[compare] the networks differ: {} layers of width {} and {} of width {}; only models with the same "
        "layers, as a teacher and its students, can be compared",
        teacher.L, teacher.C, student.L, student.C);
  }
}

}  // namespace

Comparison compare(std::shared_ptr<const infer::Weights> teacher,
                   std::shared_ptr<const infer::Weights> student, const Documents& documents,
                   int num_threads) {
  check_comparable(teacher->config(), student->config());
  const ModelConfig& config = teacher->config();
  BatchReader teacher_reader(teacher, num_threads), student_reader(student, num_threads);
  PositionSums sums;
  std::vector<LayerDistances> layers(static_cast<size_t>(config.L));
  Comparison result;
  for_each_batch(documents, [&](Batch batch) {
    const std::vector<int64_t> targets = targets_of(batch), positions = positions_of(batch);
    const HiddenStates hidden = read_both(teacher_reader, student_reader, batch, layers);
    for_each_piece(static_cast<int64_t>(targets.size()), config.V, [&](int64_t begin, int64_t count) {
      sums.add(teacher_reader.runner().context(),
               teacher_reader.runner().logits(rows_of(hidden.teacher, begin, count, config.C)),
               student_reader.runner().logits(rows_of(hidden.student, begin, count, config.C)),
               rows_of(targets, begin, count), rows_of(positions, begin, count));
    });
    result.documents += static_cast<int64_t>(batch.size());
  });
  set_means(sums.bins(), result);
  result.layers = layer_figures(student->config(), layers);
  check_number(result.teacher_nats_per_token, "the teacher");
  check_number(result.student_nats_per_token, "the student");
  return result;
}

}  // namespace radlads::eval
