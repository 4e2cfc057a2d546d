// TER: the edits (words inserted, deleted, replaced, and runs of words shifted) that make a reference of a
// text, per word of the reference. Shifts are chosen one by one, each the one that saves most insertions,
// deletions and replacements, among runs that also occur in the reference; Tercom's limits keep their number
// finite.
#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

#include "eval/metrics.h"
#include "text/case_mapping.h"
#include "text/jinja/strings.h"

namespace radlads::eval {
namespace {

constexpr int64_t kMaxShiftWords = 10;
constexpr int64_t kMaxShiftDistance = 50;
constexpr int64_t kMaxCandidates = 1000;
constexpr int64_t kBeam = 25;  // words off the diagonal that an alignment may use
constexpr int32_t kUnreached = 1 << 30;

using Words = std::vector<int32_t>;  // by number

enum class Edit : uint8_t { kNone, kReplace, kInsert, kDelete };  // towards the reference

struct Alignment {
  int32_t cost = 0;
  std::vector<Edit> edits;  // in order
};

/// The cheapest way from `text` to `reference`; of equals, replacements come before deletions before
/// insertions.
Alignment align(const Words& text, const Words& reference) {
  struct Cell {
    int32_t cost = kUnreached;
    Edit edit = Edit::kInsert;
  };
  const int64_t rows = std::ssize(text), columns = std::ssize(reference), width = columns + 1;
  std::vector<Cell> cells(static_cast<size_t>((rows + 1) * width));
  const auto at = [&](int64_t i, int64_t j) -> Cell& { return cells[static_cast<size_t>(i * width + j)]; };
  for (int64_t j = 0; j <= columns; ++j) at(0, j) = {static_cast<int32_t>(j), Edit::kInsert};
  const double ratio = rows == 0 ? 1 : static_cast<double>(columns) / static_cast<double>(rows);
  const int64_t beam = static_cast<double>(kBeam) < ratio / 2
                           ? static_cast<int64_t>(std::ceil(ratio / 2 + static_cast<double>(kBeam)))
                           : kBeam;
  for (int64_t i = 1; i <= rows; ++i) {
    const auto diagonal = static_cast<int64_t>(std::floor(static_cast<double>(i) * ratio));
    const int64_t end = i == rows ? width : std::min(width, diagonal + beam);
    for (int64_t j = std::max<int64_t>(0, diagonal - beam); j < end; ++j) {
      Cell& cell = at(i, j);
      const auto offer = [&](const Cell& from, int32_t cost, Edit edit) {
        if (from.cost + cost < cell.cost) cell = {from.cost + cost, edit};
      };
      if (j > 0) {
        const bool same = text[static_cast<size_t>(i - 1)] == reference[static_cast<size_t>(j - 1)];
        offer(at(i - 1, j - 1), same ? 0 : 1, same ? Edit::kNone : Edit::kReplace);
      }
      offer(at(i - 1, j), 1, Edit::kDelete);
      if (j > 0) offer(at(i, j - 1), 1, Edit::kInsert);
    }
  }
  Alignment result = {at(rows, columns).cost, {}};
  for (int64_t i = rows, j = columns; i > 0 || j > 0;) {
    const Edit edit = at(i, j).edit;
    result.edits.push_back(edit);
    if (edit != Edit::kInsert) --i;
    if (edit != Edit::kDelete) --j;
  }
  std::reverse(result.edits.begin(), result.edits.end());
  return result;
}

/// What an alignment says of single words.
struct WordStates {
  std::vector<bool> text_is_wrong, reference_is_wrong;
  std::vector<int64_t> text_at;  // for each word of the reference the last word of the text up to it, or -1
};

WordStates states_of(const Alignment& alignment) {
  WordStates states;
  for (const Edit edit : alignment.edits) {
    const bool is_wrong = edit != Edit::kNone;
    if (edit != Edit::kInsert) states.text_is_wrong.push_back(is_wrong);
    if (edit == Edit::kDelete) continue;
    states.reference_is_wrong.push_back(is_wrong);
    states.text_at.push_back(std::ssize(states.text_is_wrong) - 1);
  }
  return states;
}

bool any(const std::vector<bool>& flags, int64_t begin, int64_t length) {
  const auto first = flags.begin() + begin;
  return std::find(first, first + length, true) != first + length;
}

/// The words [start, start + length) put before the word `target`, or after it if it is further on.
Words shifted(const Words& words, int64_t start, int64_t length, int64_t target) {
  Words rest(words.begin(), words.begin() + start);
  rest.insert(rest.end(), words.begin() + start + length, words.end());
  // Within the run itself, the target counts from its beginning.
  const int64_t place = target > start + length ? target - length : target;
  const auto run = words.begin() + start;
  rest.insert(rest.begin() + std::min(place, std::ssize(rest)), run, run + length);
  return rest;
}

struct Shift {
  int32_t saving = 0;
  int64_t length = 0, start = 0, target = 0;
  Words words;

  /// Larger is better.
  auto rank() const { return std::tuple(saving, length, -start, -target); }
};

/// Looks for the best shift of a text.
class ShiftSearch {
 public:
  ShiftSearch(const Words& text, const Words& reference, int64_t& num_candidates)
      : text_(text),
        reference_(reference),
        alignment_(align(text, reference)),
        states_(states_of(alignment_)),
        num_candidates_(num_candidates) {}

  Shift run() {
    for (int64_t i = 0; i < std::ssize(text_); ++i) {
      for (int64_t j = 0; j < std::ssize(reference_); ++j) {
        if (std::abs(i - j) <= kMaxShiftDistance && !try_runs(i, j)) return best_;
      }
    }
    return best_;
  }

 private:
  /// All runs that begin at these words; false once there were too many candidates.
  bool try_runs(int64_t i, int64_t j) {
    for (int64_t length = 1; length <= kMaxShiftWords; ++length) {
      const int64_t last_i = i + length - 1, last_j = j + length - 1;
      if (last_i >= std::ssize(text_) || last_j >= std::ssize(reference_)) break;
      if (text_[static_cast<size_t>(last_i)] != reference_[static_cast<size_t>(last_j)]) break;
      const int64_t own = states_.text_at[static_cast<size_t>(j)];
      if (!any(states_.text_is_wrong, i, length) || !any(states_.reference_is_wrong, j, length) ||
          (i <= own && own < i + length))
        continue;
      try_targets(i, j, length);
      if (num_candidates_ >= kMaxCandidates) return false;
    }
    return true;
  }

  void try_targets(int64_t i, int64_t j, int64_t length) {
    int64_t previous = -1;
    for (int64_t k = j - 1; k < j + length; ++k) {
      const int64_t target = k < 0 ? 0 : states_.text_at[static_cast<size_t>(k)] + 1;
      if (target == previous) continue;
      previous = target;
      Shift shift = {0, length, i, target, shifted(text_, i, length, target)};
      shift.saving = alignment_.cost - align(shift.words, reference_).cost;
      ++num_candidates_;
      if (best_.length == 0 || shift.rank() > best_.rank()) best_ = std::move(shift);
    }
  }

  const Words &text_, &reference_;
  const Alignment alignment_;
  const WordStates states_;
  int64_t& num_candidates_;
  Shift best_;  // of length 0 if there is none
};

int64_t num_edits(Words text, const Words& reference) {
  if (reference.empty()) return std::ssize(text);
  int64_t num_shifts = 0, num_candidates = 0;
  while (true) {
    Shift shift = ShiftSearch(text, reference, num_candidates).run();
    if (num_candidates >= kMaxCandidates || shift.saving <= 0) break;
    ++num_shifts;
    text = std::move(shift.words);
  }
  return num_shifts + align(text, reference).cost;
}

/// Equal words get equal numbers.
class Numbering {
 public:
  Words words_of(std::string_view text) {
    Words words;
    const std::string lower = text::to_lower(text);
    for (const std::string_view word : jinja::split(lower, -1))
      words.push_back(numbers_.emplace(word, static_cast<int32_t>(numbers_.size())).first->second);
    return words;
  }

 private:
  std::unordered_map<std::string, int32_t> numbers_;
};

}  // namespace

Counts ter_counts(std::string_view text, std::span<const std::string> references) {
  Numbering numbering;
  const Words words = numbering.words_of(text);
  int64_t least = INT64_MAX, length = 0;
  for (const std::string& reference : references) {
    const Words wanted = numbering.words_of(reference);
    least = std::min(least, num_edits(words, wanted));
    length += std::ssize(wanted);
  }
  return {static_cast<double>(least), static_cast<double>(length) / static_cast<double>(references.size())};
}

double ter(std::span<const double> sums) {
  const double edits = sums[0], length = sums[1];
  if (length == 0) return edits > 0 ? 100 : 0;
  return 100 * (edits / length);
}

}  // namespace radlads::eval
