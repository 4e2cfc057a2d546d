// Which tokens an update reads: a pure function of (corpus, seed, row index), so that a resumed run reads
// what an uninterrupted run would have read.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "io/binidx.h"

namespace radlads {

/// What one training update reads: B rows of T tokens, flattened. A sequence is a stretch of tokens that
/// starts from a fresh state, at position 0; it never crosses a row.
struct Batch {
  int64_t B = 0, T = 0;
  std::vector<int32_t> tokens;      // [B*T]
  std::vector<int64_t> targets;     // [B*T] the next token, or -1 where there is none to predict
  std::vector<int64_t> positions;   // [B*T] position in the sequence
  std::vector<int64_t> boundaries;  // [S+1] where sequences begin in [0, B*T], with B*T as the last

  int64_t num_tokens() const { return B * T; }
};

class DataOrder {
 public:
  virtual ~DataOrder() = default;

  /// Rows [first_row, first_row + num_rows) of the endless sequence of rows, of `context` tokens each.
  virtual Batch batch(int64_t first_row, int64_t num_rows) const = 0;

  /// Tokens after which the data repeats.
  virtual int64_t tokens_per_epoch() const = 0;
};

/// What ends a document for a model that predicts: the token that begins the next one, or -1 if there is
/// none.
using EndOfDocument = int64_t;

/// Documents in a new random order every epoch, concatenated and cut into rows. A document's part in a row is
/// a sequence of its own; its last token has `end` as its target. `documents` are indices into the corpus,
/// which must outlive the order; UserError if they have no tokens.
std::unique_ptr<DataOrder> packed_order(const Binidx& corpus, std::vector<int64_t> documents, int64_t context,
                                        uint64_t seed, EndOfDocument end);

/// The published order: T + 1 tokens from the start that the cubic permutation gives, over the whole stream
/// of documents, without regard to where they end. UserError if the corpus is too short for it.
std::unique_ptr<DataOrder> reference_order(const Binidx& corpus, int64_t context);

/// The cubic permutation of the reference: sample j (from 1) starts at token (factor j^3 mod prime) *
/// context. prime is the largest prime = 2 (mod 3) that is at most num_tokens / context - 1, so that j -> j^3
/// is a permutation; factor = floor(prime (sqrt 5 - 1) / 2).
struct CubicOrder {
  int64_t prime = 0, factor = 0, context = 0;

  /// UserError if num_tokens is too small.
  static CubicOrder of(int64_t num_tokens, int64_t context);

  int64_t start(int64_t j) const;
};

/// A seeded choice of documents to hold out of training: `count` of them, but at most a tenth. Sorted.
std::vector<int64_t> held_out_documents(int64_t num_documents, int64_t count, uint64_t seed);

/// 0 .. num_documents - 1 without `held_out` (sorted).
std::vector<int64_t> documents_without(int64_t num_documents, const std::vector<int64_t>& held_out);

}  // namespace radlads
