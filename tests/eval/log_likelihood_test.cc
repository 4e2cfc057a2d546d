#include "eval/log_likelihood.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "infer/sampler.h"
#include "mixers/table.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads::eval {
namespace {

class LogLikelihoodTest : public testing::TestWithParam<const MixerSpec*> {
 protected:
  LogLikelihoodTest() {
    const auto teacher = folder_.path() / "teacher";
    write_tiny_model(teacher, tiny_config());
    if (GetParam() == &mixers::Softmax::spec) {
      model_ = infer::load_weights(teacher);
    } else {
      write_tiny_student(folder_.path() / "student", teacher, *GetParam(), fresh_options(*GetParam(), 32),
                         {1});
      model_ = infer::load_weights(folder_.path() / "student");
    }
    Random random(3, 1);
    std::vector<TokenId> shared;
    for (int i = 0; i < 40; ++i) shared.push_back(static_cast<TokenId>(random.below(2048)));
    for (int d = 0; d < 30; ++d) {
      std::vector<TokenId> ids(shared.begin(), shared.begin() + (d % 3 == 0 ? 5 : 40));
      for (int i = 0; i < d % 7; ++i) ids.push_back(static_cast<TokenId>(random.below(2048)));
      for (int choice = 0; choice < 3; ++choice) {
        auto with_choice = ids;
        for (int i = 0; i <= choice; ++i) with_choice.push_back(static_cast<TokenId>(random.below(2048)));
        sequences_.push_back({with_choice, choice + 1});
      }
    }
  }

  /// Each sequence read alone, log-probabilities in double.
  std::vector<LogLikelihood> one_by_one() {
    std::vector<LogLikelihood> results;
    infer::SessionPool pool(model_, 1);
    infer::Runner runner(model_, 1);
    for (const ScoredSequence& x : sequences_) {
      infer::Session session = pool.open();
      const infer::Chunk chunk = {&session, x.ids};
      const auto logits = runner.logits(runner.forward({&chunk, 1}));
      LogLikelihood result;
      for (size_t t = x.ids.size() - static_cast<size_t>(x.num_scored); t < x.ids.size(); ++t) {
        const auto row = logits.subspan((t - 1) * 2048, 2048);
        double sum = 0;
        for (const float logit : row) sum += std::exp(static_cast<double>(logit));
        result.sum += row[static_cast<size_t>(x.ids[t])] - std::log(sum);
        result.is_greedy = result.is_greedy && infer::argmax(row) == x.ids[t];
      }
      results.push_back(result);
    }
    return results;
  }

  TempFolder folder_;
  std::shared_ptr<const infer::Weights> model_;
  std::vector<ScoredSequence> sequences_;
};

TEST_P(LogLikelihoodTest, EqualsReadingEachAlone) {
  const auto wanted = one_by_one();
  for (const ScoringOptions& options :
       {ScoringOptions{0, true, 1}, ScoringOptions{0, true, 2}, ScoringOptions{1, true, 1},
        ScoringOptions{3, false, 2}, ScoringOptions{0, false, 1}}) {
    const auto got = score_sequences(model_, sequences_, options);
    ASSERT_EQ(got.size(), wanted.size());
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_NEAR(got[i].sum, wanted[i].sum, 2e-4) << i;
      EXPECT_EQ(got[i].is_greedy, wanted[i].is_greedy) << i;
    }
  }
}

TEST_P(LogLikelihoodTest, ReadsWhatIsLongerThanABatchInPieces) {
  Random random(4, 1);
  sequences_.clear();
  for (const size_t length : {4097, 4400, 8300}) {
    ScoredSequence sequence = {{}, length == 4400 ? 400 : 2};
    for (size_t i = 0; i < length; ++i) sequence.ids.push_back(static_cast<TokenId>(random.below(2048)));
    sequences_.push_back(std::move(sequence));
  }
  const auto wanted = one_by_one();
  const auto got = score_sequences(model_, sequences_, {0, true, 2});
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i].sum, wanted[i].sum, 1e-5 * std::abs(wanted[i].sum)) << i;
  }
}

TEST_P(LogLikelihoodTest, GreedyChoicesAreFound) {
  // Continuations that the model itself would give.
  infer::SessionPool pool(model_, 1);
  infer::Runner runner(model_, 1);
  for (ScoredSequence& x : sequences_) {
    infer::Session session = pool.open();
    const TokenId top = infer::argmax(runner.read(session, std::span(x.ids)));
    x.ids.push_back(top);
    x.num_scored = 1;
  }
  for (const LogLikelihood& x : score_sequences(model_, sequences_, {})) EXPECT_TRUE(x.is_greedy);
}

TEST_P(LogLikelihoodTest, GoesOnWithTheSameBits) {
  std::vector<LogLikelihood> whole = score_sequences(model_, sequences_, {.batch = 4});
  // Interrupted after some batches: what was scored is known.
  std::vector<std::optional<LogLikelihood>> known(sequences_.size());
  struct Interrupted {};
  int batches = 0;
  EXPECT_THROW(score_sequences(model_, sequences_, {.batch = 4}, {},
                               [&](std::span<const int32_t> scored, std::span<const LogLikelihood> all) {
                                 for (const int32_t i : scored)
                                   known[static_cast<size_t>(i)] = all[static_cast<size_t>(i)];
                                 if (++batches == 5) throw Interrupted();
                               }),
               Interrupted);
  size_t num_known = 0, num_new = 0;
  for (const auto& x : known) num_known += x ? 1 : 0;
  EXPECT_GT(num_known, 0u);
  EXPECT_LT(num_known, known.size());
  const auto resumed =
      score_sequences(model_, sequences_, {.batch = 4}, known,
                      [&](std::span<const int32_t> scored, auto) { num_new += scored.size(); });
  EXPECT_LT(num_new, known.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(resumed[i].sum, whole[i].sum) << i;
    EXPECT_EQ(resumed[i].is_greedy, whole[i].is_greedy) << i;
  }
}

TEST_P(LogLikelihoodTest, RefusesIdsBeyondTheVocabulary) {
  sequences_[3].ids[1] = 2048;
  EXPECT_THROW(score_sequences(model_, sequences_, {}), UserError);
}

INSTANTIATE_TEST_SUITE_P(Mixers, LogLikelihoodTest,
                         testing::Values(&mixers::Softmax::spec, &mixers::Rad6::spec, &mixers::Rad7::spec),
                         [](const auto& test) {
                           return test.param == &mixers::Softmax::spec ? "softmax"
                                  : test.param == &mixers::Rad6::spec  ? "rad6"
                                                                       : "rad7";
                         });

}  // namespace
}  // namespace radlads::eval
