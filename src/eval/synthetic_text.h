// What synthetic documents are made of: meaningless sentences, names, numbers and words. Everything is drawn
// from the given generator, in whole numbers only, and so is the same on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.h"

namespace radlads::eval {

/// "The quiet baker walked along the river before noon.": without digits, capitals inside and hyphens.
std::string filler_sentence(Random& random);

/// Of `count` names: an adjective and a noun, "amber-castle". At most kMaxNames; none is a part of another.
inline constexpr int64_t kMaxNames = 400;
std::vector<std::string> distinct_names(int64_t count, Random& random);

/// Decimal numbers of this many digits, the first of which is not 0.
std::vector<std::string> distinct_numbers(int64_t count, int64_t digits, Random& random);

/// Five capital letters each.
std::vector<std::string> distinct_variables(int64_t count, Random& random);

/// Invented words of one length, such as "tolami". The first of a larger count are those of a smaller one, up
/// to 100,000.
std::vector<std::string> distinct_words(int64_t count, Random& random);

/// A sentence, and how much of the filler comes before it: `place` / kPlaces.
struct HiddenSentence {
  int64_t place = 0;
  std::string text;
};
inline constexpr int64_t kPlaces = 1000;

/// Sentences of filler with others hidden in them, in one line. Sentences with the same place keep their
/// order.
std::string hide(std::vector<HiddenSentence> hidden, int64_t filler_sentences, Random& random);

}  // namespace radlads::eval
