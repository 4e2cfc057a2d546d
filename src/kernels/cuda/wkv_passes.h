// The launches of the forward and backward passes of wkv6 and wkv7. `Gpu` is where they run: the CUDA device
// (cuda/gpu.h), or a host that runs the same kernels in tests (tests/kernels/host_gpu.h). It has
//   array<T>(count), upload(span)    device memory, for the lifetime of the object they return
//   launch<Kernel>(args)             all blocks of a kernel, in the order of the calls
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "core/error.h"
#include "kernels/cuda/sum_heads.cuh"
#include "kernels/cuda/wkv_decode.cuh"
#include "kernels/cuda/wkv_forward.cuh"
#include "kernels/cuda/wkv_key_gradients.cuh"
#include "kernels/cuda/wkv_value_gradients.cuh"
#include "kernels/wkv.h"

namespace radlads::kernels::cuda {

inline constexpr int64_t kLargestHead = 256;

inline bool is_aligned(const void* memory) { return reinterpret_cast<uintptr_t>(memory) % 16 == 0; }

/// Inputs whose boundaries and slots are in the memory of the device.
template <class Gpu>
class DeviceInputs {
 public:
  DeviceInputs(Gpu& gpu, const WkvInputs& inputs)
      : boundaries_(gpu.upload(inputs.sequences.boundaries)),
        slots_(gpu.upload(inputs.state_slots)),
        inputs_(inputs) {
    inputs_.sequences.boundaries = {boundaries_.data(), inputs.sequences.boundaries.size()};
    inputs_.state_slots = {slots_.data(), inputs.state_slots.size()};
  }

  const WkvInputs& operator*() const { return inputs_; }

 private:
  decltype(std::declval<Gpu&>().upload(std::span<const int64_t>())) boundaries_;
  decltype(std::declval<Gpu&>().upload(std::span<const int32_t>())) slots_;
  WkvInputs inputs_;
};

/// Calls body.operator()<kN>() with the head size that the kernels for N are compiled for.
template <class Body>
void with_head_size(const char* kernel, int64_t N, const Body& body) {
  RADLADS_CHECK(N <= kLargestHead, "[{}] heads of {} are larger than {}", kernel, N, kLargestHead);
  if (N <= 32) return body.template operator()<32>();
  if (N <= 64) return body.template operator()<64>();
  if (N <= 128) return body.template operator()<128>();
  return body.template operator()<kLargestHead>();
}

/// True where every sequence is one token.
inline bool is_decode(const WkvInputs& inputs) {
  const auto& boundaries = inputs.sequences.boundaries;
  return boundaries.empty() ? inputs.T == 1
                            : std::adjacent_find(boundaries.begin(), boundaries.end(), [](auto a, auto b) {
                                return b - a != 1;
                              }) == boundaries.end();
}

/// `kernel` is the name in messages, `checkpoint_floats` the size of the caller's checkpoints.
template <bool kDelta, class Gpu>
void wkv_forward(const char* kernel, Gpu& gpu, const WkvInputs& inputs, const WkvOutputs& outputs,
                 int64_t checkpoint_floats) {
  check_forward(kernel, inputs, outputs);
  const Checkpoints<float> checkpoints(inputs, outputs.checkpoints);
  RADLADS_CHECK(is_aligned(outputs.checkpoints), "[{}] checkpoints are not 16-byte aligned", kernel);
  RADLADS_CHECK(outputs.checkpoints == nullptr || checkpoints.num_floats(inputs) <= checkpoint_floats,
                "[{}] {} floats are too few for the checkpoints", kernel, checkpoint_floats);
  const DeviceInputs<Gpu> x(gpu, inputs);
  const bool decode =
      outputs.checkpoints == nullptr && is_decode(inputs) && is_aligned(inputs.s0) && is_aligned(outputs.sT);
  with_head_size(kernel, inputs.N, [&]<int kN>() {
    if (decode) {
      gpu.template launch<WkvDecode<kDelta, kN>>({*x, outputs});
    } else {
      gpu.template launch<WkvForward<kDelta, kN>>({*x, outputs, checkpoints});
    }
  });
}

/// A gradient that every head writes for itself: where heads share its input, into memory of its own, from
/// which finish() sums it.
template <class Gpu>
class HeadGradient {
 public:
  HeadGradient(Gpu& gpu, const WkvInputs& x, const HeadsOut& gradient)
      : is_shared_(gradient.heads != 0 && gradient.heads != x.H),
        gradient_(gradient),
        parts_(gpu.template array<float>(is_shared_ ? x.B * x.T * x.H * x.N : 0)),
        args_{x.B, x.T, x.H, x.N, parts_.data(), gradient} {}

  HeadsOut of_heads() const {
    return is_shared_ ? HeadsOut::contiguous(parts_.data(), args_.T, args_.H, args_.N) : gradient_;
  }

  void finish(Gpu& gpu) const {
    if (is_shared_) gpu.template launch<SumHeads>(args_);
  }

 private:
  bool is_shared_;
  HeadsOut gradient_;
  decltype(std::declval<Gpu&>().template array<float>(0)) parts_;
  SumHeadsArgs args_;
};

template <bool kDelta, class Gpu>
void wkv_backward(const char* kernel, Gpu& gpu, const WkvInputs& inputs, const float* checkpoint_memory,
                  const WkvGradients& gradients) {
  check_backward(kernel, inputs, gradients);
  const Checkpoints<const float> checkpoints(inputs, checkpoint_memory);
  const DeviceInputs<Gpu> x(gpu, inputs);
  const auto d_states = gpu.template array<float>(num_chunk_slots(inputs) * inputs.H * inputs.N * inputs.N);
  const auto dsa_memory = gpu.template array<float>(kDelta ? inputs.B * inputs.T * inputs.H * inputs.N : 0);
  const HeadsOut dsa = HeadsOut::contiguous(dsa_memory.data(), inputs.T, inputs.H, inputs.N);
  const HeadGradient dv(gpu, inputs, gradients.dv), dk(gpu, inputs, gradients.dk),
      dkk(gpu, inputs, gradients.dkk);
  with_head_size(kernel, inputs.N, [&]<int kN>() {
    gpu.template launch<WkvValueGradients<kDelta, kN>>(
        {*x, gradients.d_o, gradients.d_sT, dv.of_heads(), gradients.ds0, dsa, d_states.data()});
    gpu.template launch<WkvKeyGradients<kDelta, std::min(kN, 64)>>(
        {*x, gradients.d_o, checkpoints, d_states.data(),
         HeadsIn::contiguous(dsa.data, inputs.T, inputs.H, inputs.N), gradients.dr, gradients.dlw,
         dk.of_heads(), dkk.of_heads(), gradients.da, inputs.num_sequences()});
  });
  dv.finish(gpu);
  dk.finish(gpu);
  dkk.finish(gpu);
}

}  // namespace radlads::kernels::cuda
