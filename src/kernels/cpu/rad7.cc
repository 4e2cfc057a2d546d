#include <cmath>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/rad7.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/error.h"
#include "core/parallel.h"
#include "kernels/backends.h"
#include "kernels/cpu/rope-inl.h"
#include "kernels/cpu/row_sums.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

constexpr float kRad7Decay = 0.60653065971263342f;  // exp(-0.5)
constexpr float kRad7MinNorm = 1e-12f;
constexpr int64_t kRad7MaxHeadSize = 1024;  // of the backward pass

/// y = x rotated by the angles of token m, or x itself without RoPE.
HWY_INLINE void rotate_or_copy(const Rad7Prepare& in, Rotation rotation, int64_t m, const float* x,
                               float* y) {
  const int64_t half = in.N / 2;
  if (in.cos != nullptr) {
    rotate_head(rotation, half, in.cos + m * half, in.sin + m * half, x, y);
  } else if (x != y) {
    for_each_vector(0, in.N, [&](auto load, auto store) HWY_ATTR { store(load(x), y); });
  }
}

/// lw = -exp(-0.5) sigma(zw), a = sigma(za), of one token.
HWY_INLINE void prepare_gates(const Rad7Prepare& in, const Rad7Prepared& out, int64_t m) {
  const int64_t A = in.H * in.N;
  for_each_vector(m * A, (m + 1) * A, [&](auto load, auto store) HWY_ATTR {
    store(hn::Mul(hn::Set(Floats(), -kRad7Decay), sigmoid(load(in.zw))), out.lw);
    store(sigmoid(load(in.za)), out.a);
  });
}

/// kk = u / max(||u||, 1e-12), u = key * k_k, or the key itself without k_k.
HWY_INLINE void normalize_key(int64_t N, const float* key, const float* k_k, float* kk) {
  VF squares = hn::Zero(Floats());
  for_each_vector(0, N, [&](auto load, auto store) HWY_ATTR {
    const VF u = k_k == nullptr ? load(key) : hn::Mul(load(key), load(k_k));
    store(u, kk);
    squares = hn::MulAdd(u, u, squares);
  });
  const VF inverse = hn::Set(Floats(), 1.0f / std::max(std::sqrt(sum_lanes(squares)), kRad7MinNorm));
  for_each_vector(0, N, [&](auto load, auto store) HWY_ATTR { store(hn::Mul(load(kk), inverse), kk); });
}

/// The key of head h with the balance off, from its rotated key, in place: key (1 + (a - 1) k_a); and kk.
HWY_INLINE void prepare_unbalanced_key(const Rad7Prepare& in, const Rad7Prepared& out, int64_t m, int64_t h) {
  const int64_t head = (m * in.H + h) * in.N;
  float* k = out.k + head;
  const float* a = out.a + head;
  const float* k_a = in.k_a + h * in.N;
  normalize_key(in.N, k, in.k_k + h * in.N, out.kk + head);
  for_each_vector(0, in.N, [&](auto load, auto store) HWY_ATTR {
    const VF key = load(k), weight = load(k_a);
    store(hn::MulAdd(hn::Mul(key, weight), hn::Sub(load(a), hn::Set(Floats(), 1.0f)), key), k);
  });
}

HWY_INLINE void prepare_keys(const Rad7Prepare& in, const Rad7Prepared& out, int64_t m) {
  const int64_t heads = in.balance ? in.Hkv : in.H, group = heads / in.Hkv;
  for (int64_t h = 0; h < heads; ++h) {
    const int64_t head = (m * heads + h) * in.N;
    rotate_or_copy(in, Rotation::kForward, m, in.k_in + (m * in.Hkv + h / group) * in.N, out.k + head);
    if (in.balance) {
      normalize_key(in.N, out.k + head, nullptr, out.kk + head);
    } else {
      prepare_unbalanced_key(in, out, m, h);
    }
  }
}

/// v = v_in + (v_first - v_in) sigma(zv), repeated to H heads.
HWY_INLINE void prepare_values(const Rad7Prepare& in, const Rad7Prepared& out, int64_t m) {
  for (int64_t h = 0; h < in.H; ++h) {
    const int64_t head = (m * in.H + h) * in.N;
    const int64_t kv_head = (m * in.Hkv + h * in.Hkv / in.H) * in.N;
    const float* zv = in.zv + head;
    const float* v_in = in.v_in + kv_head;
    const float* v_first = in.v_first + kv_head;
    float* v = out.v + head;
    for_each_vector(0, in.N, [&](auto load, auto store) HWY_ATTR {
      const VF own = load(v_in);
      store(hn::MulAdd(hn::Sub(load(v_first), own), sigmoid(load(zv)), own), v);
    });
  }
}

void rad7_prepare_range(const Rad7Prepare& in, const Rad7Prepared& out, int64_t begin, int64_t end) {
  for (int64_t m = begin; m < end; ++m) {
    for (int64_t h = m * in.H; h < (m + 1) * in.H; ++h) {
      rotate_or_copy(in, Rotation::kForward, m, in.r_in + h * in.N, out.r + h * in.N);
    }
    prepare_gates(in, out, m);
    prepare_keys(in, out, m);
    if (in.v_first != nullptr) prepare_values(in, out, m);
  }
}

/// The gradient of u through kk = u / max(||u||, 1e-12) is inverse * (d_kk - along * kk).
struct NormBackward {
  NormBackward(float squares, float dots)
      : inverse(hn::Set(Floats(), 1.0f / std::max(std::sqrt(squares), kRad7MinNorm))),
        along(hn::Set(Floats(), std::sqrt(squares) > kRad7MinNorm ? dots : 0.0f)) {}

  VF d_u(VF d_kk, VF kk) const { return hn::Mul(inverse, hn::NegMulAdd(along, kk, d_kk)); }

  VF inverse, along;  // in every lane
};

/// The backward pass of one token.
struct TokenBackward {
  const Rad7Prepare& in;
  const Rad7Prepared& prepared;
  const Rad7PrepareGradients& grads;
  int64_t m;

  void gates() const;
  void values() const;
  /// d_key_weights is [2,A], the gradients of k_k and k_a; with the balance off it is added to. To come after
  /// gates(), whose dza it completes.
  void keys(float* d_key_weights) const;

 private:
  void balanced_key(int64_t g) const;
  void unbalanced_key(int64_t h, const float* key, float* d_key_weights) const;

  int64_t group() const { return in.H / in.Hkv; }
  int64_t head(int64_t h) const { return (m * in.H + h) * in.N; }
  int64_t kv_head(int64_t g) const { return (m * in.Hkv + g) * in.N; }
};

HWY_INLINE void TokenBackward::gates() const {
  const VF one = hn::Set(Floats(), 1.0f), per_decay = hn::Set(Floats(), 1.0f / kRad7Decay);
  for_each_vector(head(0), head(in.H), [&](auto load, auto store) HWY_ATTR {
    const VF lw = load(prepared.lw), a = load(prepared.a);
    store(hn::Mul(hn::Mul(load(grads.d_lw), lw), hn::MulAdd(lw, per_decay, one)), grads.dzw);
    store(hn::Mul(hn::Mul(load(grads.d_a), a), hn::Sub(one, a)), grads.dza);
  });
}

/// target = value for the first head of a group, target += value for the others.
template <class Load, class Store>
HWY_INLINE void add_to_group(const Load& load, const Store& store, bool is_first, VF value, float* target) {
  store(is_first ? value : hn::Add(load(target), value), target);
}

HWY_INLINE void TokenBackward::values() const {
  for (int64_t h = 0; h < in.H; ++h) {
    const int64_t at = head(h), kv_at = kv_head(h / group());
    const bool is_first = h % group() == 0;
    for_each_vector(0, in.N, [&](auto load, auto store) HWY_ATTR {
      const VF mix = sigmoid(load(in.zv + at)), upstream = load(grads.d_v + at);
      const VF to_first = hn::Mul(upstream, mix), to_own = hn::Sub(upstream, to_first);
      const VF difference = hn::Sub(load(in.v_first + kv_at), load(in.v_in + kv_at));
      store(hn::Mul(hn::Mul(difference, mix), to_own), grads.dzv + at);
      add_to_group(load, store, is_first, to_own, grads.dv_in + kv_at);
      add_to_group(load, store, is_first, to_first, grads.dv_first + kv_at);
    });
  }
}

/// Leaves dk_in as it is before it is rotated back.
HWY_INLINE void TokenBackward::balanced_key(int64_t g) const {
  VF squares = hn::Zero(Floats()), dots = hn::Zero(Floats());
  for_each_vector(kv_head(g), kv_head(g + 1), [&](auto load, auto) HWY_ATTR {
    squares = hn::MulAdd(load(prepared.k), load(prepared.k), squares);
    dots = hn::MulAdd(load(prepared.kk), load(grads.d_kk), dots);
  });
  const NormBackward norm(sum_lanes(squares), sum_lanes(dots));
  for_each_vector(kv_head(g), kv_head(g + 1), [&](auto load, auto store) HWY_ATTR {
    store(hn::Add(load(grads.d_k), norm.d_u(load(grads.d_kk), load(prepared.kk))), grads.dk_in);
  });
}

/// `key` is the head's rotated key, [N]. Leaves dk_in, summed over the group, as it is before it is rotated
/// back.
HWY_INLINE void TokenBackward::unbalanced_key(int64_t h, const float* key, float* d_key_weights) const {
  const float* k_k = in.k_k + h * in.N;
  const float* k_a = in.k_a + h * in.N;
  float* d_k_k = d_key_weights + h * in.N;
  float* d_k_a = d_key_weights + (in.H + h) * in.N;
  const int64_t at = head(h), kv_at = kv_head(h / group());
  VF squares = hn::Zero(Floats()), dots = hn::Zero(Floats());
  for_each_vector(0, in.N, [&](auto load, auto) HWY_ATTR {
    const VF u = hn::Mul(load(key), load(k_k));
    squares = hn::MulAdd(u, u, squares);
    dots = hn::MulAdd(load(prepared.kk + at), load(grads.d_kk + at), dots);
  });
  const NormBackward norm(sum_lanes(squares), sum_lanes(dots));
  const VF one = hn::Set(Floats(), 1.0f);
  for_each_vector(0, in.N, [&](auto load, auto store) HWY_ATTR {
    const VF k = load(key), a = load(prepared.a + at), a_less_one = hn::Sub(a, one), weight = load(k_a);
    const VF d_k = load(grads.d_k + at), d_product = hn::Mul(d_k, k);
    const VF d_u = norm.d_u(load(grads.d_kk + at), load(prepared.kk + at));
    store(hn::MulAdd(d_u, k, load(d_k_k)), d_k_k);
    store(hn::MulAdd(d_product, a_less_one, load(d_k_a)), d_k_a);
    const VF slope = hn::Mul(a, hn::Sub(one, a));
    store(hn::MulAdd(hn::Mul(d_product, weight), slope, load(grads.dza + at)), grads.dza + at);
    const VF through = hn::MulAdd(d_k, hn::MulAdd(weight, a_less_one, one), hn::Mul(d_u, load(k_k)));
    add_to_group(load, store, h % group() == 0, through, grads.dk_in + kv_at);
  });
}

HWY_INLINE void TokenBackward::keys(float* d_key_weights) const {
  HWY_ALIGN float key[kRad7MaxHeadSize];
  for (int64_t g = 0; g < in.Hkv; ++g) {
    if (in.balance) {
      balanced_key(g);
    } else {
      rotate_or_copy(in, Rotation::kForward, m, in.k_in + kv_head(g), key);
      for (int64_t h = g * group(); h < (g + 1) * group(); ++h) unbalanced_key(h, key, d_key_weights);
    }
    rotate_or_copy(in, Rotation::kInverse, m, grads.dk_in + kv_head(g), grads.dk_in + kv_head(g));
  }
}

void rad7_prepare_backward_rows(const Rad7Prepare& in, const Rad7Prepared& prepared,
                                const Rad7PrepareGradients& grads, int64_t begin, int64_t end,
                                float* d_key_weights) {
  RADLADS_CHECK(in.N <= kRad7MaxHeadSize, "head size {}", in.N);
  for (int64_t m = begin; m < end; ++m) {
    for (int64_t h = m * in.H; h < (m + 1) * in.H; ++h) {
      rotate_or_copy(in, Rotation::kInverse, m, grads.d_r + h * in.N, grads.dr_in + h * in.N);
    }
    const TokenBackward token{in, prepared, grads, m};
    token.gates();
    token.keys(d_key_weights);
    if (in.v_first != nullptr) token.values();
  }
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

HWY_EXPORT(rad7_prepare_range);
HWY_EXPORT(rad7_prepare_backward_rows);

void rad7_prepare(Context& context, const Rad7Prepare& inputs, const Rad7Prepared& outputs) {
  const int64_t work = 5 * inputs.M * inputs.H * inputs.N;
  parallel_ranges(inputs.M, threads_for(context, work), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(rad7_prepare_range)(inputs, outputs, begin, end);
  });
}

void rad7_prepare_backward(Context& context, const Rad7Prepare& inputs, const Rad7Prepared& prepared,
                           const Rad7PrepareGradients& gradients) {
  const auto rows = HWY_DYNAMIC_DISPATCH(rad7_prepare_backward_rows);
  const int64_t A = inputs.H * inputs.N;
  if (inputs.balance) {
    parallel_ranges(inputs.M, threads_for(context, 5 * inputs.M * A), [&](int64_t begin, int64_t end) {
      rows(inputs, prepared, gradients, begin, end, nullptr);
    });
  } else {
    sum_over_rows(context, inputs.M, A, {gradients.dk_k, gradients.dk_a},
                  [&](int64_t begin, int64_t end, float* d_key_weights) {
                    rows(inputs, prepared, gradients, begin, end, d_key_weights);
                  });
  }
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
