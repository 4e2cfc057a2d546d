// The component "normalizer" of tokenizer.json: what it does to the text between added tokens.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/json_field.h"

namespace radlads::text {

/// A text being normalized, in valid UTF-8. Its first `head` bytes represent the first character of the
/// original; a step may strip that character, and then there are none.
struct NormalText {
  std::string text;
  size_t head = 0;
  size_t most_bytes = std::numeric_limits<size_t>::max();  // a step may leave off where it has written more
};

class NormalizerStep {
 public:
  virtual ~NormalizerStep() = default;
  virtual void apply(NormalText& normal) const = 0;
};

/// A chain of steps; none leaves the text as it is. Immutable and safe for use by several threads.
class Normalizer {
 public:
  Normalizer() = default;

  /// `field` may be null. Types: Sequence, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Prepend,
  /// ByteLevel and Replace of a string or a regular expression.
  static Normalizer parse(const JsonField& field);

  /// `valid` must be valid UTF-8. UserError if it grows beyond 4 KiB and 100 times its length: a few
  /// steps could fill all memory.
  NormalText apply(std::string_view valid) const;

 private:
  void add(const JsonField& field);

  std::vector<std::unique_ptr<NormalizerStep>> steps_;
};

}  // namespace radlads::text
