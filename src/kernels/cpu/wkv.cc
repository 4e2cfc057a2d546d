#include "kernels/cpu/wkv.h"

#include <algorithm>

#include "core/error.h"
#include "kernels/cpu/flush_denormals.h"
#include "kernels/cpu/threading.h"

namespace radlads::kernels::cpu {
namespace {

constexpr int64_t kAlignment = 16;  // floats: 64 bytes

/// One more than the largest number of chunks before any sequence, for all of them: sequence s begins at
/// chunk first_token / kWkvChunk + s, which leaves room because floor(x + y) + 1 - floor(x) >= ceil(y).
int64_t num_chunks(const WkvInputs& inputs) {
  return inputs.B * inputs.T / kWkvChunk + inputs.num_sequences();
}

template <class T>
T* aligned(T* memory) {
  constexpr uintptr_t kBytes = kAlignment * sizeof(float);
  return reinterpret_cast<T*>((reinterpret_cast<uintptr_t>(memory) + kBytes - 1) / kBytes * kBytes);
}

/// `heads` 0: any number that divides H.
template <class T>
void check_heads(const char* kernel, const char* name, const WkvInputs& inputs, const Heads<T>& x,
                 int64_t heads) {
  RADLADS_CHECK(x || inputs.B * inputs.T == 0, "[{}] {} is missing", kernel, name);
  RADLADS_CHECK(x.heads > 0 && inputs.H % x.heads == 0 && (heads == 0 || x.heads == heads),
                "[{}] {} has {} heads, of {}", kernel, name, x.heads, inputs.H);
  RADLADS_CHECK(x.dtype == DType::kF32, "[{}] {} is not float32", kernel, name);
}

void check_sequences(const char* kernel, const WkvInputs& inputs) {
  const auto& boundaries = inputs.sequences.boundaries;
  if (!boundaries.empty()) {
    RADLADS_CHECK(inputs.B == 1 && boundaries.front() == 0 && boundaries.back() == inputs.T &&
                      std::is_sorted(boundaries.begin(), boundaries.end()),
                  "[{}] boundaries do not cut {} x {} tokens", kernel, inputs.B, inputs.T);
  }
  RADLADS_CHECK(
      inputs.state_slots.empty() || static_cast<int64_t>(inputs.state_slots.size()) == inputs.num_sequences(),
      "[{}] {} state slots for {} sequences", kernel, inputs.state_slots.size(), inputs.num_sequences());
}

void check_inputs(const char* kernel, const WkvInputs& inputs) {
  RADLADS_CHECK(inputs.B >= 0 && inputs.T >= 0 && inputs.H > 0 && inputs.N > 0 && inputs.N % kWkvRows == 0,
                "[{}] B {}, T {}, H {}, N {}", kernel, inputs.B, inputs.T, inputs.H, inputs.N);
  check_heads(kernel, "r", inputs, inputs.r, inputs.H);
  check_heads(kernel, "lw", inputs, inputs.lw, inputs.H);
  check_heads(kernel, "k", inputs, inputs.k, 0);
  check_heads(kernel, "v", inputs, inputs.v, 0);
  if (inputs.delta) check_heads(kernel, "kk", inputs, inputs.kk, 0);
  if (inputs.delta) check_heads(kernel, "a", inputs, inputs.a, inputs.H);
  const int64_t units = inputs.num_units();
  RADLADS_CHECK(inputs.k.heads % units == 0 && inputs.v.heads % units == 0 &&
                    (!inputs.delta || inputs.kk.heads % units == 0),
                "[{}] the groups of heads overlap", kernel);
  check_sequences(kernel, inputs);
}

void check_outputs(const char* kernel, const WkvInputs& inputs, const WkvOutputs& outputs) {
  check_heads(kernel, "o", inputs, outputs.o, inputs.H);
}

void check_gradients(const char* kernel, const WkvInputs& inputs, const WkvGradients& gradients) {
  check_heads(kernel, "d_o", inputs, gradients.d_o, inputs.H);
  check_heads(kernel, "dr", inputs, gradients.dr, inputs.H);
  check_heads(kernel, "dlw", inputs, gradients.dlw, inputs.H);
  check_heads(kernel, "dk", inputs, gradients.dk, inputs.k.heads);
  check_heads(kernel, "dv", inputs, gradients.dv, inputs.v.heads);
  if (inputs.delta) check_heads(kernel, "dkk", inputs, gradients.dkk, inputs.kk.heads);
  if (inputs.delta) check_heads(kernel, "da", inputs, gradients.da, inputs.H);
}

}  // namespace

int64_t WkvInputs::num_units() const {
  const int64_t units = std::min(k.heads, v.heads);
  return delta ? std::min(units, kk.heads) : units;
}

WkvSequence wkv_sequence(const WkvInputs& inputs, int64_t s) {
  WkvSequence sequence;
  sequence.slot = inputs.state_slots.empty() ? s : inputs.state_slots[s];
  if (inputs.sequences.boundaries.empty()) {
    sequence.row = s;
    sequence.length = inputs.T;
  } else {
    sequence.begin = inputs.sequences.boundaries[s];
    sequence.length = inputs.sequences.boundaries[s + 1] - sequence.begin;
  }
  sequence.first_chunk = (sequence.row * inputs.T + sequence.begin) / kWkvChunk + s;
  return sequence;
}

WkvHead::WkvHead(const WkvInputs& inputs, const WkvSequence& sequence, int64_t h)
    : length(sequence.length),
      r(wkv_rows(inputs.r, sequence, h, inputs.H)),
      lw(wkv_rows(inputs.lw, sequence, h, inputs.H)),
      k(wkv_rows(inputs.k, sequence, h, inputs.H)),
      v(wkv_rows(inputs.v, sequence, h, inputs.H)),
      kk(wkv_rows(inputs.kk, sequence, h, inputs.H)),
      a(wkv_rows(inputs.a, sequence, h, inputs.H)),
      balance(inputs.balance),
      scale(inputs.scale) {}

int64_t wkv_checkpoint_floats(const WkvInputs& inputs) {
  const int64_t padded = wkv_padded(inputs.N);
  const int64_t states = num_chunks(inputs) * inputs.H * inputs.N * padded;
  const int64_t sa = inputs.delta ? inputs.B * inputs.T * inputs.H * padded : 0;
  return kAlignment - 1 + states + sa;
}

void wkv_forward(const char* kernel, Context& context, const WkvInputs& inputs, const WkvOutputs& outputs,
                 WkvForwardItem item) {
  check_inputs(kernel, inputs);
  check_outputs(kernel, inputs, outputs);
  parallel_items_with_scratch(context, inputs.num_sequences() * inputs.H, threads_for(context, inputs.work()),
                              WkvForwardScratch::num_floats(inputs.N), [&](int64_t i, float* scratch) {
                                const FlushDenormals flush;
                                item(inputs, outputs, i, scratch);
                              });
}

void wkv_backward(const char* kernel, Context& context, const WkvInputs& inputs, const float* checkpoints,
                  const WkvGradients& gradients, WkvBackwardItem item) {
  check_inputs(kernel, inputs);
  check_gradients(kernel, inputs, gradients);
  const int64_t units = inputs.num_units();
  parallel_items_with_scratch(context, inputs.num_sequences() * units, threads_for(context, inputs.work()),
                              WkvBackwardScratch::num_floats(inputs.N, inputs.H / units),
                              [&](int64_t i, float* scratch) {
                                const FlushDenormals flush;
                                item(inputs, checkpoints, gradients, i, scratch);
                              });
}

template <class T>
WkvCheckpoints<T>::WkvCheckpoints(const WkvInputs& inputs, T* memory)
    : T_(inputs.T),
      H_(inputs.H),
      num_tokens_(inputs.B * inputs.T),
      state_floats_(inputs.N * wkv_padded(inputs.N)),
      sa_floats_(wkv_padded(inputs.N)),
      states_(aligned(memory)),
      sa_(memory == nullptr ? nullptr : states_ + num_chunks(inputs) * inputs.H * state_floats_) {}

template class WkvCheckpoints<float>;
template class WkvCheckpoints<const float>;

}  // namespace radlads::kernels::cpu
