// The definition of wkv7 (kernels/wkv7.h): its equations as written, token by token, in double precision.
#pragma once

#include <vector>

#include "kernels/wkv7.h"

namespace radlads::kernels::ref {

struct Wkv7Result {
  std::vector<double> o;   // [B,T,H,N]
  std::vector<double> sT;  // [slots,H,N,N]; slots of no sequence are 0
};

/// All contiguous, of the shapes of what they belong to; those of a grouped input are sums over the group.
struct Wkv7ResultGradients {
  std::vector<double> dr, dlw, dk, dv, dkk, da;
  std::vector<double> ds0;  // [slots,H,N,N]
};

Wkv7Result wkv7_forward(const Wkv7Inputs& inputs);

/// The adjoint of every step, from the last to the first, with all states kept. d_sT [slots,H,N,N] or null:
/// zero.
Wkv7ResultGradients wkv7_backward(const Wkv7Inputs& inputs, const HeadsIn& d_o, const float* d_sT);

}  // namespace radlads::kernels::ref
