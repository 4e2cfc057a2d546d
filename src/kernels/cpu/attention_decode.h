// Attention of the sequences that have one query (decoding): bound by reading the keys and values once.
#pragma once

#include "kernels/attention.h"

namespace radlads::kernels::cpu {

/// Sequences with any other number of queries are skipped.
void attention_decode(Context& context, const AttentionInputs& inputs, const AttentionOutputs& outputs);

}  // namespace radlads::kernels::cpu
