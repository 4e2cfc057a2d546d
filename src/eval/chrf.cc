#include <algorithm>
#include <unordered_map>

#include "eval/corpus_metrics.h"
#include "text/jinja/strings.h"

namespace radlads::eval {
namespace {

constexpr int64_t kCharacterOrders = 6;
constexpr double kBeta = 2;

/// How often each n-gram is there, for each order.
using Grams = std::vector<std::unordered_map<std::string, int64_t>>;

void add_grams(const std::vector<std::string_view>& pieces, int64_t orders, std::string_view separator,
               Grams& grams) {
  for (int64_t n = 1; n <= orders; ++n) {
    auto& counts = grams.emplace_back();
    for (int64_t i = 0; i + n <= std::ssize(pieces); ++i) {
      std::string gram;
      for (int64_t k = i; k < i + n; ++k) {
        if (k > i) gram += separator;
        gram += pieces[static_cast<size_t>(k)];
      }
      ++counts[gram];
    }
  }
}

/// Words, without a punctuation mark at their end or else at their beginning, which is a word of its own.
std::vector<std::string_view> words_and_marks(std::string_view text) {
  constexpr std::string_view kMarks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  const auto is_mark = [&](char c) { return kMarks.find(c) != std::string_view::npos; };
  std::vector<std::string_view> words;
  for (const std::string_view word : jinja::split(text, -1)) {
    const size_t size = word.size();
    if (size > 1 && is_mark(word.back())) {
      words.insert(words.end(), {word.substr(0, size - 1), word.substr(size - 1)});
    } else if (size > 1 && is_mark(word.front())) {
      words.insert(words.end(), {word.substr(0, 1), word.substr(1)});
    } else {
      words.push_back(word);
    }
  }
  return words;
}

Grams grams_of(std::string_view text, int64_t word_order) {
  std::string bare;
  for (const std::string_view word : jinja::split(text, -1)) bare += word;
  Grams grams;
  add_grams(jinja::characters_of(bare), kCharacterOrders, "", grams);
  add_grams(words_and_marks(text), word_order, " ", grams);
  return grams;
}

Counts matches_of(const Grams& text, const Grams& reference) {
  Counts counts;
  for (size_t n = 0; n < text.size(); ++n) {
    int64_t own = 0, others = 0, matches = 0;
    for (const auto& [gram, count] : reference[n]) others += count;
    for (const auto& [gram, count] : text[n]) {
      own += count;
      const auto found = reference[n].find(gram);
      if (found != reference[n].end()) matches += std::min(count, found->second);
    }
    if (others == 0) own = 0;  // nothing could be hit
    counts.insert(counts.end(),
                  {static_cast<double>(own), static_cast<double>(others), static_cast<double>(matches)});
  }
  return counts;
}

}  // namespace

Counts chrf_counts(std::string_view text, std::span<const std::string> references, int64_t word_order) {
  const Grams own = grams_of(text, word_order);
  Counts best;
  for (const std::string& reference : references) {
    Counts counts = matches_of(own, grams_of(reference, word_order));
    if (best.empty() || chrf(counts) > chrf(best)) best = std::move(counts);
  }
  return best;
}

/// The F score, recall weighing beta^2, of the mean precision and the mean recall over the orders that both
/// have.
double chrf(std::span<const double> sums) {
  double precision = 0, recall = 0, orders = 0;
  for (size_t n = 0; n + 2 < sums.size(); n += 3) {
    const double own = sums[n], others = sums[n + 1], matches = sums[n + 2];
    if (own == 0 || others == 0) continue;
    precision += matches / own;
    recall += matches / others;
    ++orders;
  }
  if (precision + recall == 0) return 0;
  precision /= orders;
  recall /= orders;
  const double factor = kBeta * kBeta;
  return 100 * (1 + factor) * precision * recall / (factor * precision + recall);
}

}  // namespace radlads::eval
