#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gating.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "core/parallel.h"
#include "kernels/backends.h"
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/threading.h"

HWY_BEFORE_NAMESPACE();
namespace radlads::kernels::cpu::HWY_NAMESPACE {

void activate_range(const Activate& args, int64_t begin, int64_t end) {
  for_each_vector(begin, end, [&](auto load, auto store) HWY_ATTR {
    const VF x = load(args.x);
    switch (args.activation) {
      case Activation::kIdentity:
        return store(x, args.y);
      case Activation::kSigmoid:
        return store(sigmoid(x), args.y);
      case Activation::kTanh:
        return store(hn::Tanh(Floats(), x), args.y);
      case Activation::kSquaredRelu: {
        const VF positive = hn::Max(x, hn::Zero(Floats()));
        return store(hn::Mul(positive, positive), args.y);
      }
    }
  });
}

void swiglu_range(const SwiGlu& args, int64_t begin, int64_t end) {
  for_each_vector(begin, end, [&](auto load, auto store) HWY_ATTR {
    const VF gate = load(args.gate);
    store(hn::Mul(hn::Mul(gate, sigmoid(gate)), load(args.up)), args.y);
  });
}

void swiglu_backward_range(const SwiGluBackward& args, int64_t begin, int64_t end) {
  const VF one = hn::Set(Floats(), 1.0f);
  for_each_vector(begin, end, [&](auto load, auto store) HWY_ATTR {
    const VF gate = load(args.gate), up = load(args.up), d_y = load(args.d_y);
    const VF s = sigmoid(gate);
    const VF silu = hn::Mul(gate, s);
    // silu' = s + silu (1 - s)
    store(hn::Mul(hn::Mul(d_y, up), hn::MulAdd(silu, hn::Sub(one, s), s)), args.d_gate);
    store(hn::Mul(d_y, silu), args.d_up);
    if (args.y != nullptr) store(hn::Mul(silu, up), args.y);
  });
}

void output_gate_range(const OutputGate& args, int64_t begin, int64_t end) {
  const VF scale = hn::Set(Floats(), args.scale);
  for_each_vector(begin, end, [&](auto load, auto store) HWY_ATTR {
    VF y = hn::Mul(load(args.x), scale);
    if (args.gate != nullptr) {
      const VF gate = load(args.gate);
      y = hn::Mul(y, args.activation == Activation::kSigmoid ? sigmoid(gate) : gate);
    }
    store(y, args.y);
  });
}

void output_gate_backward_range(const OutputGateBackward& args, int64_t begin, int64_t end) {
  const VF scale = hn::Set(Floats(), args.scale), one = hn::Set(Floats(), 1.0f);
  for_each_vector(begin, end, [&](auto load, auto store) HWY_ATTR {
    const VF d_y = hn::Mul(load(args.d_y), scale);
    if (args.gate == nullptr) return store(d_y, args.dx);
    const VF gate = load(args.gate);
    const bool is_sigmoid = args.activation == Activation::kSigmoid;
    const VF g = is_sigmoid ? sigmoid(gate) : gate;
    const VF d_g = hn::Mul(d_y, load(args.x));
    store(is_sigmoid ? hn::Mul(hn::Mul(d_g, g), hn::Sub(one, g)) : d_g, args.d_gate);
    store(hn::Mul(d_y, g), args.dx);
  });
}

}  // namespace radlads::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radlads::kernels::cpu {

HWY_EXPORT(activate_range);
HWY_EXPORT(swiglu_range);
HWY_EXPORT(swiglu_backward_range);
HWY_EXPORT(output_gate_range);
HWY_EXPORT(output_gate_backward_range);

void activate(Context& context, const Activate& args) {
  parallel_ranges(args.size, threads_for(context, args.size), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(activate_range)(args, begin, end);
  });
}

void swiglu(Context& context, const SwiGlu& args) {
  parallel_ranges(args.size, threads_for(context, args.size), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(swiglu_range)(args, begin, end);
  });
}

void swiglu_backward(Context& context, const SwiGluBackward& args) {
  parallel_ranges(args.size, threads_for(context, args.size), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(swiglu_backward_range)(args, begin, end);
  });
}

void output_gate(Context& context, const OutputGate& args) {
  parallel_ranges(args.size, threads_for(context, args.size), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(output_gate_range)(args, begin, end);
  });
}

void output_gate_backward(Context& context, const OutputGateBackward& args) {
  parallel_ranges(args.size, threads_for(context, args.size), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(output_gate_backward_range)(args, begin, end);
  });
}

}  // namespace radlads::kernels::cpu
#endif  // HWY_ONCE
