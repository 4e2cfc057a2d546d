// The kernels of each backend, under the names of the public ones.
#pragma once

#include "kernels/attention.h"
#include "kernels/bonus.h"
#include "kernels/gating.h"
#include "kernels/linear.h"
#include "kernels/loss.h"
#include "kernels/norm.h"
#include "kernels/rad6.h"
#include "kernels/rad7.h"
#include "kernels/rope.h"
#include "kernels/token_shift.h"
#include "kernels/wkv6.h"
#include "kernels/wkv7.h"

#define RADLADS_KERNEL1(name, A) void name(Context& context, A a);
#define RADLADS_KERNEL2(name, A, B) void name(Context& context, A a, B b);
#define RADLADS_KERNEL3(name, A, B, C) void name(Context& context, A a, B b, C c);
#define RADLADS_KERNEL4(name, A, B, C, D) void name(Context& context, A a, B b, C c, D d);

namespace radlads::kernels::cpu {
#include "kernels/ops.inc"
#include "kernels/ops_wkv.inc"
}  // namespace radlads::kernels::cpu

namespace radlads::kernels::cuda {
#include "kernels/ops.inc"
#include "kernels/ops_wkv.inc"
}  // namespace radlads::kernels::cuda

#undef RADLADS_KERNEL1
#undef RADLADS_KERNEL2
#undef RADLADS_KERNEL3
#undef RADLADS_KERNEL4
