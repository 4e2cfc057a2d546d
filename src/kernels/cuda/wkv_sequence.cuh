// Where the tokens, the state and the checkpoints of a sequence are, as the CUDA kernels of wkv6 and wkv7 see
// them. The spans of WkvInputs point to device memory here.
#pragma once

#include <bit>
#include <type_traits>

#include "core/half.h"
#include "kernels/cuda/device_code.h"
#include "kernels/wkv_form.h"

namespace radlads::kernels::cuda {

/// Tokens between two checkpoints of the state, and tokens whose vectors are in shared memory at once.
inline constexpr int kChunk = 16;

/// The tokens begin .. begin + length - 1 of a row of the batch.
struct Sequence {
  int64_t row = 0, begin = 0, length = 0;
  int64_t slot = 0;         // where its state is
  int64_t first_token = 0;  // among all tokens of the batch
  int64_t first_chunk = 0;  // of its checkpoints
};

RADLADS_DEVICE Sequence sequence_at(const WkvInputs& x, int64_t s) {
  const bool packed = !x.sequences.boundaries.empty();
  Sequence sequence;
  sequence.row = packed ? 0 : s;
  sequence.begin = packed ? x.sequences.boundaries[s] : 0;
  sequence.length = packed ? x.sequences.boundaries[s + 1] - sequence.begin : x.T;
  sequence.slot = x.state_slots.empty() ? s : x.state_slots[s];
  sequence.first_token = sequence.row * x.T + sequence.begin;
  // Leaves room for every chunk before it, because floor(x + y) + 1 - floor(x) >= ceil(y).
  sequence.first_chunk = sequence.first_token / kChunk + s;
  return sequence;
}

/// The number of places for chunks; some stay empty.
inline int64_t num_chunk_slots(const WkvInputs& x) { return x.B * x.T / kChunk + x.num_sequences(); }

/// The last sequence that begins at or before a place for chunks.
RADLADS_DEVICE int64_t sequence_of_chunk(const WkvInputs& x, int64_t num_sequences, int64_t chunk) {
  int64_t first = 0, last = num_sequences - 1;
  while (first < last) {
    const int64_t middle = (first + last + 1) / 2;
    if (sequence_at(x, middle).first_chunk <= chunk) {
      first = middle;
    } else {
      last = middle - 1;
    }
  }
  return first;
}

/// Element (key channel i, value channel j) of a head's state in s0, sT, d_sT and ds0.
template <bool kDelta>
RADLADS_DEVICE int64_t state_index(int64_t N, int64_t i, int64_t j) {
  return kDelta ? j * N + i : i * N + j;
}

/// Where the state of head h begins, in floats.
RADLADS_DEVICE int64_t state_offset(const WkvInputs& x, const Sequence& sequence, int64_t h) {
  return (sequence.slot * x.H + h) * x.N * x.N;
}

/// One head's rows of a sequence's tokens, [length,N], of either element type.
template <class T>
class HeadRows {
 public:
  RADLADS_DEVICE HeadRows(const Heads<T>& x, const Sequence& sequence, int64_t h, int64_t H)
      : data_(x.data),
        first_(sequence.row * x.stride_b + sequence.begin * x.stride_t +
               quotient(h * x.heads, H) * x.stride_h),
        stride_(x.stride_t),
        is_bf16_(x.dtype == DType::kBF16) {}

  /// The two types differ in how wide the load is and how far its bits move, without a branch between loads.
  RADLADS_DEVICE float operator()(int64_t t, int64_t n) const {
    const uint32_t bits =
        is_bf16_ ? uint32_t{*at<uint16_t>(t, n)} : std::bit_cast<uint32_t>(*at<float>(t, n));
    return std::bit_cast<float>(bits << (is_bf16_ ? 16 : 0));
  }

  RADLADS_DEVICE void store(int64_t t, int64_t n, float value) const {
    if (is_bf16_) {
      *at<uint16_t>(t, n) = bf16_from_float(value);
    } else {
      *at<float>(t, n) = value;
    }
  }

 private:
  template <class Element>
  RADLADS_DEVICE auto at(int64_t t, int64_t n) const {
    using Pointer = std::conditional_t<std::is_const_v<T>, const Element*, Element*>;
    return static_cast<Pointer>(data_) + first_ + t * stride_ + n;
  }

  T* data_;
  int64_t first_, stride_;
  bool is_bf16_;
};

/// What the forward pass leaves for the backward pass, one after the other: the state before each chunk,
/// value-major, and for wkv7 each token's sa.
template <class T>
struct Checkpoints {
  static constexpr bool kIsConst = std::is_const_v<T>;

  T* states;  // [chunk slots,H,N,N], 16-byte aligned; null: none are kept
  Heads<std::conditional_t<kIsConst, const void, void>> sa;  // [B,T,H,N]

  Checkpoints(const WkvInputs& x, T* memory) : states(memory) {
    if (x.delta && memory != nullptr) sa = sa.contiguous(memory + num_state_floats(x), x.T, x.H, x.N);
  }

  static int64_t num_state_floats(const WkvInputs& x) { return num_chunk_slots(x) * x.H * x.N * x.N; }
  static int64_t num_floats(const WkvInputs& x) {
    return num_state_floats(x) + (x.delta ? x.B * x.T * x.H * x.N : 0);
  }
};

/// Where the state of head h before chunk `chunk` of a sequence begins, in floats; value channel j is row j.
RADLADS_DEVICE int64_t chunk_offset(const WkvInputs& x, const Sequence& sequence, int64_t chunk, int64_t h) {
  return ((sequence.first_chunk + chunk) * x.H + h) * x.N * x.N;
}

/// Up to `channels` value channels of a head of a sequence, which a block computes.
struct ValueBlock {
  Sequence sequence;
  int64_t h;
  int64_t first_channel;

  RADLADS_DEVICE ValueBlock(const WkvInputs& x, int channels, int64_t index) {
    const int64_t blocks = ceil_div(x.N, channels), head = quotient(index, blocks), s = quotient(head, x.H);
    sequence = sequence_at(x, s);
    h = head - s * x.H;
    first_channel = (index - head * blocks) * channels;
  }

  static int64_t count(const WkvInputs& x, int channels) {
    return x.num_sequences() * x.H * ceil_div(x.N, channels);
  }
};

}  // namespace radlads::kernels::cuda
