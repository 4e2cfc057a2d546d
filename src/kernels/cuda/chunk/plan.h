// How a batch is cut into chunks, and the layout of workspaces and checkpoints: host code, shared by the
// GPU's launches and the emulation.
#pragma once

#include <utility>
#include <vector>

#include "kernels/cuda/chunk/arguments.h"
#include "kernels/wkv.h"

namespace radlads::kernels::cuda::chunk {

struct ChunkPlan {
  std::vector<ChunkSequence> sequences;
  int64_t num_chunks = 0, num_groups = 0;
};

inline ChunkPlan make_plan(const WkvInputs& inputs) {
  const auto& boundaries = inputs.sequences.boundaries;
  ChunkPlan plan;
  for (int64_t s = 0; s < inputs.num_sequences(); ++s) {
    ChunkSequence sequence{};
    const int64_t begin = boundaries.empty() ? 0 : boundaries[s];
    sequence.row = static_cast<int>(boundaries.empty() ? s : 0);
    sequence.begin = static_cast<int>(begin);
    sequence.length = static_cast<int>(boundaries.empty() ? inputs.T : boundaries[s + 1] - begin);
    sequence.slot = static_cast<int>(inputs.state_slots.empty() ? s : inputs.state_slots[s]);
    sequence.first_chunk = static_cast<int>(plan.num_chunks);
    sequence.first_group = static_cast<int>(plan.num_groups);
    plan.sequences.push_back(sequence);
    const int64_t chunks = (sequence.length + kTile - 1) / kTile;
    plan.num_chunks += chunks;
    plan.num_groups += (chunks + kGroupChunks - 1) / kGroupChunks;
  }
  return plan;
}

/// Returns parts of one allocation, or, given null, only measures them.
class Pieces {
 public:
  explicit Pieces(void* memory) : memory_(static_cast<char*>(memory)) {}

  template <class T>
  T* take(int64_t count) {
    constexpr size_t kAlignment = 256;
    const size_t begin = (num_bytes_ + kAlignment - 1) / kAlignment * kAlignment;
    num_bytes_ = begin + static_cast<size_t>(count) * sizeof(T);
    return memory_ == nullptr ? nullptr : reinterpret_cast<T*>(memory_ + begin);
  }

  size_t num_bytes() const { return num_bytes_; }

 private:
  char* memory_;
  size_t num_bytes_ = 0;
};

/// What a forward pass leaves for its backward pass: the state before each group of chunks, and for wkv7 -sa.
/// At most what wkv6_checkpoint_floats and wkv7_checkpoint_floats count.
struct ChunkCheckpoints {
  ChunkCheckpoints(const WkvInputs& inputs, const ChunkPlan& plan, float* memory) : states(memory) {
    if (memory != nullptr) minus_sa = states + plan.num_groups * inputs.H * inputs.N * inputs.N;
  }

  float* states;              // [groups,H,N value,N key]
  float* minus_sa = nullptr;  // [B,T,H,N] bf16
};

template <class T>
Rows rows_of(const Heads<T>& x, int64_t H) {
  if (!x) return {};
  return {.data = static_cast<char*>(const_cast<void*>(static_cast<const void*>(x.data))),
          .stride_b = x.stride_b,
          .stride_t = x.stride_t,
          .stride_h = x.stride_h,
          .head_factor = static_cast<uint32_t>(((int64_t{x.heads} << 20) + H - 1) / H),
          .is_bf16 = x.dtype == DType::kBF16};
}

/// Contiguous rows of every head, [B,T,H,N].
inline Rows rows_per_head(const WkvInputs& x, void* data, DType dtype) {
  return rows_of(HeadsOut::contiguous(data, x.T, x.H, x.N, dtype), x.H);
}

inline KeyInputs key_inputs_of(const WkvInputs& x) {
  return {.r = rows_of(x.r, x.H),
          .lw = rows_of(x.lw, x.H),
          .k = rows_of(x.k, x.H),
          .kk = rows_of(x.kk, x.H),
          .a = rows_of(x.a, x.H),
          .balance = x.balance,
          .scale = x.scale};
}

/// Rows::head_factor is exact up to here.
inline constexpr int64_t kMostHeads = 1024;

/// Blocks and tokens are counted in 32 bits.
inline constexpr int64_t kMostHeadTokens = int64_t{1} << 30;

/// Rows are copied in units of 16 bytes.
template <class T>
bool is_aligned(const Heads<T>& x) {
  const int64_t unit = x.dtype == DType::kBF16 ? 8 : 4;
  return reinterpret_cast<uintptr_t>(x.data) % 16 == 0 && x.stride_b % unit == 0 && x.stride_t % unit == 0 &&
         x.stride_h % unit == 0;
}

/// See chunk.h.
inline bool supports(const WkvInputs& x) {
  const auto fits = [](const HeadsIn& rows) {
    return !rows || (rows.dtype == DType::kBF16 && is_aligned(rows));
  };
  return (x.N == 32 || x.N == 64 || x.N == 128) && x.H <= kMostHeads &&
         (x.B * x.T + x.num_sequences()) * x.H <= kMostHeadTokens && is_aligned(x.lw) && fits(x.r) &&
         fits(x.k) && fits(x.v) && fits(x.kk) && fits(x.a);
}

/// Calls body.operator()<N, kDelta>() for those of the inputs.
template <class Body>
auto with_kernel(const WkvInputs& x, const Body& body) {
  const auto with_size = [&]<int N>() {
    return x.delta ? body.template operator()<N, true>() : body.template operator()<N, false>();
  };
  switch (x.N) {
    case 32:
      return with_size.template operator()<32>();
    case 64:
      return with_size.template operator()<64>();
    default:
      return with_size.template operator()<128>();
  }
}

}  // namespace radlads::kernels::cuda::chunk
