// Both passes as sequences of kernels: the same code for the GPU and for the emulation, which differ only in
// the launcher. A launcher has
//
//   upload(target, source, num_bytes)            copies from the host, in the order of launches
//   launch<Kernel>(num_blocks, arguments)        runs Kernel::run for the blocks 0 .. num_blocks - 1
#pragma once

#include "kernels/cuda/chunk/gradients.h"
#include "kernels/cuda/chunk/group_sum.h"
#include "kernels/cuda/chunk/plan.h"
#include "kernels/cuda/chunk/prepare.h"
#include "kernels/cuda/chunk/scan.h"

namespace radlads::kernels::cuda::chunk {

/// What either pass needs; memory null: only measured.
template <int N, bool kDelta>
struct PassWorkspace {
  PassWorkspace(const WkvInputs& inputs, const ChunkPlan& plan, Pieces& pieces)
      : sequences(pieces.take<ChunkSequence>(static_cast<int64_t>(plan.sequences.size()))),
        records(pieces.take<ChunkRecord<N, kDelta>>(plan.num_chunks * inputs.H)) {}

  ChunkSequence* sequences;
  ChunkRecord<N, kDelta>* records;  // [chunks,H]
};

template <int N, bool kDelta>
struct BackwardWorkspace : PassWorkspace<N, kDelta> {
  BackwardWorkspace(const WkvInputs& x, const ChunkPlan& plan, Pieces& pieces)
      : PassWorkspace<N, kDelta>(x, plan, pieces),
        state_gradients(pieces.take<float>(plan.num_groups * x.H * N * N)),
        dsa(kDelta ? pieces.take<uint16_t>(x.B * x.T * x.H * N) : nullptr),
        dk(per_head(x, x.k, pieces)),
        dv(per_head(x, x.v, pieces)),
        dkk(kDelta ? per_head(x, x.kk, pieces) : nullptr) {}

  float* state_gradients;  // dS after each group, [groups,H,N value,N key]
  uint16_t* dsa;           // [B,T,H,N] bf16
  float *dk, *dv, *dkk;    // [B,T,H,N] of grouped inputs, else null

 private:
  static float* per_head(const WkvInputs& x, const HeadsIn& input, Pieces& pieces) {
    return input.heads == x.H ? nullptr : pieces.take<float>(x.B * x.T * x.H * N);
  }
};

inline size_t forward_workspace_bytes(const WkvInputs& inputs) {
  return with_kernel(inputs, [&]<int N, bool kDelta>() {
    Pieces pieces(nullptr);
    PassWorkspace<N, kDelta>(inputs, make_plan(inputs), pieces);
    return pieces.num_bytes();
  });
}

inline size_t backward_workspace_bytes(const WkvInputs& inputs) {
  return with_kernel(inputs, [&]<int N, bool kDelta>() {
    Pieces pieces(nullptr);
    BackwardWorkspace<N, kDelta>(inputs, make_plan(inputs), pieces);
    return pieces.num_bytes();
  });
}

/// Uploads the sequences and prepares the operands of the scan.
template <int N, bool kDelta, bool kBackward, class Launcher>
ChunkSequences prepare_chunks(const Launcher& launcher, const WkvInputs& inputs, const ChunkPlan& plan,
                              const PassWorkspace<N, kDelta>& workspace) {
  launcher.upload(workspace.sequences, plan.sequences.data(), plan.sequences.size() * sizeof(ChunkSequence));
  const ChunkSequences sequences = {workspace.sequences, static_cast<int>(plan.sequences.size())};
  launcher.template launch<Prepare<N, kDelta, kBackward>>(
      plan.num_chunks * inputs.H,
      {key_inputs_of(inputs), sequences, static_cast<int>(inputs.H), workspace.records});
  return sequences;
}

template <class Launcher>
void forward_pass(const Launcher& launcher, const WkvInputs& inputs, const WkvOutputs& outputs,
                  void* memory) {
  with_kernel(inputs, [&]<int N, bool kDelta>() {
    const ChunkPlan plan = make_plan(inputs);
    Pieces pieces(memory);
    const PassWorkspace<N, kDelta> workspace(inputs, plan, pieces);
    const ChunkCheckpoints checkpoints(inputs, plan, outputs.checkpoints);
    const ChunkSequences sequences = prepare_chunks<N, kDelta, false>(launcher, inputs, plan, workspace);
    launcher.template launch<Scan<N, kDelta>>(
        static_cast<int64_t>(plan.sequences.size()) * inputs.H * Scan<N, kDelta>::kValueBlocks,
        {.input = rows_of(inputs.v, inputs.H),
         .output = rows_of(outputs.o, inputs.H),
         .delta = rows_per_head(inputs, checkpoints.minus_sa, DType::kBF16),
         .records = workspace.records,
         .sequences = sequences,
         .H = static_cast<int>(inputs.H),
         .initial = inputs.s0,
         .final = outputs.sT,
         .is_key_major = !kDelta,
         .states = checkpoints.states,
         .is_reversed = false});
  });
}

/// Gradients of heads that share an input: the sum over each group.
template <class Launcher>
void sum_groups(const Launcher& launcher, const WkvInputs& x, const float* heads, const HeadsOut& output) {
  if (heads == nullptr) return;
  constexpr int64_t kThreads = GroupSum::kWarps * kLanes;
  const int64_t elements = x.B * x.T * output.heads * x.N;
  launcher.template launch<GroupSum>((elements + kThreads - 1) / kThreads,
                                     {.heads = heads,
                                      .output = rows_of(output, output.heads),
                                      .B = x.B,
                                      .T = x.T,
                                      .H = static_cast<int>(x.H),
                                      .N = static_cast<int>(x.N),
                                      .group = static_cast<int>(x.H / output.heads)});
}

template <class Launcher>
void backward_pass(const Launcher& launcher, const WkvInputs& inputs, const float* checkpoint_floats,
                   const WkvGradients& gradients, void* memory) {
  with_kernel(inputs, [&]<int N, bool kDelta>() {
    const ChunkPlan plan = make_plan(inputs);
    Pieces pieces(memory);
    const BackwardWorkspace<N, kDelta> workspace(inputs, plan, pieces);
    const ChunkCheckpoints checkpoints(inputs, plan, const_cast<float*>(checkpoint_floats));
    const auto per_head = [&](float* heads, const HeadsOut& output) {
      return heads == nullptr ? rows_of(output, inputs.H) : rows_per_head(inputs, heads, DType::kF32);
    };
    const Rows dsa = rows_per_head(inputs, workspace.dsa, DType::kBF16);
    const ChunkSequences sequences = prepare_chunks<N, kDelta, true>(launcher, inputs, plan, workspace);
    launcher.template launch<Scan<N, kDelta>>(
        static_cast<int64_t>(plan.sequences.size()) * inputs.H * Scan<N, kDelta>::kValueBlocks,
        {.input = rows_of(gradients.d_o, inputs.H),
         .output = per_head(workspace.dv, gradients.dv),
         .delta = dsa,
         .records = workspace.records,
         .sequences = sequences,
         .H = static_cast<int>(inputs.H),
         .initial = gradients.d_sT,
         .final = gradients.ds0,
         .is_key_major = !kDelta,
         .states = workspace.state_gradients,
         .is_reversed = true});
    launcher.template launch<Gradients<N, kDelta>>(
        plan.num_groups * inputs.H * ChunkGroup<N, kDelta>::kKeyBlocks,
        {.group = {.inputs = key_inputs_of(inputs),
                   .sequences = sequences,
                   .H = static_cast<int>(inputs.H),
                   .rows = {rows_of(inputs.v, inputs.H), rows_of(gradients.d_o, inputs.H),
                            rows_per_head(inputs, checkpoints.minus_sa, DType::kBF16), dsa}},
         .states = checkpoints.states,
         .state_gradients = workspace.state_gradients,
         .dr = rows_of(gradients.dr, inputs.H),
         .dlw = rows_of(gradients.dlw, inputs.H),
         .dk = per_head(workspace.dk, gradients.dk),
         .dkk = per_head(workspace.dkk, gradients.dkk),
         .da = rows_of(gradients.da, inputs.H)});
    sum_groups(launcher, inputs, workspace.dk, gradients.dk);
    sum_groups(launcher, inputs, workspace.dv, gradients.dv);
    if (kDelta) sum_groups(launcher, inputs, workspace.dkk, gradients.dkk);
  });
}

}  // namespace radlads::kernels::cuda::chunk
