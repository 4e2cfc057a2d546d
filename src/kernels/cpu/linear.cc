#include "core/machine.h"
#include "kernels/backends.h"
#include "kernels/cpu/linear_rows.h"

namespace radlads::kernels::cpu {
namespace {

/// The number of rows up to which our own kernel is faster, measured with AVX-512: the other must first
/// convert W, unless it is stored in the product's type.
int64_t max_few_rows(const Linear& args, NativeBf16 native) {
  if (args.compute == Compute::kBFloat16 && native == NativeBf16::kYes)
    return args.dtype == DType::kBF16 ? 8 : 12;
  return args.compute == Compute::kFloat32 && args.dtype == DType::kF32 ? 12 : 32;
}

}  // namespace

void linear(Context& context, const Linear& args) {
  if (args.M == 0 || args.out == 0) return;
  const NativeBf16 native = cpu_accelerates_bf16() ? NativeBf16::kYes : NativeBf16::kNo;
  if (args.M <= max_few_rows(args, native) || args.in == 0) return linear_few_rows(context, args);
  linear_many_rows(context, args, native);
}

}  // namespace radlads::kernels::cpu
