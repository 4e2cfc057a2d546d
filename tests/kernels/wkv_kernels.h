// wkv6 and wkv7 under one interface for the tests that both must pass.
#pragma once

#include "kernels/ref/wkv6.h"
#include "kernels/ref/wkv7.h"
#include "kernels/reference.h"
#include "kernels/wkv_case.h"

namespace radlads::kernels {

struct Wkv6Kernel {
  static constexpr double kLowestLw = -5;
  using Inputs = Wkv6Inputs;
  using Outputs = Wkv6Outputs;
  using Gradients = Wkv6Gradients;

  static std::vector<std::string> input_names() { return {"r", "lw", "k", "v"}; }

  static Inputs inputs(const WkvCase& c) {
    return {.B = c.shape.B,
            .T = c.shape.T,
            .H = c.shape.H,
            .N = c.shape.N,
            .q = c.in("r"),
            .k = c.in("k"),
            .v = c.in("v"),
            .lw = c.in("lw"),
            .balance = c.shape.balance,
            .sequences = {c.shape.boundaries},
            .s0 = c.initial_state(),
            .state_slots = c.shape.slots};
  }

  static Gradients gradients(const WkvCase& c, std::map<std::string, HeadsBuffer>& out, float* ds0) {
    return {.d_o = c.in("d_o"),
            .d_sT = c.final_gradient(),
            .dq = out.at("dr").out(),
            .dk = out.at("dk").out(),
            .dv = out.at("dv").out(),
            .dlw = out.at("dlw").out(),
            .ds0 = ds0};
  }

  static int64_t checkpoint_floats(const Inputs& x) { return wkv6_checkpoint_floats(x); }
  static void forward(Context& context, const Inputs& x, const Outputs& y) { wkv6_forward(context, x, y); }
  static void backward(Context& context, const Inputs& x, const float* checkpoints, const Gradients& g) {
    wkv6_backward(context, x, checkpoints, g);
  }

  static auto reference_forward(const Inputs& x) { return ref::wkv6_forward(x); }
  static WkvResults reference(const WkvCase& c) {
    const auto y = ref::wkv6_forward(inputs(c));
    const auto g = ref::wkv6_backward(inputs(c), c.in("d_o"), c.final_gradient());
    return {{"o", floats(y.o)},   {"sT", floats(y.sT)},   {"dr", floats(g.dq)},  {"dk", floats(g.dk)},
            {"dv", floats(g.dv)}, {"dlw", floats(g.dlw)}, {"ds0", floats(g.ds0)}};
  }
};

struct Wkv7Kernel {
  static constexpr double kLowestLw = -0.6065306597126334;  // -e^-0.5
  using Inputs = Wkv7Inputs;
  using Outputs = Wkv7Outputs;
  using Gradients = Wkv7Gradients;

  static std::vector<std::string> input_names() { return {"r", "lw", "k", "v", "kk", "a"}; }

  static Inputs inputs(const WkvCase& c) {
    return {.B = c.shape.B,
            .T = c.shape.T,
            .H = c.shape.H,
            .N = c.shape.N,
            .r = c.in("r"),
            .lw = c.in("lw"),
            .k = c.in("k"),
            .v = c.in("v"),
            .kk = c.in("kk"),
            .a = c.in("a"),
            .balance = c.shape.balance,
            .sequences = {c.shape.boundaries},
            .s0 = c.initial_state(),
            .state_slots = c.shape.slots};
  }

  static Gradients gradients(const WkvCase& c, std::map<std::string, HeadsBuffer>& out, float* ds0) {
    return {.d_o = c.in("d_o"),
            .d_sT = c.final_gradient(),
            .dr = out.at("dr").out(),
            .dlw = out.at("dlw").out(),
            .dk = out.at("dk").out(),
            .dv = out.at("dv").out(),
            .dkk = out.at("dkk").out(),
            .da = out.at("da").out(),
            .ds0 = ds0};
  }

  static int64_t checkpoint_floats(const Inputs& x) { return wkv7_checkpoint_floats(x); }
  static void forward(Context& context, const Inputs& x, const Outputs& y) { wkv7_forward(context, x, y); }
  static void backward(Context& context, const Inputs& x, const float* checkpoints, const Gradients& g) {
    wkv7_backward(context, x, checkpoints, g);
  }

  static auto reference_forward(const Inputs& x) { return ref::wkv7_forward(x); }
  static WkvResults reference(const WkvCase& c) {
    const auto y = ref::wkv7_forward(inputs(c));
    const auto g = ref::wkv7_backward(inputs(c), c.in("d_o"), c.final_gradient());
    return {{"o", floats(y.o)},     {"sT", floats(y.sT)}, {"dr", floats(g.dr)},
            {"dk", floats(g.dk)},   {"dv", floats(g.dv)}, {"dlw", floats(g.dlw)},
            {"dkk", floats(g.dkk)}, {"da", floats(g.da)}, {"ds0", floats(g.ds0)}};
  }
};

/// Both passes of the kernel that is dispatched to.
template <class Kernel>
WkvResults run_kernel(const WkvCase& c, int num_threads = 2) {
  Context context{.num_threads = num_threads};
  const auto inputs = Kernel::inputs(c);
  Output checkpoints(Kernel::checkpoint_floats(inputs)), sT(c.shape.state_floats()),
      ds0(c.shape.state_floats());
  HeadsBuffer o(c.shape, c.shape.H);
  std::map<std::string, HeadsBuffer> gradients;
  for (const std::string& name : Kernel::input_names())
    gradients.emplace("d" + name, HeadsBuffer(c.shape, c.in(name).heads));
  Kernel::forward(context, inputs, {o.out(), sT.data(), checkpoints.data()});
  Kernel::backward(context, inputs, checkpoints.data(), Kernel::gradients(c, gradients, ds0.data()));
  checkpoints.values();
  WkvResults results = {{"o", o.values()}, {"sT", sT.values()}, {"ds0", ds0.values()}};
  for (auto& [name, buffer] : gradients) results[name] = buffer.values();
  return results;
}

}  // namespace radlads::kernels
