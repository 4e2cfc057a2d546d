// Tensors of tests in the memory of a machine, which is the host or a GPU. A machine has a type Memory, made
// from host bytes, with data() and bytes(), which copies them back.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/half.h"
#include "kernels/wkv_case.h"

namespace radlads::kernels {

inline constexpr float kTestNaN = std::numeric_limits<float>::quiet_NaN();

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// Floats with a margin after them that must stay untouched.
template <class Machine>
class MachineFloats {
 public:
  /// Filled with NaN.
  explicit MachineFloats(int64_t size) : MachineFloats(std::vector<float>(size, kTestNaN)) {}

  explicit MachineFloats(std::vector<float> values) : size_(values.size()), memory_(with_margin(values)) {}

  float* data() const { return reinterpret_cast<float*>(memory_.data()); }

  /// Fails the test if the margin was written.
  std::vector<float> values() const {
    const std::vector<std::byte> bytes = memory_.bytes();
    std::vector<float> all(bytes.size() / sizeof(float));
    std::memcpy(all.data(), bytes.data(), bytes.size());
    for (size_t i = size_; i < all.size(); ++i)
      EXPECT_TRUE(std::isnan(all[i])) << "written past the end, at " << i << " of " << size_;
    all.resize(size_);
    return all;
  }

 private:
  static constexpr size_t kMargin = 32;

  static std::vector<std::byte> with_margin(std::vector<float>& values) {
    values.resize(values.size() + kMargin, kTestNaN);
    return bytes_of(values);
  }

  size_t size_;
  typename Machine::Memory memory_;
};

/// A [B,T,heads,N] of float32 or bfloat16. What is between its rows, if the layout is not contiguous, is NaN
/// and must stay so.
template <class Machine>
class MachineHeads {
 public:
  /// `values` [B,T,heads,N] or empty: NaN.
  MachineHeads(const WkvShape& shape, int64_t heads, DType dtype, const std::vector<float>& values = {})
      : shape_(shape),
        heads_(heads),
        gap_(shape.layout == Layout::kContiguous ? 0 : 8),
        dtype_(dtype),
        memory_(dtype == DType::kBF16 ? rows<uint16_t>(values) : rows<float>(values)) {}

  HeadsIn in() const { return view<const void>(); }
  HeadsOut out() const { return view<void>(); }

  /// Contiguous; fails the test if something else was written.
  std::vector<float> values() const {
    return dtype_ == DType::kBF16 ? values_of<uint16_t>() : values_of<float>();
  }

 private:
  static constexpr int64_t kBegin = 8;  // elements before the first row

  static void assign(float& element, float value) { element = value; }
  static void assign(uint16_t& element, float value) { element = bf16_from_float(value); }
  static float value_of(float element) { return element; }
  static float value_of(uint16_t element) { return float_from_bf16(element); }

  int64_t stride_t() const { return heads_ * (shape_.N + gap_); }

  template <class T>
  Heads<T> view() const {
    const int64_t bytes = dtype_ == DType::kBF16 ? 2 : 4;
    return {reinterpret_cast<char*>(memory_.data()) + kBegin * bytes,
            heads_,
            shape_.T * stride_t(),
            stride_t(),
            shape_.N + gap_,
            dtype_};
  }

  int64_t num_rows() const { return shape_.B * shape_.T * heads_; }

  template <class Element>
  std::vector<std::byte> rows(const std::vector<float>& values) const {
    Element nan;
    assign(nan, kTestNaN);
    std::vector<Element> elements(2 * kBegin + num_rows() * (shape_.N + gap_), nan);
    for (size_t i = 0; i < values.size(); ++i)
      assign(elements[kBegin + i / shape_.N * (shape_.N + gap_) + i % shape_.N], values[i]);
    return bytes_of(elements);
  }

  template <class Element>
  std::vector<float> values_of() const {
    const std::vector<std::byte> bytes = memory_.bytes();
    std::vector<Element> elements(bytes.size() / sizeof(Element));
    std::memcpy(elements.data(), bytes.data(), bytes.size());
    std::vector<float> values;
    const int64_t row_size = shape_.N + gap_;
    for (int64_t e = 0; e < static_cast<int64_t>(elements.size()); ++e) {
      const int64_t from_begin = e - kBegin;
      const bool in_row =
          from_begin >= 0 && from_begin < num_rows() * row_size && from_begin % row_size < shape_.N;
      if (in_row) {
        values.push_back(value_of(elements[e]));
      } else {
        EXPECT_TRUE(std::isnan(value_of(elements[e]))) << "written between rows, at " << from_begin;
      }
    }
    return values;
  }

  WkvShape shape_;
  int64_t heads_, gap_;
  DType dtype_;
  typename Machine::Memory memory_;
};

}  // namespace radlads::kernels
