#include "bench/wkv_kernels.h"

#include <algorithm>

#include "kernels/wkv6.h"
#include "kernels/wkv7.h"

namespace radlads::bench {
namespace {

using kernels::HeadsIn;
using kernels::HeadsOut;

/// What both mixers' contestants have.
class KernelsContestant : public Contestant {
 public:
  KernelsContestant(const Problem& problem, int threads)
      : problem_(problem), context_{.num_threads = threads}, y_(problem) {}

  std::vector<Result> results(Pass pass) override { return y_.results(pass); }

 protected:
  HeadsIn in(const Buffer& tensor) const {
    const Shape& s = problem_.shape;
    return HeadsIn::contiguous(tensor.data(), s.T, s.H, s.N);
  }

  HeadsOut out(Buffer& tensor) const {
    const Shape& s = problem_.shape;
    return HeadsOut::contiguous(tensor.data(), s.T, s.H, s.N);
  }

  const float* s0() const { return problem_.s0.as<float>().data(); }

  float* own_states() {
    if (states_.num_bytes() == 0) {
      states_ = Buffer(problem_.s0.num_bytes());
      std::ranges::copy(problem_.s0.as<float>(), states_.as<float>().data());
    }
    return states_.as<float>().data();
  }

  float* checkpoints(int64_t floats) {
    if (checkpoints_.num_bytes() == 0) checkpoints_ = Buffer::of<float>(static_cast<size_t>(floats));
    return checkpoints_.as<float>().data();
  }

  const Problem& problem_;
  kernels::Context context_;
  Outputs y_;

 private:
  Buffer states_, checkpoints_;
};

class Kernels6 : public KernelsContestant {
 public:
  using KernelsContestant::KernelsContestant;

  void run(Pass pass) override {
    const Problem& p = problem_;
    kernels::Wkv6Inputs x{.B = p.shape.B,
                          .T = p.shape.T,
                          .H = p.shape.H,
                          .N = p.shape.N,
                          .q = in(p.r),
                          .k = in(p.k),
                          .v = in(p.v),
                          .lw = in(p.lw),
                          .s0 = s0()};
    kernels::Wkv6Outputs outputs{.o = out(y_.o)};
    if (pass == Pass::kDecode) x.s0 = outputs.sT = own_states();
    if (pass == Pass::kForwardBackward) outputs.checkpoints = checkpoints(wkv6_checkpoint_floats(x));
    wkv6_forward(context_, x, outputs);
    if (pass != Pass::kForwardBackward) return;
    wkv6_backward(
        context_, x, outputs.checkpoints,
        {.d_o = in(p.d_o), .dq = out(y_.dr), .dk = out(y_.dk), .dv = out(y_.dv), .dlw = out(y_.dlw)});
  }
};

class Kernels7 : public KernelsContestant {
 public:
  using KernelsContestant::KernelsContestant;

  void run(Pass pass) override {
    const Problem& p = problem_;
    kernels::Wkv7Inputs x{.B = p.shape.B,
                          .T = p.shape.T,
                          .H = p.shape.H,
                          .N = p.shape.N,
                          .r = in(p.r),
                          .lw = in(p.lw),
                          .k = in(p.k),
                          .v = in(p.v),
                          .kk = in(p.kk),
                          .a = in(p.a),
                          .s0 = s0()};
    kernels::Wkv7Outputs outputs{.o = out(y_.o)};
    if (pass == Pass::kDecode) x.s0 = outputs.sT = own_states();
    if (pass == Pass::kForwardBackward) outputs.checkpoints = checkpoints(wkv7_checkpoint_floats(x));
    wkv7_forward(context_, x, outputs);
    if (pass != Pass::kForwardBackward) return;
    wkv7_backward(context_, x, outputs.checkpoints,
                  {.d_o = in(p.d_o),
                   .dr = out(y_.dr),
                   .dlw = out(y_.dlw),
                   .dk = out(y_.dk),
                   .dv = out(y_.dv),
                   .dkk = out(y_.dkk),
                   .da = out(y_.da)});
  }
};

}  // namespace

std::unique_ptr<Contestant> kernels_contestant(const Problem& problem, int threads) {
  if (problem.mixer == Mixer::kWkv6) return std::make_unique<Kernels6>(problem, threads);
  return std::make_unique<Kernels7>(problem, threads);
}

}  // namespace radlads::bench
