#include "train/pass.h"

#include "kernels/rope.h"
#include "model/config.h"

namespace radlads::train {

Pass::Pass(const ModelConfig& model, const Batch& batch, kernels::Context& kernel_context,
           at::ScalarType products)
    : config(model),
      context(kernel_context),
      compute(products),
      M(batch.num_tokens()),
      tokens(at::tensor(batch.tokens, at::kLong)),
      targets(at::tensor(batch.targets, at::kLong)),
      boundaries(batch.boundaries),
      cos(at::empty({M, model.N / 2})),
      sin(at::empty({M, model.N / 2})) {
  kernels::rope_table(context, rope_frequencies(config), batch.positions, cos.data_ptr<float>(),
                      sin.data_ptr<float>());
}

Pass::Pass(const ModelConfig& model, const Pass& pass)
    : config(model),
      context(pass.context),
      compute(pass.compute),
      M(pass.M),
      tokens(pass.tokens),
      targets(pass.targets),
      boundaries(pass.boundaries),
      cos(pass.cos),
      sin(pass.sin) {}

}  // namespace radlads::train
