// Converts the arguments of wkv6 and wkv7 to their common form, and checks what both check.
#pragma once

#include "kernels/wkv6.h"
#include "kernels/wkv7.h"
#include "kernels/wkv_form.h"

namespace radlads::kernels {

WkvInputs wkv_form(const Wkv6Inputs& x);
WkvInputs wkv_form(const Wkv7Inputs& x);
WkvOutputs wkv_form(const Wkv6Outputs& x);
WkvOutputs wkv_form(const Wkv7Outputs& x);
WkvGradients wkv_form(const Wkv6Gradients& x);
WkvGradients wkv_form(const Wkv7Gradients& x);

/// InternalError, naming `kernel`, if shapes, heads, boundaries or slots do not fit.
void check_forward(const char* kernel, const WkvInputs& inputs, const WkvOutputs& outputs);
void check_backward(const char* kernel, const WkvInputs& inputs, const WkvGradients& gradients);

}  // namespace radlads::kernels
