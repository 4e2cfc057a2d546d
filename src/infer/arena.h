// Scratch memory of a forward pass: floats allocated one after another and all freed at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/buffer.h"

namespace radlads::infer {

/// After a pass that needed more than any before, the next one has it in a single block: a steady loop
/// allocates nothing.
class Arena {
 public:
  /// `count` uninitialized floats, 64-byte aligned, valid until reset.
  float* floats(int64_t count) {
    const size_t wanted = (static_cast<size_t>(count) + kStep - 1) / kStep * kStep;
    if (blocks_.empty() || used_ + wanted > capacity(blocks_.back())) {
      blocks_.push_back(Buffer::of<float>(std::max(wanted, kSmallestBlock)));
      used_ = 0;
    }
    float* result = blocks_.back().as<float>().data() + used_;
    used_ += wanted;
    return result;
  }

  void reset() {
    if (blocks_.size() > 1) {
      size_t total = 0;
      for (const Buffer& block : blocks_) total += capacity(block);
      blocks_.clear();
      blocks_.push_back(Buffer::of<float>(total));
    }
    used_ = 0;
  }

 private:
  static constexpr size_t kStep = Buffer::kAlignment / sizeof(float);
  static constexpr size_t kSmallestBlock = 4096;

  static size_t capacity(const Buffer& block) { return block.num_bytes() / sizeof(float); }

  std::vector<Buffer> blocks_;
  size_t used_ = 0;  // of the last block
};

}  // namespace radlads::infer
