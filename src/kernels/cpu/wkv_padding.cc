#include "kernels/cpu/wkv_padding.h"

#include <algorithm>

#include "core/half.h"
#include "core/parallel.h"
#include "kernels/cpu/threading.h"
#include "kernels/cpu/wkv_scratch.h"

namespace radlads::kernels::cpu {
namespace {

/// Where the copies of a pass are: float32, contiguous, states in the order of the sequences. Without memory
/// it only counts.
struct Layout {
  WkvInputs place(WkvInputs x) {
    x.N = wkv_whole_head(x.N);
    x.state_slots = {};
    shape = x;
    for (HeadsIn* heads : {&x.r, &x.lw, &x.k, &x.v, &x.kk, &x.a}) *heads = place(*heads);
    x.s0 = place(x.s0);
    return x;
  }

  WkvOutputs place(const WkvOutputs& y) { return {place(y.o), place(y.sT), y.checkpoints}; }

  WkvGradients place(WkvGradients y) {
    y.d_o = place(y.d_o);
    y.d_sT = place(y.d_sT);
    for (HeadsOut* heads : {&y.dr, &y.dlw, &y.dk, &y.dv, &y.dkk, &y.da}) *heads = place(*heads);
    y.ds0 = place(y.ds0);
    return y;
  }

  template <class T>
  Heads<T> place(const Heads<T>& x) {
    if (!x) return {};
    float* to = memory.take(shape.B * shape.T * x.heads * shape.N);
    return Heads<T>::contiguous(to, shape.T, x.heads, shape.N);
  }

  float* place(const float* states) {
    return states == nullptr ? nullptr : memory.take(shape.num_sequences() * shape.H * shape.N * shape.N);
  }

  WkvMemory memory;
  WkvInputs shape;
};

/// Belongs to the thread that starts kernels, besides its context's, which the passes use entirely. It is
/// kept, so that decoding allocates only in its first round.
Workspace& copies() {
  thread_local Workspace workspace;
  return workspace;
}

template <class Results>
WholeHeads<Results> laid_out(const WkvInputs& inputs, const Results& results) {
  Layout count{WkvMemory(nullptr), {}};
  count.place(inputs);
  count.place(results);
  Layout layout{WkvMemory(copies().floats(static_cast<size_t>(count.memory.taken())).data()), {}};
  WholeHeads<Results> whole;
  whole.inputs = layout.place(inputs);
  whole.results = layout.place(results);
  return whole;
}

/// [size] of either type to the front of [to_size], the rest of which becomes zero.
void copy_row(const void* from, DType from_type, int64_t size, void* to, DType to_type, int64_t to_size) {
  for (int64_t n = 0; n < to_size; ++n) {
    float x = 0;
    if (n < size) {
      x = from_type == DType::kBF16 ? float_from_bf16(static_cast<const uint16_t*>(from)[n])
                                    : static_cast<const float*>(from)[n];
    }
    if (to_type == DType::kBF16)
      static_cast<uint16_t*>(to)[n] = bf16_from_float(x);
    else
      static_cast<float*>(to)[n] = x;
  }
}

/// Between a pass and its copy: their inputs say how large the heads of each are, and where states are.
struct Copier {
  Context& context;
  const WkvInputs& from;
  const WkvInputs& to;

  void heads(const HeadsIn& x, const HeadsOut& y) const {
    if (!x) return;
    const int64_t rows = from.B * from.T, size = std::min(from.N, to.N);
    parallel_ranges(rows, threads_for(context, rows * x.heads * size), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        for (int64_t h = 0; h < x.heads; ++h) {
          const int64_t b = row / from.T, t = row % from.T;
          copy_row(x.at(b, t, h), x.dtype, size, y.at(b, t, h), y.dtype, to.N);
        }
      }
    });
  }

  void states(const float* x, float* y) const {
    if (x == nullptr || y == nullptr) return;
    const int64_t heads = from.num_sequences() * from.H, size = std::min(from.N, to.N);
    const auto begin_of = [](const WkvInputs& pass, int64_t head) {
      const int64_t s = head / pass.H;
      const int64_t slot = pass.state_slots.empty() ? s : pass.state_slots[static_cast<size_t>(s)];
      return (slot * pass.H + head % pass.H) * pass.N * pass.N;
    };
    parallel_ranges(heads, threads_for(context, heads * size * size), [&](int64_t begin, int64_t end) {
      for (int64_t head = begin; head < end; ++head) {
        const float* source = x + begin_of(from, head);
        float* target = y + begin_of(to, head);
        for (int64_t i = 0; i < to.N; ++i) {
          copy_row(source + i * from.N, DType::kF32, i < size ? size : 0, target + i * to.N, DType::kF32,
                   to.N);
        }
      }
    });
  }
};

HeadsOut writable(const HeadsIn& x) {
  return {const_cast<void*>(x.data), x.heads, x.stride_b, x.stride_t, x.stride_h, x.dtype};
}

HeadsIn readable(const HeadsOut& x) { return {x.data, x.heads, x.stride_b, x.stride_t, x.stride_h, x.dtype}; }

void copy_inputs(const Copier& copier) {
  const WkvInputs &x = copier.from, &y = copier.to;
  copier.heads(x.r, writable(y.r));
  copier.heads(x.lw, writable(y.lw));
  copier.heads(x.k, writable(y.k));
  copier.heads(x.v, writable(y.v));
  copier.heads(x.kk, writable(y.kk));
  copier.heads(x.a, writable(y.a));
  copier.states(x.s0, const_cast<float*>(y.s0));
}

}  // namespace

WholeHeads<WkvOutputs> whole_heads(Context& context, const WkvInputs& inputs, const WkvOutputs& outputs) {
  const auto whole = laid_out(inputs, outputs);
  copy_inputs({context, inputs, whole.inputs});
  return whole;
}

WholeHeads<WkvGradients> whole_heads(Context& context, const WkvInputs& inputs,
                                     const WkvGradients& gradients) {
  const auto whole = laid_out(inputs, gradients);
  const Copier copier = {context, inputs, whole.inputs};
  copy_inputs(copier);
  copier.heads(gradients.d_o, writable(whole.results.d_o));
  copier.states(gradients.d_sT, const_cast<float*>(whole.results.d_sT));
  return whole;
}

void take_results(Context& context, const WholeHeads<WkvOutputs>& whole, const WkvInputs& inputs,
                  const WkvOutputs& outputs) {
  const Copier copier = {context, whole.inputs, inputs};
  copier.heads(readable(whole.results.o), outputs.o);
  copier.states(whole.results.sT, outputs.sT);
}

void take_results(Context& context, const WholeHeads<WkvGradients>& whole, const WkvInputs& inputs,
                  const WkvGradients& gradients) {
  const Copier copier = {context, whole.inputs, inputs};
  const WkvGradients& from = whole.results;
  copier.heads(readable(from.dr), gradients.dr);
  copier.heads(readable(from.dlw), gradients.dlw);
  copier.heads(readable(from.dk), gradients.dk);
  copier.heads(readable(from.dv), gradients.dv);
  copier.heads(readable(from.dkk), gradients.dkk);
  copier.heads(readable(from.da), gradients.da);
  copier.states(from.ds0, gradients.ds0);
}

}  // namespace radlads::kernels::cpu
