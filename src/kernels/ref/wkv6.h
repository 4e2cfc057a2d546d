// The definition of wkv6 (kernels/wkv6.h): its equations as written, token by token, in double precision.
#pragma once

#include <vector>

#include "kernels/wkv6.h"

namespace radlads::kernels::ref {

struct Wkv6Result {
  std::vector<double> o;   // [B,T,H,N]
  std::vector<double> sT;  // [slots,H,N,N]; slots of no sequence are 0
};

/// All contiguous, of the shapes of what they belong to; those of a grouped input are sums over the group.
struct Wkv6ResultGradients {
  std::vector<double> dq, dk, dv, dlw;
  std::vector<double> ds0;  // [slots,H,N,N]
};

Wkv6Result wkv6_forward(const Wkv6Inputs& inputs);

/// The adjoint of every step, from the last to the first, with all states kept. d_sT [slots,H,N,N] or null:
/// zero.
Wkv6ResultGradients wkv6_backward(const Wkv6Inputs& inputs, const HeadsIn& d_o, const float* d_sT);

}  // namespace radlads::kernels::ref
