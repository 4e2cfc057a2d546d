// The component "pre_tokenizer" of tokenizer.json: how it cuts normalized text into words, within which
// tokens are merged.
#pragma once

#include <memory>
#include <vector>

#include "io/json_field.h"
#include "text/pieces.h"

namespace radlads::text {

class PreTokenizerStep {
 public:
  virtual ~PreTokenizerStep() = default;
  virtual void cut(const Piece& piece, PieceSink& sink) const = 0;
};

/// A chain of steps; none makes the whole text one word. Immutable and safe for use by several threads.
class PreTokenizer {
 public:
  /// `field` may be null. Types: Sequence, Split, ByteLevel, Metaspace, Digits, Punctuation,
  /// CharDelimiterSplit, FixedLength, Whitespace, WhitespaceSplit and BertPreTokenizer.
  static PreTokenizer parse(const JsonField& field);

  /// `piece` must be valid UTF-8; so are the words.
  void cut(const Piece& piece, PieceSink& words) const { cut_from(0, piece, words); }

  /// True if the vocabulary spells the words' bytes in the alphabet of byte_level.h: ByteLevel is the last
  /// step.
  bool is_byte_level() const { return is_byte_level_; }

 private:
  void add(const JsonField& field);
  void add_byte_level(const JsonField& field);
  void cut_from(size_t step, const Piece& piece, PieceSink& words) const;

  std::vector<std::unique_ptr<PreTokenizerStep>> steps_;
  bool is_byte_level_ = false;
  int num_lengthening_ = 0;  // steps by which words may become longer
};

}  // namespace radlads::text
