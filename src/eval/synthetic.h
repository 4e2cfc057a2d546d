// Documents that the program generates: long texts with facts in them that are asked for, so that the answer
// is known. The kinds are those of RULER (arXiv 2404.06654): needles, chains of variables, common words.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "text/template.h"

namespace radlads::eval {

enum class SyntheticKind : uint8_t { kNeedle, kVariableTracking, kCommonWords };

/// A task's key `data`, if it is a map.
struct SyntheticSpec {
  SyntheticKind kind = SyntheticKind::kNeedle;
  int64_t num_documents = 110;
  int64_t length = 1024;  // tokens of the prompt and the longest answer together, at most

  // Needles: keys with secret numbers.
  int64_t keys = 1;     // in the text
  int64_t queries = 1;  // keys that are asked for
  int64_t values = 1;   // numbers of each key that is asked for; the others have one

  // Variables: chains that begin with a number, which each further variable takes over.
  int64_t chains = 1;
  int64_t hops = 4;  // variables of a chain after its first

  // Words of a list.
  int64_t words = 5;        // the most frequent ones: how many
  int64_t times = 10;       // how often each of them occurs
  int64_t other_times = 2;  // and each of the others
};

/// UserError naming task and file for an unknown kind or key, and for a number out of range.
SyntheticSpec parse_synthetic(const Json& map, const std::string& task, const std::filesystem::path& file);

/// Depths at which needles are hidden: document i hides the one that is asked for after i % 11 tenths of the
/// filler.
inline constexpr int64_t kNumDepths = 11;

/// A document of `filler` meaningless sentences (or other words): a pure function of its arguments.
/// Fields: `index`, `length` (that of the spec), `context`, `outputs` (a list: what a right answer contains),
/// `choices` (texts, including right ones) and `answer` (a list: the indices of those), and
/// - needle: `depth` (in [0, 1]; of the first needle that is asked for), `asked` (a list of keys),
/// - variable_tracking: `value` (the number that is asked for), `last` (of the chain's variables),
/// - common_words: `count` (of the words that are asked for).
Json synthetic_document(const SyntheticSpec& spec, uint64_t seed, int64_t index, int64_t filler);

}  // namespace radlads::eval
