#include "data/order.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace radlads {
namespace {

/// One epoch's documents in their order, and where each begins in the epoch's stream.
struct Epoch {
  int64_t index = -1;
  std::vector<int64_t> documents;
  std::vector<int64_t> begins;  // [documents + 1]
};

class PackedOrder : public DataOrder {
 public:
  PackedOrder(const Binidx& corpus, std::vector<int64_t> documents, int64_t context, uint64_t seed,
              EndOfDocument end)
      : corpus_(corpus), documents_(std::move(documents)), context_(context), seed_(seed), end_(end) {
    const auto offsets = corpus_.offsets();
    for (const int64_t d : documents_) {
      tokens_per_epoch_ += offsets[static_cast<size_t>(d) + 1] - offsets[static_cast<size_t>(d)];
    }
    if (tokens_per_epoch_ == 0) fail("[data] there are no tokens to train on: the data is empty");
  }

  int64_t tokens_per_epoch() const override { return tokens_per_epoch_; }

  Batch batch(int64_t first_row, int64_t num_rows) const override {
    const std::scoped_lock lock(mutex_);
    Batch batch;
    batch.B = num_rows;
    batch.T = context_;
    batch.tokens.reserve(static_cast<size_t>(batch.num_tokens()));
    for (int64_t row = first_row; row < first_row + num_rows; ++row) append_row(row * context_, batch);
    batch.boundaries.push_back(batch.num_tokens());
    return batch;
  }

 private:
  /// Appends the row that begins at `position` of the endless stream of epochs.
  void append_row(int64_t position, Batch& batch) const {
    const int64_t row_end = position + context_;
    while (position < row_end) {
      enter_epoch(position / tokens_per_epoch_);
      const int64_t epoch_begin = epoch_.index * tokens_per_epoch_;
      const int64_t at = position - epoch_begin;
      // The document that contains position `at`: the last one that begins there or before, and is not empty.
      const auto next = std::upper_bound(epoch_.begins.begin(), epoch_.begins.end(), at);
      const auto slot = static_cast<size_t>(next - epoch_.begins.begin()) - 1;
      const int64_t count = std::min(*next - at, row_end - position);
      append_sequence(epoch_.documents[slot], at - epoch_.begins[slot], count, batch);
      position += count;
    }
  }

  void append_sequence(int64_t document, int64_t from, int64_t count, Batch& batch) const {
    const auto offsets = corpus_.offsets();
    const int64_t begin = offsets[static_cast<size_t>(document)] + from;
    const bool ends = begin + count == offsets[static_cast<size_t>(document) + 1];
    std::vector<int32_t> tokens(static_cast<size_t>(count + (ends ? 0 : 1)));
    corpus_.read(begin, tokens);
    batch.boundaries.push_back(static_cast<int64_t>(batch.tokens.size()));
    batch.tokens.insert(batch.tokens.end(), tokens.begin(), tokens.begin() + count);
    batch.targets.insert(batch.targets.end(), tokens.begin() + 1, tokens.end());
    if (ends) batch.targets.push_back(end_);
    for (int64_t i = 0; i < count; ++i) batch.positions.push_back(i);
  }

  void enter_epoch(int64_t index) const {
    if (epoch_.index == index) return;
    epoch_.index = index;
    epoch_.documents.clear();
    epoch_.begins.assign(1, 0);
    Random random(seed_, Random::stream_of("data order") + static_cast<uint64_t>(index));
    const auto offsets = corpus_.offsets();
    for (const uint64_t i : random.permutation(documents_.size())) {
      const auto d = static_cast<size_t>(documents_[i]);
      epoch_.documents.push_back(documents_[i]);
      epoch_.begins.push_back(epoch_.begins.back() + offsets[d + 1] - offsets[d]);
    }
  }

  const Binidx& corpus_;
  std::vector<int64_t> documents_;
  int64_t context_;
  uint64_t seed_;
  EndOfDocument end_;
  int64_t tokens_per_epoch_ = 0;
  mutable std::mutex mutex_;  // of epoch_, which is a cache
  mutable Epoch epoch_;
};

class ReferenceOrder : public DataOrder {
 public:
  ReferenceOrder(const Binidx& corpus, int64_t context)
      : corpus_(corpus), order_(CubicOrder::of(corpus.num_tokens(), context)) {}

  int64_t tokens_per_epoch() const override { return order_.prime * order_.context; }

  Batch batch(int64_t first_row, int64_t num_rows) const override {
    const int64_t T = order_.context;
    Batch batch;
    batch.B = num_rows;
    batch.T = T;
    std::vector<int32_t> tokens(static_cast<size_t>(T + 1));
    for (int64_t row = first_row; row < first_row + num_rows; ++row) {
      corpus_.read(order_.start(row + 1), tokens);
      batch.boundaries.push_back(static_cast<int64_t>(batch.tokens.size()));
      batch.tokens.insert(batch.tokens.end(), tokens.begin(), tokens.end() - 1);
      batch.targets.insert(batch.targets.end(), tokens.begin() + 1, tokens.end());
      for (int64_t t = 0; t < T; ++t) batch.positions.push_back(t);
    }
    batch.boundaries.push_back(batch.num_tokens());
    return batch;
  }

 private:
  const Binidx& corpus_;
  CubicOrder order_;
};

bool is_prime(int64_t n) {
  if (n < 4) return n > 1;
  if (n % 2 == 0) return false;
  for (int64_t d = 3; d * d <= n; d += 2) {
    if (n % d == 0) return false;
  }
  return true;
}

}  // namespace

CubicOrder CubicOrder::of(int64_t num_tokens, int64_t context) {
  CubicOrder order;
  order.context = context;
  order.prime = num_tokens / context - 1;
  while (order.prime >= 2 && !(order.prime % 3 == 2 && is_prime(order.prime))) --order.prime;
  if (order.prime < 2) {
    fail(
        "[data] {} tokens are too few for the reference order with a context of {}: at least {} are needed; "
        "use data_order packed or more text",
        num_tokens, context, 3 * context);
  }
  order.factor = static_cast<int64_t>(static_cast<double>(order.prime) * (std::sqrt(5.0) - 1) / 2);
  return order;
}

int64_t CubicOrder::start(int64_t j) const {
  __extension__ using Wide = __int128;
  const Wide r = j % prime;
  const Wide cube = r * r % prime * r % prime;
  return static_cast<int64_t>(cube * factor % prime) * context;
}

std::unique_ptr<DataOrder> packed_order(const Binidx& corpus, std::vector<int64_t> documents, int64_t context,
                                        uint64_t seed, EndOfDocument end) {
  return std::make_unique<PackedOrder>(corpus, std::move(documents), context, seed, end);
}

std::unique_ptr<DataOrder> reference_order(const Binidx& corpus, int64_t context) {
  return std::make_unique<ReferenceOrder>(corpus, context);
}

std::vector<int64_t> held_out_documents(int64_t num_documents, int64_t count, uint64_t seed) {
  Random random(seed, Random::stream_of("held-out documents"));
  const auto order = random.permutation(static_cast<uint64_t>(num_documents));
  const auto kept = static_cast<ptrdiff_t>(std::min(count, num_documents / 10));
  std::vector<int64_t> held_out(order.begin(), order.begin() + kept);
  std::sort(held_out.begin(), held_out.end());
  return held_out;
}

std::vector<int64_t> documents_without(int64_t num_documents, const std::vector<int64_t>& held_out) {
  std::vector<int64_t> all(static_cast<size_t>(num_documents)), rest;
  std::iota(all.begin(), all.end(), int64_t{0});
  std::set_difference(all.begin(), all.end(), held_out.begin(), held_out.end(), std::back_inserter(rest));
  return rest;
}

}  // namespace radlads
