#include "bench/wkv_cuda_problem.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/half.h"
#include "kernels/cuda/runtime.h"
#include "kernels/wkv6.h"
#include "kernels/wkv7.h"

namespace radlads::bench {
namespace {

using kernels::HeadsIn;
using kernels::HeadsOut;
using kernels::cuda::check_cuda;

constexpr int64_t kDrawnTokens = 512;  // repeated: drawing all of a long batch takes minutes

/// Fills `num_bytes` of device memory with repetitions of the source.
void repeat(void* target, size_t num_bytes, const void* source, size_t source_bytes) {
  for (size_t at = 0; at < num_bytes; at += source_bytes) {
    check_cuda(cudaMemcpy(static_cast<char*>(target) + at, source, std::min(source_bytes, num_bytes - at),
                          cudaMemcpyHostToDevice),
               "cudaMemcpy");
  }
}

Problem draw(Mixer mixer, const Shape& shape) {
  // A T of 1 is a decoding problem, with states; then the batch is small enough to draw it all.
  if (shape.T == 1) return make_problem(mixer, shape, Inputs::kGolden);
  return make_problem(mixer, {1, std::min(shape.T, kDrawnTokens), shape.H, shape.N}, Inputs::kGolden);
}

}  // namespace

DeviceMemory::DeviceMemory(size_t num_bytes) { check_cuda(cudaMalloc(&data_, num_bytes), "cudaMalloc"); }

DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}

DeviceMemory& DeviceMemory::operator=(DeviceMemory&& other) noexcept {
  std::swap(data_, other.data_);
  return *this;
}

CudaProblem::CudaProblem(Mixer mixer, const Shape& shape, Pass pass)
    : mixer_(mixer), shape_(shape), pass_(pass) {
  const Problem drawn = draw(mixer, shape);
  const bool delta = mixer == Mixer::kWkv7;
  r_ = upload(drawn.r), lw_ = upload(drawn.lw), k_ = upload(drawn.k), v_ = upload(drawn.v);
  if (delta) kk_ = upload(drawn.kk), a_ = upload(drawn.a);
  o_ = tensor();
  if (pass == Pass::kDecode) states_ = upload_states(drawn.s0);
  if (pass != Pass::kForwardBackward) return;
  d_o_ = upload(drawn.d_o);
  for (DeviceMemory* gradient : {&dr_, &dlw_, &dk_, &dv_}) *gradient = tensor();
  if (delta) dkk_ = tensor(), da_ = tensor();
}

void CudaProblem::run(kernels::Context& context) {
  if (mixer_ == Mixer::kWkv6) {
    run6(context);
  } else {
    run7(context);
  }
}

void CudaProblem::run6(kernels::Context& context) {
  const kernels::Wkv6Inputs x{.B = shape_.B,
                              .T = shape_.T,
                              .H = shape_.H,
                              .N = shape_.N,
                              .q = in(r_),
                              .k = in(k_),
                              .v = in(v_),
                              .lw = in(lw_),
                              .s0 = states_.floats()};
  const bool trains = pass_ == Pass::kForwardBackward;
  if (trains && checkpoints_.data() == nullptr) {
    checkpoints_ = DeviceMemory(static_cast<size_t>(wkv6_checkpoint_floats(x)) * sizeof(float));
  }
  wkv6_forward(context, x, {.o = out(o_), .sT = states_.floats(), .checkpoints = checkpoints_.floats()});
  if (!trains) return;
  wkv6_backward(context, x, checkpoints_.floats(),
                {.d_o = in(d_o_), .dq = out(dr_), .dk = out(dk_), .dv = out(dv_), .dlw = out(dlw_)});
}

void CudaProblem::run7(kernels::Context& context) {
  const kernels::Wkv7Inputs x{.B = shape_.B,
                              .T = shape_.T,
                              .H = shape_.H,
                              .N = shape_.N,
                              .r = in(r_),
                              .lw = in(lw_),
                              .k = in(k_),
                              .v = in(v_),
                              .kk = in(kk_),
                              .a = in(a_),
                              .s0 = states_.floats()};
  const bool trains = pass_ == Pass::kForwardBackward;
  if (trains && checkpoints_.data() == nullptr) {
    checkpoints_ = DeviceMemory(static_cast<size_t>(wkv7_checkpoint_floats(x)) * sizeof(float));
  }
  wkv7_forward(context, x, {.o = out(o_), .sT = states_.floats(), .checkpoints = checkpoints_.floats()});
  if (!trains) return;
  wkv7_backward(context, x, checkpoints_.floats(),
                {.d_o = in(d_o_),
                 .dr = out(dr_),
                 .dlw = out(dlw_),
                 .dk = out(dk_),
                 .dv = out(dv_),
                 .dkk = out(dkk_),
                 .da = out(da_)});
}

DeviceMemory CudaProblem::tensor() const {
  return DeviceMemory(static_cast<size_t>(shape_.tensor_floats()) * sizeof(uint16_t));
}

DeviceMemory CudaProblem::upload(const Buffer& drawn) const {
  const auto values = drawn.as<float>();
  std::vector<uint16_t> bits(values.size());
  std::ranges::transform(values, bits.begin(), bf16_from_float);
  DeviceMemory memory = tensor();
  repeat(memory.data(), static_cast<size_t>(shape_.tensor_floats()) * sizeof(uint16_t), bits.data(),
         bits.size() * sizeof(uint16_t));
  return memory;
}

DeviceMemory CudaProblem::upload_states(const Buffer& drawn) const {
  DeviceMemory memory(drawn.num_bytes());
  repeat(memory.data(), drawn.num_bytes(), drawn.data(), drawn.num_bytes());
  return memory;
}

HeadsIn CudaProblem::in(const DeviceMemory& tensor) const {
  return HeadsIn::contiguous(tensor.data(), shape_.T, shape_.H, shape_.N, DType::kBF16);
}

HeadsOut CudaProblem::out(const DeviceMemory& tensor) const {
  return HeadsOut::contiguous(tensor.data(), shape_.T, shape_.H, shape_.N, DType::kBF16);
}

}  // namespace radlads::bench
