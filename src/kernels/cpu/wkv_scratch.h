// How a thread's scratch memory is cut up by the passes of wkv6 and wkv7. All parts are whole cache lines.
//
// A chunk is kWkvChunk tokens; a shorter one is filled up with tokens that leave the state as it is. Each of
// its tokens reads the state with r, and before that with kk (wkv7), and writes k' v^T, and -b sa^T (wkv7).
// So a chunk has `rows` reads and as many writes: those of r, then those of kk; those of k', then those of b.
#pragma once

#include <cstdint>

namespace radlads::kernels::cpu {

/// Tokens that are treated at once, and between two checkpoints of the state.
inline constexpr int64_t kWkvChunk = 16;

inline constexpr int64_t wkv_rows_of_chunk(bool delta) { return delta ? 2 * kWkvChunk : kWkvChunk; }

/// Rows are filled up with zeros to whole vectors of any instruction set.
inline constexpr int64_t wkv_padded(int64_t head_size) { return (head_size + 15) / 16 * 16; }

/// A row of `left` or `late`: a vector over the key channels, and its products with the chunk's rows.
inline constexpr int64_t wkv_row_stride(int64_t head_size, int64_t rows) {
  return wkv_padded(head_size) + rows;
}

/// A matrix [padded N,padded N] and below it a row for each read or write, so that one product sums over
/// both.
inline constexpr int64_t wkv_stack_floats(int64_t head_size, int64_t rows) {
  return wkv_row_stride(head_size, rows) * wkv_padded(head_size);
}

class WkvMemory {
 public:
  explicit WkvMemory(float* next) : next_(next) {}

  float* take(int64_t floats) {
    float* taken = next_;
    next_ += floats;
    return taken;
  }

 private:
  float* next_;
};

/// The vectors of a chunk over the key channels, and the products of reads with writes.
struct WkvChunkScratch {
  WkvChunkScratch(int64_t N, int64_t rows, WkvMemory& memory)
      : w(memory.take(kWkvChunk * wkv_padded(N))),
        reads(memory.take(rows * wkv_padded(N))),
        writes(memory.take(rows * wkv_padded(N))),
        left(memory.take(rows * wkv_row_stride(N, rows))),
        late(memory.take(rows * wkv_row_stride(N, rows))),
        decay(memory.take(wkv_padded(N))),
        partial(memory.take(kPartialFloats)) {}

  static int64_t num_floats(int64_t N, int64_t rows) {
    return (kWkvChunk + 2 * rows + 1) * wkv_padded(N) + 2 * rows * wkv_row_stride(N, rows) + kPartialFloats;
  }

  static constexpr int64_t kPartialFloats = 4 * kWkvChunk * 16;

  float* w;       // [kWkvChunk,padded N]
  float* reads;   // [rows,padded N]: scale r, kk
  float* writes;  // [rows,padded N]: k', b
  float* left;  // [rows,row stride]: the reads, decayed from the chunk's begin on; their products with writes
  float* late;  // [rows,row stride]: the writes, decayed up to the chunk's end; (backward) the same products
  float* decay;    // [padded N]: of the whole chunk
  float* partial;  // [4,kWkvChunk] vectors: products whose lanes are still to be summed
};

struct WkvForwardScratch {
  WkvForwardScratch(int64_t N, int64_t rows, WkvMemory memory)
      : chunk(N, rows, memory), state(memory.take(wkv_stack_floats(N, rows))) {}

  static int64_t num_floats(int64_t N, int64_t rows) {
    return WkvChunkScratch::num_floats(N, rows) + wkv_stack_floats(N, rows);
  }

  WkvChunkScratch chunk;
  float* state;  // a stack, key-major: the state, v, -sa
};

struct WkvBackwardScratch {
  WkvBackwardScratch(int64_t N, int64_t rows, WkvMemory memory)
      : chunk(N, rows, memory),
        values(memory.take(rows * wkv_padded(N))),
        values_t(memory.take(rows * wkv_padded(N))),
        d_outputs_t(memory.take(rows * wkv_padded(N))),
        products(memory.take(rows * rows)),
        transposed(memory.take(rows * wkv_padded(N))),
        d_reads(memory.take(rows * wkv_padded(N))),
        d_writes(memory.take(rows * wkv_padded(N))),
        flow(memory.take(kWkvChunk * wkv_padded(N))),
        read_flow(memory.take(kWkvChunk * wkv_padded(N))),
        dk(memory.take(kWkvChunk * wkv_padded(N))),
        dv(memory.take(kWkvChunk * wkv_padded(N))),
        dkk(memory.take(kWkvChunk * wkv_padded(N))),
        d_states(memory.take(0)) {}

  /// With `heads` heads in a unit.
  static int64_t num_floats(int64_t N, int64_t rows, int64_t heads) {
    return WkvChunkScratch::num_floats(N, rows) + (6 * rows + 5 * kWkvChunk) * wkv_padded(N) + rows * rows +
           heads * wkv_stack_floats(N, rows);
  }

  WkvChunkScratch chunk;
  float* values;         // [rows,padded N]: v, -sa
  float* values_t;       // [padded N,rows]: the transpose
  float* d_outputs_t;    // [padded N,rows]: the transpose of do, dsa
  float* products;       // [rows,rows]: gradients of the products of reads with writes
  float* transposed;     // [padded N,rows]
  float* d_reads;        // [rows,padded N]: gradients of r, kk
  float* d_writes;       // [rows,padded N]: gradients of k', b
  float* flow;           // [kWkvChunk,padded N]: of the writes less that of r; then the gradient of lw
  float* read_flow;      // [kWkvChunk,padded N]: of kk
  float *dk, *dv, *dkk;  // [kWkvChunk,padded N]: sums over a group of heads
  float* d_states;       // for each head a stack, key-major: the gradient of the state, do, dsa
};

}  // namespace radlads::kernels::cpu
