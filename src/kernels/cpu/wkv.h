// What the CPU passes of both recurrences share: how items of work are cut, where sequences, states and
// checkpoints lie.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/context.h"
#include "kernels/cpu/wkv_scratch.h"
#include "kernels/wkv.h"

namespace radlads::kernels::cpu {

/// One head of one sequence: item s * H + h.
using WkvForwardItem = void (*)(const WkvInputs& inputs, const WkvOutputs& outputs, int64_t item,
                                float* scratch);

/// One unit of heads of one sequence: item s * num_units + unit.
using WkvBackwardItem = void (*)(const WkvInputs& inputs, const float* checkpoints,
                                 const WkvGradients& gradients, int64_t item, float* scratch);

/// Check the shapes (check_forward, check_backward) and hand the items out to the threads. Every item
/// is computed by one thread in one order, so that results do not depend on their number.
void wkv_forward(const char* kernel, Context& context, const WkvInputs& inputs, const WkvOutputs& outputs,
                 WkvForwardItem item);
void wkv_backward(const char* kernel, Context& context, const WkvInputs& inputs, const float* checkpoints,
                  const WkvGradients& gradients, WkvBackwardItem item);

/// The tokens begin .. begin + length - 1 of a row of the batch.
struct WkvSequence {
  int64_t row = 0, begin = 0, length = 0;
  int64_t slot = 0;         // where its state lies
  int64_t first_chunk = 0;  // of its checkpoints
};

WkvSequence wkv_sequence(const WkvInputs& inputs, int64_t s);

/// True where a time tensor is so large that its end pushes its begin out of a core's caches.
inline bool wkv_is_large(const WkvInputs& inputs) {
  return inputs.B * inputs.T * inputs.H * inputs.N >= (1 << 20);
}

/// Where the state of head h begins, in floats.
inline int64_t wkv_state_offset(const WkvInputs& inputs, const WkvSequence& sequence, int64_t h) {
  return (sequence.slot * inputs.H + h) * inputs.N * inputs.N;
}

/// A head's rows of a time tensor, [length of the sequence,N] in float32 or bfloat16. Byte: char or const
/// char.
template <class Byte>
struct WkvRows {
  Byte* first = nullptr;
  int64_t stride = 0;  // in bytes
  bool bf16 = false;

  Byte* operator[](int64_t t) const { return first + t * stride; }
};

using WkvRowsIn = WkvRows<const char>;
using WkvRowsOut = WkvRows<char>;

/// Of head h of H; a tensor with fewer heads is shared.
WkvRowsIn wkv_rows(const HeadsIn& x, const WkvSequence& sequence, int64_t h, int64_t H);
WkvRowsOut wkv_rows(const HeadsOut& x, const WkvSequence& sequence, int64_t h, int64_t H);

/// The inputs of one head.
struct WkvHead {
  WkvHead(const WkvInputs& inputs, const WkvSequence& sequence, int64_t h);

  int64_t length;  // of the sequence
  WkvRowsIn r, lw, k, v, kk, a;
  bool balance;
  float scale;
};

/// What the forward pass leaves for the backward pass: the state before each chunk, and for wkv7 each token's
/// -sa, both padded: N^2 / kWkvInterval (+ N) floats for a token and head.
int64_t wkv_checkpoint_floats(const WkvInputs& inputs);

template <class T>
class WkvCheckpoints {
 public:
  /// `memory` holds wkv_checkpoint_floats(inputs) floats; what is handed out is 64-byte aligned.
  WkvCheckpoints(const WkvInputs& inputs, T* memory);

  /// [N,padded N], laid out as the forward pass has it.
  T* state(const WkvSequence& sequence, int64_t chunk, int64_t h) const {
    return states_ + ((sequence.first_chunk + chunk) * H_ + h) * state_floats_;
  }

  /// [length of the sequence,padded N]
  T* minus_sa(const WkvSequence& sequence, int64_t h) const {
    return sa_ + (h * num_tokens_ + sequence.row * T_ + sequence.begin) * sa_floats_;
  }

 private:
  int64_t T_, H_, num_tokens_, state_floats_, sa_floats_;
  T* states_;
  T* sa_;
};

}  // namespace radlads::kernels::cpu
