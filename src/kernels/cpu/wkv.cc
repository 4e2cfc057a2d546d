#include "kernels/cpu/wkv.h"

#include <algorithm>

#include "kernels/cpu/flush_denormals.h"
#include "kernels/cpu/threading.h"
#include "kernels/cpu/wkv_padding.h"

namespace radlads::kernels::cpu {
namespace {

constexpr int64_t kAlignment = 16;  // floats: 64 bytes
constexpr int64_t kLongestRun = 64;

/// One more than the largest number of intervals before any sequence, for all of them: sequence s begins at
/// interval first_token / kWkvInterval + s, which leaves room because floor(x + y) + 1 - floor(x) >= ceil(y).
int64_t num_intervals(const WkvInputs& inputs) {
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
  sequence.index = s;
  sequence.slot = inputs.state_slots.empty() ? s : inputs.state_slots[s];
  if (inputs.sequences.boundaries.empty()) {
    sequence.row = s;
    sequence.length = inputs.T;
  } else {
    sequence.begin = inputs.sequences.boundaries[s];
    sequence.length = inputs.sequences.boundaries[s + 1] - sequence.begin;
  }
  sequence.first_interval = (sequence.row * inputs.T + sequence.begin) / kWkvInterval + s;
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
      is_f32(!r.bf16 && !lw.bf16 && !k.bf16 && !v.bf16 && !kk.bf16 && !a.bf16),
      balance(inputs.balance),
      scale(inputs.scale) {}

int64_t wkv_checkpoint_floats(const WkvInputs& inputs) {
  const int64_t N = wkv_whole_head(inputs.N), padded = wkv_padded(N);
  const int64_t states = num_intervals(inputs) * inputs.H * N * padded;
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

/// How many blocks of columns to cut heads into, so that every thread has work.
int64_t num_blocks(int64_t N, int64_t heads, int threads) {
  return heads == 0 ? 1 : std::clamp<int64_t>((threads + heads - 1) / heads, 1, wkv_padded(N) / kAlignment);
}

/// parallel_items_with_scratch in an order that keeps the threads apart: as many ranges of items as there are
/// threads are processed in parallel. Rows of neighboring heads share pages, and two threads that write them
/// disturb each other's prefetching.
template <class Body>
void parallel_far_items(Context& context, int64_t n, int threads, int64_t scratch_floats, const Body& body) {
  const int64_t longest = (n + threads - 1) / threads;
  parallel_items_with_scratch(
      context, longest * threads, threads, scratch_floats, [&](int64_t turn, float* scratch) {
        const int64_t range = turn % threads, i = range * n / threads + turn / threads;
        if (i < (range + 1) * n / threads) body(i, scratch);
      });
}

WkvColumns block_columns(int64_t N, int64_t block, int64_t blocks) {
  const int64_t whole = wkv_padded(N) / kAlignment;
  return {block * whole / blocks * kAlignment, (block + 1) * whole / blocks * kAlignment};
}

}  // namespace

void wkv_forward(const char* kernel, Context& context, const WkvInputs& inputs, const WkvOutputs& outputs,
                 WkvForwardItem item) {
  check_forward(kernel, inputs, outputs);
  if (inputs.N != wkv_whole_head(inputs.N)) {
    const WholeHeads<WkvOutputs> whole = whole_heads(context, inputs, outputs);
    wkv_forward(kernel, context, whole.inputs, whole.results, item);
    return take_results(context, whole, inputs, outputs);
  }
  const int64_t heads = inputs.num_sequences() * inputs.H;
  const int threads = threads_for(context, inputs.work());
  const int64_t blocks = num_blocks(inputs.N, heads, threads), items = heads * blocks;
  const auto do_item = [&](int64_t i, float* scratch) {
    const FlushDenormals flush;
    const int64_t head = i / blocks;
    item(inputs, outputs, head / inputs.H, head % inputs.H, block_columns(inputs.N, i % blocks, blocks),
         scratch);
  };
  if (inputs.T > kWkvMaxSteps) {
    parallel_far_items(context, items, threads, forward_floats(inputs.N), do_item);
    return;
  }
  // A thread that processes neighbors in turn finds the next state where the processor expects it.
  const int64_t run = std::clamp<int64_t>(items / (4 * threads), 1, kLongestRun);
  parallel_items_with_scratch(context, (items + run - 1) / run, threads, forward_floats(inputs.N),
                              [&](int64_t first, float* scratch) {
                                for (int64_t i = first * run; i < std::min(items, (first + 1) * run); ++i)
                                  do_item(i, scratch);
                              });
}

float* WkvBackwardPass::d_state(const WkvSequence& sequence, int64_t index, int64_t h) const {
  // One more than there are chunks, for each sequence: as in num_intervals.
  const int64_t first = (sequence.row * inputs.T + sequence.begin) / chunk + 2 * sequence.index;
  return d_states + ((first + index) * inputs.H + h) * inputs.N * wkv_padded(inputs.N);
}

int64_t WkvBackwardPass::d_states_floats() const {
  const int64_t states = inputs.B * inputs.T / chunk + 2 * inputs.num_sequences();
  return states * inputs.H * inputs.N * wkv_padded(inputs.N);
}

void wkv_backward(const char* kernel, Context& context, const WkvInputs& inputs, const float* checkpoints,
                  const WkvGradients& gradients, const WkvBackwardItems& items) {
  check_backward(kernel, inputs, gradients);
  if (inputs.N != wkv_whole_head(inputs.N)) {
    const WholeHeads<WkvGradients> whole = whole_heads(context, inputs, gradients);
    wkv_backward(kernel, context, whole.inputs, checkpoints, whole.results, items);
    return take_results(context, whole, inputs, gradients);
  }
  const int64_t sequences = inputs.num_sequences(), units = inputs.num_units();
  const int threads = threads_for(context, inputs.work());
  const int64_t floats = backward_floats(inputs.N, inputs.H / units);
  WkvBackwardPass pass = {inputs, checkpoints, gradients, nullptr, items.chunk_tokens};
  if (sequences * units >= threads) {
    parallel_far_items(context, sequences * units, threads, floats, [&](int64_t i, float* scratch) {
      const FlushDenormals flush;
      items.unit(pass, i / units, i % units, scratch);
    });
    return;
  }
  const int64_t reserved = pass.d_states_floats(), heads = sequences * inputs.H;
  pass.d_states = reserve_before_scratch(context, reserved, threads, floats);
  const int64_t blocks = num_blocks(inputs.N, heads, threads);
  parallel_items_with_scratch(
      context, heads * blocks, threads, floats,
      [&](int64_t i, float* scratch) {
        const FlushDenormals flush;
        const int64_t head = i / blocks;
        items.propagate(pass, head / inputs.H, head % inputs.H, block_columns(inputs.N, i % blocks, blocks),
                        scratch);
      },
      reserved);
  const int64_t chunks = (inputs.T + pass.chunk - 1) / pass.chunk;  // of the longest possible sequence
  parallel_items_with_scratch(
      context, sequences * chunks * units, threads, floats,
      [&](int64_t i, float* scratch) {
        const FlushDenormals flush;
        items.chunk(pass, i / (chunks * units), i / units % chunks, i % units, scratch);
      },
      reserved);
}

template <class T>
WkvCheckpoints<T>::WkvCheckpoints(const WkvInputs& inputs, T* memory)
    : T_(inputs.T),
      H_(inputs.H),
      num_tokens_(inputs.B * inputs.T),
      state_floats_(inputs.N * wkv_padded(inputs.N)),
      sa_floats_(wkv_padded(inputs.N)),
      states_(aligned(memory)),
      sa_(memory == nullptr ? nullptr : states_ + num_intervals(inputs) * inputs.H * state_floats_) {}

template class WkvCheckpoints<float>;
template class WkvCheckpoints<const float>;

}  // namespace radlads::kernels::cpu
