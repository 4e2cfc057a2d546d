// How a text is cut: the parts of a tokenizer pass pieces on, one by one, and none of them keeps a list.
#pragma once

#include <cstdint>
#include <string_view>

#include "text/range.h"

namespace radlads::text {

/// A span of text. It is valid during the call that receives it.
struct Piece {
  std::string_view text;
  bool starts_text = false;  // it begins with what represents the first character of the original text
};

class PieceSink {
 public:
  virtual ~PieceSink() = default;
  virtual void take(const Piece& piece) = 0;
};

/// What happens to the delimiters at which a text is cut.
enum class DelimiterBehavior : uint8_t {
  kRemoved,
  kIsolated,
  kMergedWithPrevious,
  kMergedWithNext,
  kContiguous
};

/// Receives the consecutive ranges of a piece, delimiters and what is between, and passes pieces on. Empty
/// pieces are left out.
class Cutter {
 public:
  Cutter(DelimiterBehavior behavior, const Piece& piece, PieceSink& sink)
      : behavior_(behavior), piece_(piece), sink_(sink) {}

  void add(Range range, bool is_delimiter);
  void finish() { emit(pending_); }

 private:
  bool joins_pending(bool is_delimiter) const;
  void emit(Range range);

  DelimiterBehavior behavior_;
  const Piece& piece_;
  PieceSink& sink_;
  Range pending_;
  bool pending_is_delimiter_ = false;  // the last range of the pending piece was one
};

/// Cuts a piece at delimiters: for_each_delimiter(found) must call found(Range) for each, from left to right.
/// `invert` swaps the delimiters and what is between.
template <class ForEachDelimiter>
void cut_at(const ForEachDelimiter& for_each_delimiter, const Piece& piece, DelimiterBehavior behavior,
            bool invert, PieceSink& sink) {
  Cutter cutter(behavior, piece, sink);
  size_t done = 0;
  for_each_delimiter([&](Range delimiter) {
    if (done < delimiter.begin) cutter.add({done, delimiter.begin}, invert);
    cutter.add(delimiter, !invert);
    done = delimiter.end;
  });
  if (done < piece.text.size()) cutter.add({done, piece.text.size()}, invert);
  cutter.finish();
}

}  // namespace radlads::text
