// Expected figures: sacrebleu 2.5 and scikit-learn 1.7 with lm-evaluation-harness's calls.
#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "core/random.h"
#include "eval/metrics.h"

namespace radlads::eval {
namespace {

struct Pair {
  const char *text, *reference;
};

constexpr Pair kTexts[] = {{"The cat sat on the mat.", "The cat is on the mat."},
                           {"Hello, world! It's 3.5% -- 10-20.", "Hello world, it's 3.5 % - 10-20!"},
                           {"", "An empty answer."},
                           {"Größe: 5,000 €, наука.", "Die Größe: 5,000€ , наука и жизнь."},
                           {"a b c d e f g h", "e f g h a b c d"},
                           {"<b>x &amp; y</b> end-\nline", "x & y endline"},
                           {"one  two\tthree", "one two three"},
                           {"日本語の文です。", "日本語の文章です。"}};

using Count = std::function<Counts(const char* text, std::span<const std::string> references)>;

double score_of(const char* metric, const Count& count, const Pair& pair) {
  const std::string reference = pair.reference;
  return find_corpus_metric(metric)->score(count(pair.text, {&reference, 1}));
}

Estimate estimate_of(const char* metric, const Count& count, bool has_second_reference = false) {
  std::vector<Counts> documents;
  for (const Pair& pair : kTexts) {
    std::vector<std::string> references = {pair.reference};
    if (has_second_reference) references.push_back(std::string(pair.reference) + " too");
    documents.push_back(count(pair.text, references));
  }
  return estimate(*find_corpus_metric(metric), documents, 2);
}

Counts chrf_of(const char* text, std::span<const std::string> references) {
  return chrf_counts(text, references, 0);
}
Counts chrfpp_of(const char* text, std::span<const std::string> references) {
  return chrf_counts(text, references, 2);
}

TEST(CorpusMetrics, FiguresOfSingleTextsEqualSacrebleu) {
  constexpr double kBleu[] = {48.892302243490086, 18.360281349467954, 0, 14.759564526951554,
                              69.14415692838826,  14.991106946711685, 0, 0};
  constexpr double kChrf[] = {67.17273492330233, 57.45004217715978, 0,   65.86652760157695,
                              48.73015873015873, 28.81880636127751, 100, 47.00157440930073};
  constexpr double kChrfpp[] = {69.43695278069349, 58.221601910808594, 0,   59.989590904353854,
                                59.76190476190476, 21.61410477095813,  100, 40.287063779400626};
  constexpr double kTer[] = {
      16.666666666666664, 85.71428571428571, 100, 85.71428571428571, 12.5, 125, 0, 100};
  for (size_t i = 0; i < std::size(kTexts); ++i) {
    SCOPED_TRACE(kTexts[i].text);
    EXPECT_NEAR(score_of("bleu", bleu_counts, kTexts[i]), kBleu[i], 1e-9);
    EXPECT_NEAR(score_of("chrf", chrf_of, kTexts[i]), kChrf[i], 1e-9);
    EXPECT_NEAR(score_of("chrf++", chrfpp_of, kTexts[i]), kChrfpp[i], 1e-9);
    EXPECT_NEAR(score_of("ter", ter_counts, kTexts[i]), kTer[i], 1e-9);
  }
}

TEST(CorpusMetrics, FiguresOfAllTextsAndTheirErrorsEqualTheHarness) {
  EXPECT_NEAR(estimate_of("bleu", bleu_counts).value, 29.979823443821495, 1e-9);
  EXPECT_NEAR(estimate_of("chrf", chrf_of).value, 55.625919607633456, 1e-9);
  EXPECT_NEAR(estimate_of("chrf++", chrfpp_of).value, 55.71489407842641, 1e-9);
  EXPECT_NEAR(estimate_of("ter", ter_counts).value, 58.97435897435898, 1e-9);
  EXPECT_NEAR(estimate_of("bleu", bleu_counts).standard_error.value(), 8.99048974604185, 1e-9);
  EXPECT_NEAR(estimate_of("chrf", chrf_of).standard_error.value(), 7.859182293817955, 1e-9);
  EXPECT_NEAR(estimate_of("ter", ter_counts).standard_error.value(), 16.541499405664403, 1e-9);
}

TEST(CorpusMetrics, OfSeveralReferencesTheNearestCounts) {
  // sacrebleu with the references and the same with " too" after them, which no text has.
  EXPECT_NEAR(estimate_of("bleu", bleu_counts, true).value, 29.979823443821495, 1e-9);
  EXPECT_NEAR(estimate_of("chrf", chrf_of, true).value, 55.625919607633456, 1e-9);
  const std::string references[] = {"a b c d", "e f"};
  EXPECT_EQ(ter_counts("e f", references), (Counts{0, 3}));
}

TEST(CorpusMetrics, TerShiftsRunsOfWords) {
  const auto edits = [](const char* text, const std::string& reference) {
    return ter_counts(text, {&reference, 1})[0];
  };
  EXPECT_EQ(edits("e f g h a b c d", "a b c d e f g h"), 1);
  EXPECT_EQ(edits("B A", "a b"), 1);
  EXPECT_EQ(edits("x y", ""), 2);
  EXPECT_EQ(edits("", "x y"), 2);
  EXPECT_EQ(find_corpus_metric("ter")->score(Counts{0, 0}), 0);
  EXPECT_EQ(find_corpus_metric("ter")->score(Counts{2, 0}), 100);
}

TEST(CorpusMetrics, ChoicesAreCountedAsScikitLearnCountsThem) {
  const auto figure = [](const char* name, const std::vector<int64_t>& right,
                         const std::vector<int64_t>& chosen) {
    std::vector<Counts> documents;
    for (size_t i = 0; i < right.size(); ++i) {
      documents.push_back(std::string_view(name) == "f1" ? f1_counts(right[i], chosen[i])
                                                         : mcc_counts(right[i], chosen[i], 3));
    }
    return estimate(*find_corpus_metric(name), documents, 2);
  };
  const std::vector<int64_t> right = {0, 1, 1, 0, 1, 1, 0, 0, 1, 0}, chosen = {0, 1, 0, 0, 1, 1, 1, 0, 0, 1};
  EXPECT_NEAR(figure("f1", right, chosen).value, 0.6, 1e-12);
  EXPECT_NEAR(figure("mcc", right, chosen).value, 0.2, 1e-12);
  EXPECT_NEAR(figure("mcc", {0, 1, 1, 0, 2, 2, 1, 0, 2, 1}, {0, 1, 2, 0, 2, 1, 1, 1, 2, 0}).value,
              0.3939393939393939, 1e-12);
  EXPECT_EQ(figure("f1", {0, 0}, {0, 0}).value, 0);
  EXPECT_EQ(figure("mcc", {1, 1}, {1, 1}).value, 0);
  EXPECT_FALSE(figure("f1", {1}, {1}).standard_error);
}

}  // namespace
}  // namespace radlads::eval
