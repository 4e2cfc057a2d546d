// With c_t the sum of a chunk's log decays up to token t, S the state before the chunk, and every token's
// decay counted in or out (r~ = r e^c, k~ = k e^-c, kk~ = kk e^{c - lw}, b~ = kk a e^-c; key-major as in
// kernels/wkv.h):
//
//   wkv6   O = r~ S + A V                S' = e^{c_last} (S + k~^T V)             A = tril(r~ k~^T)
//   wkv7   O = r~ S + A V - A_rb SA      S' = e^{c_last} (S + k~^T V - b~^T SA)   A_rb = tril(r~ b~^T)
//
// where SA solves a triangular system (the WY form): (1 + A_kb) SA = kk~ S + A_kk V, with the strictly lower
// A_kb of kk~ b~^T and A_kk of kk~ k~^T. What does not need S is one batch of products over all chunks and
// heads.
#include "bench/wkv_torch.h"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/headeronly/version.h>

/// Read by jemalloc: freed memory is kept, so that no run pays for clearing it again.
extern "C" const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:-1,muzzy_decay_ms:-1";

namespace radlads::bench {
namespace {

using at::Tensor;

Tensor view_of(const Buffer& buffer, at::IntArrayRef shape) {
  return at::from_blob(const_cast<std::byte*>(buffer.data()), shape, at::kFloat);
}

class TorchContestant : public Contestant {
 public:
  TorchContestant(const Problem& problem, int64_t chunk, int threads)
      : p_(problem), chunk_(chunk), num_chunks_(problem.shape.T / chunk) {
    at::set_num_threads(threads);
    const auto& s = problem.shape;
    for (const Buffer* x : {&p_.r, &p_.lw, &p_.k, &p_.v, &p_.kk, &p_.a}) {
      if (x->num_bytes() > 0) inputs_.push_back(view_of(*x, {s.B, s.T, s.H, s.N}));
    }
    d_o_ = view_of(p_.d_o, {s.B, s.T, s.H, s.N});
    s0_ = at::zeros({s.B * s.H, s.N, s.N});
    if (p_.s0.num_bytes() > 0) s0_ = view_of(p_.s0, {s.B * s.H, s.N, s.N});
    if (p_.mixer == Mixer::kWkv7) s0_ = s0_.transpose(1, 2).contiguous();
  }

  void run(Pass pass) override {
    RADLADS_CHECK(pass != Pass::kDecode, "the chunked form is not for single tokens");
    outputs_.clear();
    if (pass == Pass::kForward) {
      const at::NoGradGuard no_grad;
      outputs_ = {compute(inputs_)};
      return;
    }
    const at::AutoGradMode record(true);
    std::vector<Tensor> leaves;
    for (const Tensor& x : inputs_) leaves.push_back(x.detach().requires_grad_());
    outputs_ = {compute(leaves)};
    for (Tensor& gradient : torch::autograd::grad({outputs_[0]}, leaves, {d_o_})) {
      outputs_.push_back(std::move(gradient));
    }
  }

  std::vector<Result> results(Pass) override {
    std::vector<Result> results;
    for (Tensor& x : outputs_) {
      x = x.detach().contiguous();
      results.emplace_back(x.const_data_ptr<float>(), static_cast<size_t>(x.numel()));
    }
    return results;
  }

 private:
  /// x holds r, lw, k, v (, kk, a), as [B,T,H,N]; returns o.
  Tensor compute(const std::vector<Tensor>& x) const {
    std::vector<Tensor> chunks;
    for (const Tensor& input : x) chunks.push_back(to_chunks(input));
    const Tensor o = p_.mixer == Mixer::kWkv6
                         ? wkv6(chunks[0], chunks[1], chunks[2], chunks[3])
                         : wkv7(chunks[0], chunks[1], chunks[2], chunks[3], chunks[4], chunks[5]);
    const auto& s = p_.shape;
    return o.view({num_chunks_, s.B, s.H, chunk_, s.N})
        .permute({1, 0, 3, 2, 4})
        .reshape({s.B, s.T, s.H, s.N});
  }

  /// [B,T,H,N] -> [num_chunks B H, chunk, N]: a chunk of all heads is contiguous.
  Tensor to_chunks(const Tensor& x) const {
    const auto& s = p_.shape;
    return x.view({s.B, num_chunks_, chunk_, s.H, s.N}).permute({1, 0, 3, 2, 4}).reshape({-1, chunk_, s.N});
  }

  /// [num_chunks B H, ...] -> num_chunks of [B H, ...].
  std::vector<Tensor> per_chunk(const Tensor& x) const {
    return x.unflatten(0, {num_chunks_, p_.shape.B * p_.shape.H}).unbind(0);
  }

  /// c_t, by a product with ones: a third of the time of at::cumsum, which is not vectorized along this axis.
  Tensor cumulative(const Tensor& lw) const {
    return at::bmm(at::ones({chunk_, chunk_}).tril().expand({lw.size(0), chunk_, chunk_}), lw);
  }

  /// Counted from the middle of the chunk, so that e^c and e^-c overflow as late as they can.
  Tensor wkv6(const Tensor& r, const Tensor& lw, const Tensor& k, const Tensor& v) const {
    const Tensor c = cumulative(lw);
    const Tensor middle = c.narrow(1, chunk_ / 2, 1), last = c.narrow(1, chunk_ - 1, 1);
    const Tensor rd = r * (c - middle).exp_(), kd = k * (middle - c).exp_();
    const Tensor A = at::bmm(rd, kd.mT()).tril();  // above the diagonal it may be infinite: not times 0
    const auto added = per_chunk(at::bmm((kd * (last - middle).exp_()).mT(), v));
    const auto decays = per_chunk(last.exp().mT());
    std::vector<Tensor> states = {s0_};
    for (size_t i = 0; i + 1 < added.size(); ++i) {
      states.push_back(at::addcmul(added[i], decays[i], states[i]));
    }
    const double scale = 1 / std::sqrt(static_cast<double>(p_.shape.N));
    return at::bmm(A, v).baddbmm_(rd * middle.exp(), at::cat(states), scale, scale);
  }

  Tensor wkv7(const Tensor& r, const Tensor& lw, const Tensor& k, const Tensor& v, const Tensor& kk,
              const Tensor& a) const {
    const Tensor lower = at::ones({chunk_, chunk_}).tril(), strictly_lower = lower.tril(-1);
    const Tensor c = cumulative(lw), grown = (-c).exp_();
    const Tensor rd = r * c.exp(), kkd = kk * (c - lw).exp_(), kd = k * grown, bd = kk * a * grown;
    const Tensor A_rk = at::bmm(rd, kd.mT()) * lower, A_rb = at::bmm(rd, bd.mT()) * lower;
    const Tensor A_kk = at::bmm(kkd, kd.mT()) * strictly_lower, A_kb = at::bmm(kkd, bd.mT()) * strictly_lower;
    // The inverse and two products: faster than solving for W = inverse kk~ and U = inverse A V.
    const Tensor inverse = at::linalg_solve_triangular(A_kb, at::eye(chunk_).expand_as(A_kb), /*upper=*/false,
                                                       /*left=*/true, /*unitriangular=*/true);
    const Tensor decay = c.narrow(1, chunk_ - 1, 1).exp();
    const auto W = per_chunk(at::bmm(inverse, kkd)), U = per_chunk(at::bmm(inverse, at::bmm(A_kk, v)));
    const auto added = per_chunk(at::bmm((kd * decay).mT(), v)), bn = per_chunk((bd * decay).mT());
    const auto decays = per_chunk(decay.mT());
    std::vector<Tensor> states = {s0_}, removed;
    for (size_t i = 0;; ++i) {
      const Tensor& S = states[i];
      removed.push_back(at::baddbmm(U[i], W[i], S));
      if (i + 1 == U.size()) break;
      states.push_back(at::addcmul(added[i], decays[i], S).baddbmm_(bn[i], removed[i], 1, -1));
    }
    return at::bmm(A_rk, v).baddbmm_(rd, at::cat(states)).baddbmm_(A_rb, at::cat(removed), 1, -1);
  }

  const Problem& p_;
  int64_t chunk_, num_chunks_;
  std::vector<Tensor> inputs_, outputs_;  // [B,T,H,N]
  Tensor d_o_, s0_;                       // [B,T,H,N]; [B H,N,N] key-major
};

}  // namespace

std::string torch_version() { return TORCH_VERSION; }

std::unique_ptr<Contestant> torch_contestant(const Problem& problem, int64_t chunk, int threads) {
  return std::make_unique<TorchContestant>(problem, chunk, threads);
}

}  // namespace radlads::bench
