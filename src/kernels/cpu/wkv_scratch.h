// How a thread's scratch memory is cut up by the passes of wkv6 and wkv7. All parts are whole cache lines.
//
// A chunk is 16 tokens of wkv6, 8 of wkv7; a shorter one is padded with tokens that leave the state as it is.
// A token reads the state with r, and before that with kk (wkv7), and writes k' v^T, and -b sa^T (wkv7): so a
// chunk of either has 16 reads and as many writes: those of r, then those of kk; those of k', then those of
// b.
#pragma once

#include <cstdint>

namespace radlads::kernels::cpu {

/// Reads of a chunk, and writes. Fewer would make the products of reads with writes cheaper, and those with
/// the state more expensive.
inline constexpr int64_t kWkvReads = 16;

/// Tokens between two checkpoints of the state.
inline constexpr int64_t kWkvInterval = 16;

/// Rows are padded with zeros to whole vectors of any instruction set.
inline constexpr int64_t wkv_padded(int64_t head_size) { return (head_size + 15) / 16 * 16; }

/// A row of `left` or `late`: a vector over the key channels, and its products with the chunk's rows.
inline constexpr int64_t wkv_row_stride(int64_t head_size) { return wkv_padded(head_size) + kWkvReads; }

/// A matrix [padded N,padded N] and below it a row for each read or write, so that one product sums over
/// both.
inline constexpr int64_t wkv_stack_floats(int64_t head_size) {
  return wkv_row_stride(head_size) * wkv_padded(head_size);
}

/// Cuts memory into parts; without memory it counts what they take.
class WkvMemory {
 public:
  explicit WkvMemory(float* first) : first_(first) {}

  float* take(int64_t floats) {
    float* part = first_ == nullptr ? nullptr : first_ + taken_;
    taken_ += floats;
    return part;
  }

  int64_t taken() const { return taken_; }

 private:
  float* first_;
  int64_t taken_ = 0;
};

/// The vectors of a chunk over the key channels, and the products of reads with writes.
struct WkvChunkScratch {
  WkvChunkScratch(int64_t N, WkvMemory& memory)
      : w(memory.take(kWkvReads * wkv_padded(N))),
        reads(memory.take(kWkvReads * wkv_padded(N))),
        writes(memory.take(kWkvReads * wkv_padded(N))),
        left(memory.take(kWkvReads * wkv_row_stride(N))),
        late(memory.take(kWkvReads * wkv_row_stride(N))),
        decay(memory.take(wkv_padded(N))),
        partial(memory.take(kPartialFloats)) {}

  static constexpr int64_t kPartialFloats = 4 * (kWkvReads / 2) * 16;

  float* w;        // [chunk,padded N]
  float* reads;    // [kWkvReads,padded N]: scale r, kk
  float* writes;   // [kWkvReads,padded N]: k', b
  float* left;     // [kWkvReads,row stride]: the reads, decayed from the chunk's start on; their products
                   // with writes
  float* late;     // [kWkvReads,row stride]: the writes, decayed up to the chunk's end; (backward) the same
                   // products
  float* decay;    // [padded N]: of the whole chunk
  float* partial;  // [4,chunk] vectors: products whose lanes are still to be summed
};

/// Tokens that wkv6's forward pass takes as one (wkv_groups-inl.h), and floats for the products of their
/// reads with their writes.
inline constexpr int64_t kWkvGroup = 4;
inline constexpr int64_t kWkvGroupProducts = 16;

/// The vectors of a chunk over the key channels, in groups of tokens.
struct WkvGroupScratch {
  WkvGroupScratch(int64_t N, WkvMemory& memory)
      : reads(memory.take(kWkvReads * wkv_padded(N))),
        writes(memory.take(kWkvReads * wkv_padded(N))),
        decays(memory.take(kGroups * wkv_padded(N))),
        products(memory.take(kGroups * kWkvGroupProducts)) {}

  static constexpr int64_t kGroups = kWkvReads / kWkvGroup;

  float* reads;     // [kWkvReads,padded N]: scale r, decayed from its group's beginning on
  float* writes;    // [kWkvReads,padded N]: k', decayed up to its group's end
  float* decays;    // [kGroups,padded N]: of whole groups
  float* products;  // [kGroups,kWkvGroupProducts]
};

struct WkvForwardScratch {
  WkvForwardScratch(int64_t N, WkvMemory& memory)
      : chunk(N, memory),
        groups(N, memory),
        state(memory.take(wkv_stack_floats(N))),
        outputs(memory.take(kWkvReads * wkv_padded(N))) {}

  WkvChunkScratch chunk;   // of wkv7
  WkvGroupScratch groups;  // of wkv6
  float* state;            // a stack, key-major: the state, v, -sa
  float* outputs;          // [chunk,padded N]
};

struct WkvBackwardScratch {
  /// With `heads` heads in a unit.
  WkvBackwardScratch(int64_t N, int64_t heads, WkvMemory& memory)
      : chunk(N, memory),
        values(memory.take(kWkvReads * wkv_padded(N))),
        values_t(memory.take(kWkvReads * wkv_padded(N))),
        d_outputs_t(memory.take(kWkvReads * wkv_padded(N))),
        products(memory.take(kWkvReads * kWkvReads)),
        transposed(memory.take(kWkvReads * wkv_padded(N))),
        d_reads(memory.take(kWkvReads * wkv_padded(N))),
        d_writes(memory.take(kWkvReads * wkv_padded(N))),
        flow(memory.take(kWkvReads * wkv_padded(N))),
        kk_flow(memory.take(kWkvReads * wkv_padded(N))),
        first_flow(memory.take(wkv_padded(N))),
        dk(memory.take(kWkvReads * wkv_padded(N))),
        dv(memory.take(kWkvReads * wkv_padded(N))),
        dkk(memory.take(kWkvReads * wkv_padded(N))),
        middle(memory.take(wkv_stack_floats(N))),
        d_states(memory.take(heads * wkv_stack_floats(N))) {}

  WkvChunkScratch chunk;
  float* values;         // [kWkvReads,padded N]: v, -sa
  float* values_t;       // [padded N,kWkvReads]: the transpose
  float* d_outputs_t;    // [padded N,kWkvReads]: the transpose of do, dsa
  float* products;       // [kWkvReads,kWkvReads]: gradients of the products of reads with writes
  float* transposed;     // [padded N,kWkvReads]
  float* d_reads;        // [kWkvReads,padded N]: gradients of r, kk
  float* d_writes;       // [kWkvReads,padded N]: gradients of k', b
  float* flow;           // [chunk,padded N]: of the writes minus that of r; then the gradient of lw
  float* kk_flow;        // [chunk,padded N]
  float* first_flow;     // [padded N]: of the state before the chunk
  float *dk, *dv, *dkk;  // [chunk,padded N]: sums over a group of heads
  float* middle;         // a stack, key-major: the state between two chunks of an interval, v, -sa
  float* d_states;       // for each head a stack, key-major: the gradient of the state, do, dsa
};

}  // namespace radlads::kernels::cpu
