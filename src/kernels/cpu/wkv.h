// What the CPU passes of both recurrences share: how items of work are cut, where sequences, states and
// checkpoints lie.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/context.h"
#include "kernels/cpu/wkv_scratch.h"
#include "kernels/wkv.h"

namespace radlads::kernels::cpu {

/// The tokens begin .. begin + length - 1 of a row of the batch.
struct WkvSequence {
  int64_t index = 0, row = 0, begin = 0, length = 0;
  int64_t slot = 0;            // where its state is
  int64_t first_interval = 0;  // of its checkpoints
};

WkvSequence wkv_sequence(const WkvInputs& inputs, int64_t s);

/// Up to this many tokens are faster one by one, in memory, than with a copy of the state in scratch memory.
inline constexpr int64_t kWkvMaxSteps = 8;

/// Value channels, which are the columns of a key-major state, padded to a multiple of 16. They are
/// independent of each other from the values to the outputs, and back.
struct WkvColumns {
  int64_t begin = 0, end = 0;
};

/// Some columns of head h of sequence s.
using WkvForwardItem = void (*)(const WkvInputs& inputs, const WkvOutputs& outputs, int64_t s, int64_t h,
                                WkvColumns columns, float* scratch);

struct WkvBackwardPass {
  const WkvInputs& inputs;
  const float* checkpoints;
  const WkvGradients& gradients;
  float* d_states = nullptr;  // the gradients of the states between all chunks, or null
  int64_t chunk = 0;          // tokens of a chunk

  /// Before chunk number `index` of the sequence, [N,padded N]; key-major.
  float* d_state(const WkvSequence& sequence, int64_t index, int64_t h) const;
  int64_t d_states_floats() const;
};

/// The parts of the backward pass. `unit` processes a whole sequence of some heads, from its end. If these
/// are fewer than the threads, `propagate` processes columns of a head, and leaves the gradients of states
/// between which `chunk` processes the chunks, in any order.
struct WkvBackwardItems {
  void (*unit)(const WkvBackwardPass& pass, int64_t s, int64_t unit, float* scratch);
  void (*propagate)(const WkvBackwardPass& pass, int64_t s, int64_t h, WkvColumns columns, float* scratch);
  void (*chunk)(const WkvBackwardPass& pass, int64_t s, int64_t chunk, int64_t unit, float* scratch);
  int64_t chunk_tokens;
};

/// Check the shapes (check_forward, check_backward) and distribute the items to the threads. Every element is
/// computed in the same order, so that results do not depend on the number of threads.
void wkv_forward(const char* kernel, Context& context, const WkvInputs& inputs, const WkvOutputs& outputs,
                 WkvForwardItem item);
void wkv_backward(const char* kernel, Context& context, const WkvInputs& inputs, const float* checkpoints,
                  const WkvGradients& gradients, const WkvBackwardItems& items);

/// True if a time tensor is so large that its end pushes its beginning out of a core's caches.
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
  bool is_f32;  // all of them
  bool balance;
  float scale;
};

/// What the forward pass leaves for the backward pass: the state before each interval, and for wkv7 each
/// token's -sa, both padded: N^2 / kWkvInterval (+ N) floats for a token and head.
int64_t wkv_checkpoint_floats(const WkvInputs& inputs);

template <class T>
class WkvCheckpoints {
 public:
  /// `memory` has wkv_checkpoint_floats(inputs) floats; the parts of it are 64-byte aligned.
  WkvCheckpoints(const WkvInputs& inputs, T* memory);

  /// [N,padded N], laid out as the forward pass has it.
  T* state(const WkvSequence& sequence, int64_t interval, int64_t h) const {
    return states_ + ((sequence.first_interval + interval) * H_ + h) * state_floats_;
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
