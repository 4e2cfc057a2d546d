// Inputs and results of wkv6 and wkv7 for tests: any shape, grouping, sequences and memory layout. The q of
// wkv6 is called r, as in the common form of the kernels.
#pragma once

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "core/half.h"
#include "core/random.h"
#include "kernels/heads.h"
#include "kernels/output.h"

namespace radlads::kernels {

/// How the rows of time tensors lie: packed, as a slice of a wider buffer, or also four bytes off any
/// alignment.
enum class Layout { kContiguous, kSliced, kUnaligned };

enum class Decay { kUsual, kExtreme };

struct WkvShape {
  int64_t B = 1, T = 1, H = 1, N = 8;
  int64_t k_heads = 0, v_heads = 0, kk_heads = 0;  // 0: H
  bool balance = false;
  bool has_state = true;            // s0 and d_sT
  std::vector<int64_t> boundaries;  // empty: rows are sequences
  std::vector<int32_t> slots;
  Layout layout = Layout::kContiguous;
  Decay decay = Decay::kUsual;
  DType dtype = DType::kF32;  // of the time tensors

  int64_t num_sequences() const { return Sequences{boundaries}.count(B); }
  int64_t num_slots() const {
    int64_t slots_needed = num_sequences();
    for (const int32_t slot : slots) slots_needed = std::max<int64_t>(slots_needed, slot + 1);
    return slots_needed;
  }
  int64_t state_floats() const { return num_slots() * H * N * N; }
};

/// A [B,T,heads,N] in memory of some layout, else at a cache line. What is between and after its rows is NaN
/// and must stay so.
class HeadsBuffer {
 public:
  /// Filled with NaN.
  HeadsBuffer(const WkvShape& shape, int64_t heads)
      : B_(shape.B),
        T_(shape.T),
        N_(shape.N),
        heads_(heads),
        gap_(shape.layout == Layout::kContiguous ? 0 : 8),
        dtype_(shape.dtype),
        stride_t_(heads * (N_ + gap_) + 2 * gap_),
        memory_(static_cast<size_t>(B_ * T_ * stride_t_ + 2 * kMargin) * size_of(dtype_)) {
    for (int64_t i = 0; i < num_elements(); ++i) set(i, std::numeric_limits<float>::quiet_NaN());
    constexpr size_t kLine = 64;
    const size_t past_line = reinterpret_cast<uintptr_t>(memory_.data()) % kLine;
    offset_ = static_cast<int64_t>((kLine - past_line) % kLine / size_of(dtype_));
    if (shape.layout == Layout::kUnaligned) ++offset_;
  }
  HeadsBuffer(HeadsBuffer&&) = default;
  HeadsBuffer& operator=(HeadsBuffer&&) = default;

  HeadsBuffer(const WkvShape& shape, int64_t heads, const std::vector<float>& values)
      : HeadsBuffer(shape, heads) {
    auto value = values.begin();
    for_each_row([&](int64_t begin) {
      for (int64_t n = 0; n < N_; ++n) set(begin + n, *value++);
    });
  }

  HeadsIn in() const { return {first(), heads_, T_ * stride_t_, stride_t_, N_ + gap_, dtype_}; }
  HeadsOut out() { return {first(), heads_, T_ * stride_t_, stride_t_, N_ + gap_, dtype_}; }

  /// Contiguous; fails the test if something else was written.
  std::vector<float> values() const {
    std::vector<float> rows;
    std::vector<bool> outside(static_cast<size_t>(num_elements()), true);
    for_each_row([&](int64_t begin) {
      for (int64_t i = begin; i < begin + N_; ++i) {
        rows.push_back(get(i));
        outside[i] = false;
      }
    });
    for (int64_t i = 0; i < num_elements(); ++i) {
      EXPECT_TRUE(!outside[i] || std::isnan(get(i))) << "written between rows, at " << i;
    }
    return rows;
  }

 private:
  static constexpr int64_t kMargin = 32;

  /// Calls body(index of the row's first element).
  template <class Body>
  void for_each_row(const Body& body) const {
    for (int64_t b = 0; b < B_; ++b)
      for (int64_t t = 0; t < T_; ++t)
        for (int64_t h = 0; h < heads_; ++h) body(offset_ + (b * T_ + t) * stride_t_ + h * (N_ + gap_));
  }

  int64_t num_elements() const { return static_cast<int64_t>(memory_.size() / size_of(dtype_)); }
  void* first() const { return const_cast<std::byte*>(memory_.data()) + offset_ * size_of(dtype_); }

  float get(int64_t i) const {
    const void* memory = memory_.data();
    return dtype_ == DType::kBF16 ? float_from_bf16(static_cast<const uint16_t*>(memory)[i])
                                  : static_cast<const float*>(memory)[i];
  }
  void set(int64_t i, float x) {
    void* memory = memory_.data();
    if (dtype_ == DType::kBF16)
      static_cast<uint16_t*>(memory)[i] = bf16_from_float(x);
    else
      static_cast<float*>(memory)[i] = x;
  }

  int64_t B_, T_, N_, heads_, gap_, offset_ = 0;
  DType dtype_;
  int64_t stride_t_;
  std::vector<std::byte> memory_;
};

/// The inputs and upstream gradients of one case. Inputs are multiples of 2^-10, so that finite differences
/// are exact in them.
class WkvCase {
 public:
  WkvCase(const WkvShape& shape_of_case, double lowest_lw) : shape(shape_of_case) {
    if (shape.k_heads == 0) shape.k_heads = shape.H;
    if (shape.v_heads == 0) shape.v_heads = shape.H;
    if (shape.kk_heads == 0) shape.kk_heads = shape.H;
    const double kk_size = 1 / std::sqrt(static_cast<double>(shape.N));
    add("r", shape.H, [](Random& random) { return random.normal(); });
    add("k", shape.k_heads, [](Random& random) { return random.normal(); });
    add("v", shape.v_heads, [](Random& random) { return random.normal(); });
    add("kk", shape.kk_heads, [=](Random& random) { return kk_size * random.normal(); });
    add("d_o", shape.H, [](Random& random) { return random.normal(); });
    const bool extreme = shape.decay == Decay::kExtreme;
    add("lw", shape.H, [=](Random& random) {
      if (extreme) return random.below(2) == 0 ? lowest_lw : random.below(2) == 0 ? -1e-6 : 0.0;
      return lowest_lw * random.uniform();
    });
    add("a", shape.H,
        [=](Random& random) { return extreme ? static_cast<double>(random.below(2)) : random.uniform(); });
    s0 = random_values("s0", shape.state_floats(), [](Random& random) { return random.normal(); });
    d_sT = random_values("d_sT", shape.state_floats(), [](Random& random) { return random.normal(); });
  }

  HeadsIn in(const std::string& name) const { return inputs.at(name).in(); }
  const float* initial_state() const { return shape.has_state ? s0.data() : nullptr; }
  const float* final_gradient() const { return shape.has_state ? d_sT.data() : nullptr; }

  WkvShape shape;
  std::map<std::string, HeadsBuffer> inputs;
  std::vector<float> s0, d_sT;  // [slots,H,N,N]

 private:
  template <class Draw>
  static std::vector<float> random_values(const std::string& name, int64_t count, const Draw& draw) {
    Random random(11, Random::stream_of(name));
    std::vector<float> values(static_cast<size_t>(count));
    for (float& value : values) value = static_cast<float>(std::round(draw(random) * 1024) / 1024);
    return values;
  }

  template <class Draw>
  void add(const std::string& name, int64_t heads, const Draw& draw) {
    const int64_t count = shape.B * shape.T * heads * shape.N;
    inputs.emplace(name, HeadsBuffer(shape, heads, random_values(name, count, draw)));
  }
};

/// o, sT and the gradients, contiguous, by name: dr, dlw, dk, dv, dkk, da, ds0.
using WkvResults = std::map<std::string, std::vector<float>>;

}  // namespace radlads::kernels
