// The state of sequences while they are read: what mixers carry from token to token, key/value caches of
// softmax layers, positions.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/buffer.h"
#include "infer/weights.h"

namespace radlads::infer {

class SessionPool;

/// One sequence. Movable; gives its slot back to the pool, which must outlive it. Not thread-safe.
class Session {
 public:
  Session(Session&& other) noexcept;
  Session& operator=(Session&& other) noexcept;
  ~Session();

  /// Tokens read so far.
  int64_t position() const;

  /// Back to the beginning: position 0 and a zero state.
  void reset();

  /// Another session in the same state (prompt reuse). The pool must have a free slot.
  Session fork() const;

  /// Makes room for `tokens` in the caches of softmax layers, so that decoding up to there allocates nothing.
  void reserve(int64_t tokens);

  int32_t slot() const { return slot_; }
  SessionPool& pool() const { return *pool_; }

 private:
  friend class SessionPool;
  Session(SessionPool* pool, int32_t slot) : pool_(pool), slot_(slot) {}

  SessionPool* pool_;
  int32_t slot_;
};

/// Keys and values of one sequence in one softmax layer: [capacity,Hkv,N] each, the first `position` rows in
/// use.
struct KvCache {
  Buffer k, v;
  int64_t capacity = 0;
};

/// Memory of up to `slots` sequences. A state of one layer is contiguous over the slots, so that one kernel
/// call serves any set of sessions in place.
class SessionPool {
 public:
  SessionPool(std::shared_ptr<const Weights> weights, int64_t slots);

  /// A fresh session. InternalError if all slots are taken.
  Session open();

  const Weights& weights() const { return *weights_; }

  /// State `index` of the layer (ModelConfig::states_of), of all slots: [slots, its shape].
  float* states(int64_t layer, size_t index) {
    return layers_[static_cast<size_t>(layer)].states[index].as<float>().data();
  }

  /// The cache of a softmax layer, with room for at least `tokens`.
  KvCache& cache(int64_t layer, int32_t slot, int64_t tokens);

  int64_t position(int32_t slot) const { return positions_[static_cast<size_t>(slot)]; }
  void advance(int32_t slot, int64_t tokens) { positions_[static_cast<size_t>(slot)] += tokens; }

 private:
  friend class Session;

  struct Layer {
    std::vector<Buffer> states;   // [slots, its shape] each
    std::vector<KvCache> caches;  // [slots], softmax layers
  };

  void clear(int32_t slot);
  void copy(int32_t from, int32_t to);

  std::shared_ptr<const Weights> weights_;
  std::vector<Layer> layers_;
  std::vector<int64_t> positions_;  // [slots]
  std::vector<int32_t> free_;
};

}  // namespace radlads::infer
