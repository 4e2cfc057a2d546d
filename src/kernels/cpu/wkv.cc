#include "kernels/cpu/wkv.h"

#include <algorithm>

#include "kernels/cpu/flush_denormals.h"
#include "kernels/cpu/threading.h"

namespace radlads::kernels::cpu {
namespace {

constexpr int64_t kAlignment = 16;  // floats: 64 bytes

/// One more than the largest number of chunks before any sequence, for all of them: sequence s begins at
/// chunk first_token / kWkvInterval + s, which leaves room because floor(x + y) + 1 - floor(x) >= ceil(y).
int64_t num_chunks(const WkvInputs& inputs) {
  return inputs.B * inputs.T / kWkvInterval + inputs.num_sequences();
}

template <class T>
T* aligned(T* memory) {
  constexpr uintptr_t kBytes = kAlignment * sizeof(float);
  return reinterpret_cast<T*>((reinterpret_cast<uintptr_t>(memory) + kBytes - 1) / kBytes * kBytes);
}

}  // namespace

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
  sequence.first_chunk = (sequence.row * inputs.T + sequence.begin) / kWkvInterval + s;
  return sequence;
}

namespace {

template <class T, class Byte>
WkvRows<Byte> rows_of(const Heads<T>& x, const WkvSequence& sequence, int64_t h, int64_t H) {
  if (!x) return {};
  return {static_cast<Byte*>(x.at(sequence.row, sequence.begin, h * x.heads / H)),
          x.stride_t * static_cast<int64_t>(size_of(x.dtype)), x.dtype == DType::kBF16};
}

}  // namespace

WkvRowsIn wkv_rows(const HeadsIn& x, const WkvSequence& sequence, int64_t h, int64_t H) {
  return rows_of<const void, const char>(x, sequence, h, H);
}

WkvRowsOut wkv_rows(const HeadsOut& x, const WkvSequence& sequence, int64_t h, int64_t H) {
  return rows_of<void, char>(x, sequence, h, H);
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

namespace {

int64_t forward_floats(int64_t N) {
  WkvMemory count(nullptr);
  WkvForwardScratch(N, count);
  return count.taken();
}

int64_t backward_floats(int64_t N, int64_t heads) {
  WkvMemory count(nullptr);
  WkvBackwardScratch(N, heads, count);
  return count.taken();
}

}  // namespace

void wkv_forward(const char* kernel, Context& context, const WkvInputs& inputs, const WkvOutputs& outputs,
                 WkvForwardItem item) {
  check_forward(kernel, inputs, outputs);
  parallel_items_with_scratch(context, inputs.num_sequences() * inputs.H, threads_for(context, inputs.work()),
                              forward_floats(inputs.N), [&](int64_t i, float* scratch) {
                                const FlushDenormals flush;
                                item(inputs, outputs, i, scratch);
                              });
}

void wkv_backward(const char* kernel, Context& context, const WkvInputs& inputs, const float* checkpoints,
                  const WkvGradients& gradients, WkvBackwardItem item) {
  check_backward(kernel, inputs, gradients);
  const int64_t units = inputs.num_units();
  parallel_items_with_scratch(context, inputs.num_sequences() * units, threads_for(context, inputs.work()),
                              backward_floats(inputs.N, inputs.H / units), [&](int64_t i, float* scratch) {
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
