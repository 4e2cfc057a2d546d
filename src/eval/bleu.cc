#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>

#include "eval/corpus_metrics.h"
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

}  // namespace radlads::eval
