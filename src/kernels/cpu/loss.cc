#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/loss.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/error.h"
#include "core/parallel.h"
#include "kernels/backends.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

/// Rows of logits are summed in pieces of this many: float lanes within a piece, double from piece to piece,
/// so that the error does not grow with the vocabulary.
constexpr int64_t kPiece = 1024;

HWY_INLINE VF lowest() { return hn::Set(Floats(), -std::numeric_limits<float>::infinity()); }

/// The largest of a row, in every lane.
HWY_INLINE VF largest(const float* x, int64_t n) {
  VF even = lowest(), odd = lowest();  // two, since a maximum has a latency of several cycles
  int64_t i = 0;
  for (; i + 2 * kFloatLanes <= n; i += 2 * kFloatLanes) {
    even = hn::Max(even, hn::LoadU(Floats(), x + i));
    odd = hn::Max(odd, hn::LoadU(Floats(), x + i + kFloatLanes));
  }
  for_each_vector(i, n, lowest(), [&](auto load, auto) HWY_ATTR { even = hn::Max(even, load(x)); });
  return hn::Set(Floats(), max_lanes(hn::Max(even, odd)));
}

void distance_loss_range(const DistanceLoss& args, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const float* teacher = args.teacher + row * args.width;
    const float* student = args.student + row * args.width;
    float* d_student = args.d_student + row * args.width;
    VF squares = hn::Zero(Floats());
    for_each_vector(0, args.width, [&](auto load, auto) HWY_ATTR {
      const VF difference = hn::Sub(load(student), load(teacher));
      squares = hn::MulAdd(difference, difference, squares);
    });
    const float loss = std::sqrt(sum_lanes(squares));
    args.loss[row] = loss;
    const VF scale = hn::Set(Floats(), loss == 0 ? 0.0f : args.grad_scale / loss);
    for_each_vector(0, args.width, [&](auto load, auto store) HWY_ATTR {
      store(hn::Mul(scale, hn::Sub(load(student), load(teacher))), d_student);
    });
  }
}

/// Of one row of V logits t (teacher) and s (student), both relative to their largest.
struct KlSums {
  double teacher = 0, student = 0;  // sum of e^t, of e^s
  double difference = 0;            // sum of e^s - e^t
  double product = 0;               // sum of e^t (t - s)

  /// The divergence. Where the two are close, the logarithms of their sums would cancel; then the sum of the
  /// differences is more accurate.
  double kl() const {
    const bool alike = std::abs(difference) < 0.5 * teacher;
    const double log_ratio = alike ? std::log1p(difference / teacher) : std::log(student / teacher);
    const double kl = product / teacher + log_ratio;
    return kl < 0 ? 0 : kl;  // below 0 by rounding only; NaN stays
  }
};

/// Leaves e^s in `exps` (may be the student's row) unless that is null.
HWY_INLINE KlSums kl_sums(const float* teacher, VF top_t, const float* student, VF top_s, int64_t V,
                          float* exps) {
  const Floats d;
  KlSums sums;
  for (int64_t begin = 0; begin < V; begin += kPiece) {
    VF sum_t = hn::Zero(d), sum_s = hn::Zero(d), difference = hn::Zero(d), product = hn::Zero(d);
    for_each_vector(begin, std::min(V, begin + kPiece), lowest(), [&](auto load, auto store) HWY_ATTR {
      const VF t = hn::Sub(load(teacher), top_t), s = hn::Sub(load(student), top_s);
      const VF exp_t = exp(t), exp_s = exp(s);
      if (exps != nullptr) store(exp_s, exps);
      sum_t = hn::Add(sum_t, exp_t);
      sum_s = hn::Add(sum_s, exp_s);
      difference = hn::Add(difference, hn::Sub(exp_s, exp_t));
      // What the teacher rules out adds nothing, even where t - s is not a number.
      const VF log_ratio = hn::IfThenElseZero(hn::Gt(exp_t, hn::Zero(d)), hn::Sub(t, s));
      product = hn::MulAdd(exp_t, log_ratio, product);
    });
    sums.teacher += sum_lanes(sum_t);
    sums.student += sum_lanes(sum_s);
    sums.difference += sum_lanes(difference);
    sums.product += sum_lanes(product);
  }
  return sums;
}

void kl_loss_range(const KlLoss& args, int64_t begin, int64_t end) {
  const Floats d;
  for (int64_t row = begin; row < end; ++row) {
    const float* teacher = args.teacher + row * args.V;
    const float* student = args.student + row * args.V;
    float* d_student = args.d_student == nullptr ? nullptr : args.d_student + row * args.V;
    const VF top_t = largest(teacher, args.V), top_s = largest(student, args.V);
    const KlSums sums = kl_sums(teacher, top_t, student, top_s, args.V, d_student);
    args.loss[row] = static_cast<float>(sums.kl());
    if (d_student == nullptr) continue;
    // softmax(s) - softmax(t) = (e^s - ratio e^t) / sum of e^s: exactly 0 for equal logits.
    const VF scale = hn::Set(d, static_cast<float>(args.grad_scale / sums.student));
    const VF ratio = hn::Set(d, static_cast<float>(sums.student / sums.teacher));
    for_each_vector(0, args.V, [&](auto load, auto store) HWY_ATTR {
      const VF exp_t = exp(hn::Sub(load(teacher), top_t));
      store(hn::Mul(scale, hn::NegMulAdd(ratio, exp_t, load(d_student))), d_student);
    });
  }
}

/// The sum of e^(x - top). Leaves the terms in `exps` (may be x) unless that is null.
HWY_INLINE double exp_sum(const float* x, VF top, int64_t V, float* exps) {
  double total = 0;
  for (int64_t begin = 0; begin < V; begin += kPiece) {
    VF sum = hn::Zero(Floats());
    for_each_vector(begin, std::min(V, begin + kPiece), lowest(), [&](auto load, auto store) HWY_ATTR {
      const VF e = exp(hn::Sub(load(x), top));
      if (exps != nullptr) store(e, exps);
      sum = hn::Add(sum, e);
    });
    total += sum_lanes(sum);
  }
  return total;
}

void cross_entropy_loss_range(const CrossEntropyLoss& args, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const float* logits = args.logits + row * args.V;
    float* d_logits = args.d_logits == nullptr ? nullptr : args.d_logits + row * args.V;
    const int64_t target = args.targets[row];
    if (target < 0) {
      args.loss[row] = 0;
      if (d_logits != nullptr) std::fill_n(d_logits, args.V, 0.0f);
      continue;
    }
    RADLADS_CHECK(target < args.V, "target {} of {} logits", target, args.V);
    const VF top = largest(logits, args.V);
    const double from_top = static_cast<double>(hn::GetLane(top)) - logits[target];
    const double sum = exp_sum(logits, top, args.V, d_logits);
    args.loss[row] = static_cast<float>(std::log(sum) + from_top);
    if (d_logits == nullptr) continue;
    const VF scale = hn::Set(Floats(), static_cast<float>(args.grad_scale / sum));
    for_each_vector(0, args.V,
                    [&](auto load, auto store) HWY_ATTR { store(hn::Mul(load(d_logits), scale), d_logits); });
    d_logits[target] -= args.grad_scale;
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

HWY_EXPORT(distance_loss_range);
HWY_EXPORT(kl_loss_range);
HWY_EXPORT(cross_entropy_loss_range);

void distance_loss(Context& context, const DistanceLoss& args) {
  parallel_ranges(args.rows, threads_for(context, args.rows * args.width), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(distance_loss_range)(args, begin, end);
  });
}

void kl_loss(Context& context, const KlLoss& args) {
  parallel_ranges(args.rows, threads_for(context, args.rows * args.V), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(kl_loss_range)(args, begin, end);
  });
}

void cross_entropy_loss(Context& context, const CrossEntropyLoss& args) {
  parallel_ranges(args.rows, threads_for(context, args.rows * args.V), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(cross_entropy_loss_range)(args, begin, end);
  });
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
