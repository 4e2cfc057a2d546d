#include "eval/score.h"

#include <bit>
#include <cmath>

#include <gtest/gtest.h>

#include "core/error.h"
#include "eval/compare.h"
#include "io/file.h"
#include "mixers/table.h"
#include "model/config.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads::eval {
namespace {

class ScoreTest : public testing::Test {
 protected:
  ScoreTest() {
    write_tiny_model(folder_.path() / "teacher", tiny_config());
    write_tiny_student(folder_.path() / "student", folder_.path() / "teacher", mixers::Rad7::spec,
                       fresh_options(mixers::Rad7::spec, 32));
    teacher_ = infer::load_weights(folder_.path() / "teacher");
    student_ = infer::load_weights(folder_.path() / "student");
    for (int d = 0; d < 70; ++d) {
      documents_.emplace_back();
      for (int i = 0; i < 2 + d % 13; ++i) documents_.back().push_back((d * 37 + i * 11) % 2048);
    }
  }

  /// Log-probabilities of all next tokens of one document, in double from the logits.
  std::vector<std::vector<double>> log_probabilities(const std::shared_ptr<const infer::Weights>& model,
                                                     const std::vector<TokenId>& ids) {
    infer::SessionPool pool(model, 1);
    infer::Runner runner(model, 1);
    infer::Session session = pool.open();
    const infer::Chunk chunk = {&session, ids};
    const auto logits = runner.logits(runner.forward({&chunk, 1}));
    std::vector<std::vector<double>> rows;
    for (size_t t = 0; t < ids.size(); ++t) {
      double sum = 0;
      for (size_t v = 0; v < 2048; ++v) sum += std::exp(static_cast<double>(logits[t * 2048 + v]));
      rows.emplace_back();
      for (size_t v = 0; v < 2048; ++v) rows.back().push_back(logits[t * 2048 + v] - std::log(sum));
    }
    return rows;
  }

  TempFolder folder_;
  std::shared_ptr<const infer::Weights> teacher_, student_;
  Documents documents_;
};

TEST_F(ScoreTest, FiguresEqualTheDefinitions) {
  double teacher_nats = 0, student_nats = 0, kl = 0, same = 0;
  double kl_of_bin[] = {0, 0, 0, 0, 0};
  int64_t tokens = 0;
  for (const auto& ids : documents_) {
    const auto p = log_probabilities(teacher_, ids), q = log_probabilities(student_, ids);
    for (size_t t = 0; t + 1 < ids.size(); ++t, ++tokens) {
      teacher_nats -= p[t][static_cast<size_t>(ids[t + 1])];
      student_nats -= q[t][static_cast<size_t>(ids[t + 1])];
      double divergence = 0;
      for (size_t v = 0; v < 2048; ++v) divergence += std::exp(p[t][v]) * (p[t][v] - q[t][v]);
      kl += divergence;
      kl_of_bin[static_cast<size_t>(std::bit_width(t))] += divergence;
      same += std::max_element(p[t].begin(), p[t].end()) - p[t].begin() ==
                      std::max_element(q[t].begin(), q[t].end()) - q[t].begin()
                  ? 1
                  : 0;
    }
  }
  const auto n = static_cast<double>(tokens);
  const Comparison c = compare(teacher_, student_, documents_, 2);
  EXPECT_EQ(c.tokens, tokens);
  EXPECT_EQ(c.documents, 70);
  EXPECT_NEAR(c.teacher_nats_per_token, teacher_nats / n, 1e-5);
  EXPECT_NEAR(c.student_nats_per_token, student_nats / n, 1e-5);
  EXPECT_NEAR(c.kl_per_token, kl / n, 1e-5);
  EXPECT_NEAR(c.top1_agreement, same / n, 1e-9);
  ASSERT_EQ(c.positions.size(), 5u);
  for (size_t b = 0; b < c.positions.size(); ++b)
    EXPECT_NEAR(c.positions[b].kl, kl_of_bin[b] / static_cast<double>(c.positions[b].tokens), 1e-5) << b;

  const Perplexity p = perplexity(student_, documents_, 1);
  EXPECT_EQ(p.tokens, tokens);
  EXPECT_NEAR(p.nats_per_token, student_nats / n, 1e-5);
}

TEST_F(ScoreTest, AModelEqualsItself) {
  const Comparison c = compare(teacher_, teacher_, documents_, 2);
  EXPECT_EQ(c.kl_per_token, 0);
  EXPECT_EQ(c.top1_agreement, 1);
}

TEST_F(ScoreTest, OtherVocabulariesAreRefused) {
  std::string config = tiny_config();
  config.replace(config.find("2048"), 4, "2056");
  write_tiny_model(folder_.path() / "other", config);
  EXPECT_THROW(compare(teacher_, infer::load_weights(folder_.path() / "other"), documents_, 1), UserError);
}

TEST_F(ScoreTest, DocumentsAreCutAndCounted) {
  const auto tokenizer = load_tokenizer(shipped_teacher());
  const auto file = folder_.path() / "text.txt";
  write_text_file(file, "Once upon a time there was a cat.<|endoftext|>The end.<|endoftext|>More.");
  const Documents two = encode_documents({&file, 1}, {}, *tokenizer, 2, 4);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].size(), 4u);
  EXPECT_EQ(encode_documents({&file, 1}, {}, *tokenizer, -1, 100).size(), 3u);
  write_text_file(file, "  ");
  EXPECT_THROW(encode_documents({&file, 1}, {}, *tokenizer, -1, 100), UserError);
}

TEST_F(ScoreTest, TheStateDoesNotGrowAndTheCacheDoes) {
  EXPECT_EQ(decode_speed(student_, 10, 1).sequence_bytes, decode_speed(student_, 200, 1).sequence_bytes);
  EXPECT_EQ(decode_speed(student_, 10, 1).sequence_bytes, state_bytes(student_->config()));
  EXPECT_EQ(decode_speed(teacher_, 200, 1).sequence_bytes, 20 * decode_speed(teacher_, 10, 1).sequence_bytes);
}

}  // namespace
}  // namespace radlads::eval
