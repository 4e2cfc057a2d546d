// The two implementations of a linear layer. Both handle bias and accumulation; M, in and out are above 0.
#pragma once

#include "kernels/linear.h"

namespace radlads::kernels::cpu {

/// Dot products of every row of W with every row of x: bound by reading W once.
void linear_few_rows(Context& context, const Linear& args);

enum class NativeBf16 : bool { kNo, kYes };

/// Matrix products by oneDNN. W is converted to the product's type in blocks of a few MiB. Compute::kBFloat16
/// runs on bfloat16 instructions if `native`, else as float32 products of rounded values.
void linear_many_rows(Context& context, const Linear& args, NativeBf16 native);

}  // namespace radlads::kernels::cpu
