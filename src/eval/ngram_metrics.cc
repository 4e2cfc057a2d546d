// BLEU and chrF of metrics.h: n-grams that a text shares with its references.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <unordered_map>

#include "eval/metrics.h"
#include "text/jinja/strings.h"

namespace radlads::eval {
namespace {

constexpr size_t kOrders = 4;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_point(char c) { return c == '.' || c == ','; }

/// ASCII's symbols but for quote, comma, hyphen and point.
bool is_symbol(char c) {
  constexpr std::string_view kSymbols = " !\"#$%&()*+/:;<=>?@[\\]^_`{|}~";
  return kSymbols.find(c) != std::string_view::npos;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Replaces pairs of bytes for which `is_pair` holds, from left to right and without overlap.
template <class IsPair, class Write>
std::string with_pairs_replaced(const std::string& text, const IsPair& is_pair, const Write& write) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size() && is_pair(text[i], text[i + 1])) {
      write(result, text[i], text[i + 1]);
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// As mteval-v13a does for languages in Latin script.
std::string tokenized(std::string_view text) {
  std::string line(jinja::strip(text, jinja::Side::kRight));
  replace_all(line, "<skipped>", "");
  replace_all(line, "-\n", "");
  replace_all(line, "\n", " ");
  replace_all(line, "&quot;", "\"");
  replace_all(line, "&amp;", "&");
  replace_all(line, "&lt;", "<");
  replace_all(line, "&gt;", ">");
  std::string spaced = " ";
  for (const char c : line) {
    if (is_symbol(c)) {
      spaced.append(" ").append(1, c).append(" ");
    } else {
      spaced += c;
    }
  }
  spaced += ' ';
  // A point or comma is a token unless digits stand on both sides; so is a hyphen after a digit.
  const auto apart = [](std::string& out, char a, char b) {
    out.append(1, a).append(" ").append(1, b).append(" ");
  };
  spaced = with_pairs_replaced(
      spaced, [](char a, char b) { return !is_digit(a) && is_point(b); }, apart);
  spaced = with_pairs_replaced(
      spaced, [](char a, char b) { return is_point(a) && !is_digit(b); },
      [](std::string& out, char a, char b) { out.append(" ").append(1, a).append(" ").append(1, b); });
  return with_pairs_replaced(
      spaced, [](char a, char b) { return is_digit(a) && b == '-'; }, apart);
}

/// How often each n-gram is there, by n - 1; words are joined by spaces.
struct WordGrams {
  std::array<std::map<std::string, int64_t>, kOrders> counts;
  int64_t num_words = 0;
};

WordGrams word_grams(std::string_view text) {
  WordGrams grams;
  const std::string line = tokenized(text);
  const std::vector<std::string_view> words = jinja::split(line, -1);
  grams.num_words = std::ssize(words);
  for (size_t i = 0; i < words.size(); ++i) {
    std::string gram;
    for (size_t n = 0; n < kOrders && i + n < words.size(); ++n) {
      if (n > 0) gram += ' ';
      gram += words[i + n];
      ++grams.counts[n][gram];
    }
  }
  return grams;
}

}  // namespace

Counts bleu_counts(std::string_view text, std::span<const std::string> references) {
  const WordGrams own = word_grams(text);
  WordGrams merged;  // of each n-gram the most that a reference has
  int64_t nearest = -1;
  for (const std::string& reference : references) {
    const WordGrams grams = word_grams(reference);
    for (size_t n = 0; n < kOrders; ++n) {
      for (const auto& [gram, count] : grams.counts[n]) {
        int64_t& most = merged.counts[n][gram];
        most = std::max(most, count);
      }
    }
    const auto distance = [&](int64_t length) { return std::abs(own.num_words - length); };
    const bool is_nearer = nearest < 0 || distance(grams.num_words) < distance(nearest) ||
                           (distance(grams.num_words) == distance(nearest) && grams.num_words < nearest);
    if (is_nearer) nearest = grams.num_words;
  }
  Counts counts = {static_cast<double>(own.num_words), static_cast<double>(std::max<int64_t>(nearest, 0))};
  for (size_t n = 0; n < kOrders; ++n) {
    int64_t matches = 0, total = 0;
    for (const auto& [gram, count] : own.counts[n]) {
      total += count;
      const auto found = merged.counts[n].find(gram);
      if (found != merged.counts[n].end()) matches += std::min(count, found->second);
    }
    counts.push_back(static_cast<double>(matches));
    counts.push_back(static_cast<double>(total));
  }
  return counts;
}

/// BP exp(mean over n of log p_n): p_n = matches / n-grams, and the i-th n without a match counts 2^-i of
/// one.
double bleu(std::span<const double> sums) {
  const double length = sums[0], reference_length = sums[1];
  double log_precisions = 0, smoothing = 1;
  bool has_match = false;
  for (size_t n = 0; n < kOrders; ++n) {
    const double matches = sums[2 + 2 * n], total = sums[3 + 2 * n];
    has_match = has_match || matches > 0;
    if (total == 0) return 0;
    if (matches == 0) smoothing *= 2;
    log_precisions += std::log(100 * (matches > 0 ? matches : 1 / smoothing) / total);
  }
  if (!has_match) return 0;
  const double brevity = length < reference_length ? std::exp(1 - reference_length / length) : 1;
  return brevity * std::exp(log_precisions / static_cast<double>(kOrders));
}

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
