// One token of wkv6 or wkv7 for every sequence (equation: kernels/wkv_form.h): bound by memory, so that the
// state is read and written once, in accesses of 16 bytes that are all in flight before the first is needed.
//
// A block is a head of a sequence and all of its value channels, past N 64 only 32 of them. Neighboring
// threads take neighboring quads of a row of the state (wkv6: key channel, wkv7: value channel), kN / 4
// threads a row, for wkv6 past N 64 eight. A thread has the same quad of several rows in registers. Sums over
// key channels go through shared memory in a fixed order. Arithmetic is float32.
//
// A head costs 5 N^2 multiply-adds (wkv6: 3 N^2) and 8 N^2 bytes.
#pragma once

#include <array>

#include "kernels/cuda/wkv_tokens.cuh"

namespace radlads::kernels::cuda {

/// s0 and sT are 16-byte aligned where they are not null, and may be the same.
struct WkvDecodeArgs {
  WkvInputs x;
  WkvOutputs y;
};

/// kN: 32, 64, 128 or 256, at least N.
template <bool kDelta, int kN>
struct WkvDecode {
  using Args = WkvDecodeArgs;
  using Token = TokenTile<kDelta, kN>;

  static constexpr const char* kName = kDelta ? "wkv7_forward" : "wkv6_forward";
  static constexpr int kThreads = 128;

  static int64_t num_blocks(const Args& args) { return ValueBlock::count(args.x, kChannels); }

  /// The token's vectors, v, sa and the partial sums.
  static int64_t shared_floats(const Args&) {
    return Token::num_floats(1) + 2 * kChannels + kChannels * kPartsStride;
  }

  template <class Block>
  RADLADS_DEVICE static void run(Block& block, const Args& args) {
    const WkvInputs& x = args.x;
    const ValueBlock at(x, kChannels, block.index());
    const int N = static_cast<int>(x.N), rest = static_cast<int>(x.N - at.first_channel),
              channels = rest < kChannels ? rest : kChannels;
    const int64_t state = state_offset(x, at.sequence, at.h) + state_index<kDelta>(N, 0, at.first_channel);
    const Token token{block.shared()};
    float* const v = block.shared() + Token::num_floats(1);
    float* const sa = v + kChannels;
    float* const parts = sa + kChannels;

    auto quads = block.template per_thread<Quads>();
    block.for_each_thread([&](int thread) {
      load(x.s0 == nullptr ? nullptr : x.s0 + state, N, channels, thread, quads[thread]);
      load_tokens<1>(x, at.sequence, at.h, 0, 1, 1, 0, token, thread, kThreads);
      if (thread < kChannels)
        v[thread] =
            thread < channels ? HeadRows(x.v, at.sequence, at.h, x.H)(0, at.first_channel + thread) : 0.0f;
    });
    if constexpr (kDelta) {
      block.for_each_thread(
          [&](int thread) { add_parts(quads[thread], token.vector(0, kKk), thread, parts); });
      block.for_each_thread([&](int thread) {
        if (thread < kChannels) sa[thread] = sum_parts(parts, thread);
      });
    }
    block.for_each_thread([&](int thread) {
      advance(token, v, sa, thread, quads[thread]);
      add_parts(quads[thread], token.vector(0, kR), thread, parts);
      if (args.y.sT != nullptr) store(quads[thread], N, channels, thread, args.y.sT + state);
    });
    block.for_each_thread([&](int thread) {
      if (thread < channels)
        HeadRows(args.y.o, at.sequence, at.h, x.H)
            .store(0, at.first_channel + thread, x.scale * sum_parts(parts, thread));
    });
  }

 private:
  static constexpr int kChannels = kN < 128 ? kN : 32;          // so that most blocks move 16 KiB each way
  static constexpr int kLanes = (kDelta ? kN : kChannels) / 4;  // threads on a row
  static constexpr int kRowsAtOnce = kThreads / kLanes;
  static constexpr int kQuads = kChannels * kN / 4 / kThreads;
  static constexpr int kParts = kDelta ? kLanes : kRowsAtOnce;  // of a sum over key channels
  static constexpr int kPartsStride = kParts + 1;               // so that banks differ
  using Quads = std::array<Float4, kQuads>;

  /// Where quad q of a thread is in the block's part of the state.
  struct Place {
    int row, column;  // the first of four

    RADLADS_DEVICE Place(int thread, int q)
        : row(thread / kLanes + q * kRowsAtOnce), column(4 * (thread % kLanes)) {}

    RADLADS_DEVICE bool exists(int N, int channels) const {
      return kDelta ? row < channels && column < N : row < N && column < channels;
    }
  };

  RADLADS_DEVICE static void load(const float* state, int N, int channels, int thread, Quads& quads) {
    RADLADS_UNROLL
    for (int q = 0; q < kQuads; ++q) {
      const Place at(thread, q);
      quads[q] =
          state != nullptr && at.exists(N, channels) ? load4(state + at.row * N + at.column) : Float4{};
    }
  }

  RADLADS_DEVICE static void store(const Quads& quads, int N, int channels, int thread, float* state) {
    RADLADS_UNROLL
    for (int q = 0; q < kQuads; ++q) {
      const Place at(thread, q);
      if (at.exists(N, channels)) store4(state + at.row * N + at.column, quads[q]);
    }
  }

  /// A thread's shares of S^T vector, [kChannels,kParts].
  RADLADS_DEVICE static void add_parts(const Quads& quads, const float* vector, int thread, float* parts) {
    if constexpr (kDelta) {
      const Float4 y = load4(vector + Place(thread, 0).column);
      RADLADS_UNROLL
      for (int q = 0; q < kQuads; ++q) {
        const Float4 s = quads[q];
        parts[Place(thread, q).row * kPartsStride + thread % kLanes] =
            s.x[0] * y.x[0] + s.x[1] * y.x[1] + (s.x[2] * y.x[2] + s.x[3] * y.x[3]);
      }
    } else {
      Float4 sum{};
      RADLADS_UNROLL
      for (int q = 0; q < kQuads; ++q) {
        const float y = vector[Place(thread, q).row];
        for (int c = 0; c < 4; ++c) sum.x[c] += quads[q].x[c] * y;
      }
      for (int c = 0; c < 4; ++c)
        parts[(Place(thread, 0).column + c) * kPartsStride + thread / kLanes] = sum.x[c];
    }
  }

  RADLADS_DEVICE static float sum_parts(const float* parts, int channel) {
    float sum = 0;
    RADLADS_UNROLL
    for (int p = 0; p < kParts; ++p) sum += parts[channel * kPartsStride + p];
    return sum;
  }

  /// S from before the token to after it.
  RADLADS_DEVICE static void advance(const Token& token, const float* v, const float* sa, int thread,
                                     Quads& quads) {
    RADLADS_UNROLL
    for (int q = 0; q < kQuads; ++q) {
      const Place at(thread, q);
      RADLADS_UNROLL
      for (int c = 0; c < 4; ++c) {
        const int i = kDelta ? at.column + c : at.row, j = kDelta ? at.row : at.column + c;
        float& s = quads[q].x[c];
        s = token.vector(0, kW)[i] * s + token.vector(0, kK)[i] * v[j];
        if constexpr (kDelta) s -= token.vector(0, kB)[i] * sa[j];
      }
    }
  }
};

}  // namespace radlads::kernels::cuda
