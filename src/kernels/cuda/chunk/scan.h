// The sequential kernel of either pass: runs a state [N,N] through the chunks of a sequence. With X the state
// before the chunk, i its 16 input rows, and the operands of prepare.h:
//
//   e = W X + Z i        (wkv7)
//   o = P X + M i
//   X = D X + K^T i + B^T e
//
// Forward: i = v, o = o, e = -sa, X = S. Backward, from the last chunk to the first: i = d_o, o = dv, e =
// dsa, X = dS. The state before (in the direction of the scan) each group of chunks is stored.
//
// Columns of the state, which are value channels, are independent: a warp has 16 of them, in registers as
// X^T [value,key] in float32 (products round it to bfloat16), and needs nothing of other warps. A block's 4
// warps (2 for N = 32) share the operands, which are copied to shared memory two chunks ahead. FLOPs for a
// token and head: wkv7 8 N^2, wkv6 4 N^2. Bytes: 8 N (wkv6 4 N) of operands for each N / 64 of a head, 2 N
// each of i, o and e, and N^2 / 16 of states.
#pragma once

#include "kernels/cuda/chunk/arguments.h"
#include "kernels/cuda/chunk/store.h"

namespace radlads::kernels::cuda::chunk {

template <int N, bool kDelta>
struct Scan {
  static constexpr int kWarps = N == 32 ? 2 : 4;
  static constexpr int kBlocksPerSm = 4;
  static constexpr int kValueBlocks = N / (kWarps * kTile);
  static constexpr int kKeyTiles = N / kTile;
  static constexpr int kStages = 3;
  using Record = ChunkRecord<N, kDelta>;

  struct Arguments {
    Rows input, output;     // i, o: [B,T,heads,N]
    Rows delta;             // e: [B,T,H,N] bf16, or null
    const Record* records;  // [chunks,H]
    ChunkSequences sequences;
    int H;
    const float* initial;  // [slots,H,N,N] or null: zero
    float* final;          // likewise, or null
    bool is_key_major;     // initial and final
    float* states;         // [groups,H,N value,N key], or null
    bool is_reversed;
  };

  struct Shared {
    alignas(16) Record stages[kStages];
  };

  struct State {
    Acc tile[kKeyTiles];  // X^T [value,key]
    Tile input;           // of the next chunk, [token,value]
  };

  /// What a block works on.
  struct Job {
    ChunkSequence sequence;
    int h, first_value, num_chunks;
  };

  /// Block (sequence * H + h) * kValueBlocks + value block.
  RADLADS_DEVICE static void run(const Block& block, const Arguments& x, Shared& shared, int item) {
    Job job;
    job.first_value = item % kValueBlocks * kWarps * kTile;
    job.h = item / kValueBlocks % x.H;
    job.sequence = x.sequences.table[item / kValueBlocks / x.H];
    job.num_chunks = chunks_of(job.sequence);

    PerWarp<State, kWarps> states;
    block.for_each_warp([&](int warp) {
      load_state(x, job, warp, states[warp]);
      if (job.num_chunks > 0) load_input(x, job, 0, warp, states[warp]);
    });
    for (int step = 0; step < kStages - 1; ++step) copy_record(block, x, job, step, shared);
    for (int step = 0; step < job.num_chunks; ++step) {
      wait_for_copies<kStages - 2>();
      block.barrier();
      copy_record(block, x, job, step + kStages - 1, shared);
      block.for_each_warp(
          [&](int warp) { advance(x, job, step, warp, shared.stages[step % kStages], states[warp]); });
    }
    block.for_each_warp([&](int warp) { store_state(x, job, warp, states[warp]); });
  }

  RADLADS_DEVICE static int chunk_of(const Arguments& x, const Job& job, int step) {
    return x.is_reversed ? job.num_chunks - 1 - step : step;
  }

  /// Begins to copy the operands of a step, if there is one, to its stage.
  RADLADS_DEVICE static void copy_record(const Block& block, const Arguments& x, const Job& job, int step,
                                         Shared& shared) {
    if (step < job.num_chunks) {
      const int64_t chunk = job.sequence.first_chunk + chunk_of(x, job, step);
      const char* source = reinterpret_cast<const char*>(x.records + chunk * x.H + job.h);
      char* target = reinterpret_cast<char*>(shared.stages + step % kStages);
      block.for_each_thread([&](int thread) {
        for (int byte = thread * 16; byte < static_cast<int>(sizeof(Record)); byte += kWarps * kLanes * 16)
          copy_async(target + byte, source + byte);
      });
    }
    commit_copies();
  }

  RADLADS_DEVICE static void load_input(const Arguments& x, const Job& job, int step, int warp,
                                        State& state) {
    const ChunkPlace place = place_of(job.sequence, job.h, chunk_of(x, job, step));
    state.input =
        load_rows(x.input.bf16(place) + job.first_value + warp * kTile, x.input.stride_t, place.num_tokens);
  }

  /// One chunk: outputs, and the state after it.
  RADLADS_DEVICE static void advance(const Arguments& x, const Job& job, int step, int warp,
                                     const Record& record, State& state) {
    const ChunkPlace place = place_of(job.sequence, job.h, chunk_of(x, job, step));
    const int value = job.first_value + warp * kTile;
    store_group_state(x, job, step, warp, state);
    const Tile input = transposed(state.input);  // [value,token]
    if (step + 1 < job.num_chunks) load_input(x, job, step + 1, warp, state);

    Acc output, delta;  // [value,token]
    multiply(output, input, load_right(record.mixes[Record::kMix]));
    if constexpr (kDelta) multiply(delta, input, load_right(record.mixes[Record::kMixDelta]));
    RADLADS_UNROLL
    for (int j = 0; j < kKeyTiles; ++j) {
      const Tile X = round_to_tile(state.tile[j]);
      multiply(output, X, load_right(record.operands[Record::kRead][j]));
      if constexpr (kDelta) multiply(delta, X, load_right(record.operands[Record::kReadDelta][j]));
    }
    store_output(output, x.output, place, value);
    const Tile correction = round_to_tile(delta);
    if (kDelta && x.delta.data != nullptr)
      store_rows(transposed(correction), x.delta.bf16(place) + value, x.delta.stride_t, place.num_tokens);
    RADLADS_UNROLL
    for (int j = 0; j < kKeyTiles; ++j) {
      Acc& X = state.tile[j];
      for_each_element([&](Element i) { X[i] *= record.decay[j * kTile + i.column]; });
      multiply(X, input, load_right(record.operands[Record::kWrite][j]));
      if constexpr (kDelta) multiply(X, correction, load_right(record.operands[Record::kWriteDelta][j]));
    }
  }

  /// Calls body(element of the state, the same in memory).
  template <class Float, class Body>
  RADLADS_DEVICE static void for_each_of_state(const Job& job, int warp, State& state, Float* matrix,
                                               bool is_key_major, const Body& body) {
    const int64_t value_stride = is_key_major ? 1 : N, key_stride = is_key_major ? N : 1;
    Float* first = matrix + (job.first_value + warp * kTile) * value_stride;
    RADLADS_UNROLL
    for (int j = 0; j < kKeyTiles; ++j) {
      for_each_element([&](Element i) {
        body(state.tile[j][i], first[offset_in_tile(i, value_stride, key_stride) + j * kTile * key_stride]);
      });
    }
  }

  RADLADS_DEVICE static void store_group_state(const Arguments& x, const Job& job, int step, int warp,
                                               State& state) {
    const int chunk = chunk_of(x, job, step);
    const bool is_first =
        x.is_reversed ? step == 0 || chunk % kGroupChunks == kGroupChunks - 1 : chunk % kGroupChunks == 0;
    if (x.states == nullptr || !is_first) return;
    const int64_t group = job.sequence.first_group + chunk / kGroupChunks;
    for_each_of_state(job, warp, state, x.states + (group * x.H + job.h) * N * N, false,
                      [](float element, float& stored) { stored = element; });
  }

  RADLADS_DEVICE static int64_t first_of_state(const Arguments& x, const Job& job) {
    return (int64_t{job.sequence.slot} * x.H + job.h) * N * N;
  }

  RADLADS_DEVICE static void load_state(const Arguments& x, const Job& job, int warp, State& state) {
    if (x.initial == nullptr) return;
    for_each_of_state(job, warp, state, x.initial + first_of_state(x, job), x.is_key_major,
                      [](float& element, float stored) { element = stored; });
  }

  RADLADS_DEVICE static void store_state(const Arguments& x, const Job& job, int warp, State& state) {
    if (x.final == nullptr) return;
    for_each_of_state(job, warp, state, x.final + first_of_state(x, job), x.is_key_major,
                      [](float element, float& stored) { stored = element; });
  }
};

}  // namespace radlads::kernels::cuda::chunk
